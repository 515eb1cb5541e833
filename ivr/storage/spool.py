"""The folder of wish files, written by the fallback script: one JSON object per file, complete once named *.json.

`{"call_id": "1700000000.12", "caller": "+79161234567", "language": "ru", "did": "88005553535",
"at": "2026-03-01T12:00:00+00:00"}`;
the writer makes `.<name>.tmp` and renames it. Unusable files get the ending .bad (.bad2 …) and stay for a human.
"""

import errno
import json
import logging
import os
import re
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ivr.services.wishes import Wish, WishSpool

log = logging.getLogger(__name__)
_MOST_BYTES = 4096
_FAR = timedelta(days=366)
#: Ours, not the file's fault.
_LATER = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EIO})
_CALLER = re.compile(r"(\+?[0-9]{3,15})?\Z")
_CALL_ID = re.compile(r"[A-Za-z0-9._-]{1,80}\Z")
_DID = re.compile(r"[0-9]{3,15}\Z")
_LANGUAGE = re.compile(r"[a-z]{2,3}\Z")


class UnusableWish(Exception):
    """What the file holds is no wish; the message has nothing of its content."""


class FolderSpool(WishSpool):
    """Wishes as files of `folder`; a folder that is not there holds none."""

    def __init__(self, folder: Path, default_language: str = "ru") -> None:
        self._folder = folder
        self._default_language = default_language
        self._files: dict[Wish, Path] = {}
        self._stuck: set[str] = set()

    def read(self, at: datetime) -> list[Wish]:
        self._files = {}
        for file in sorted(self._folder.glob("*.json")):
            if file.name in self._stuck:
                continue
            try:
                self._files[self._wish(file, at)] = file
            except FileNotFoundError:
                continue
            except Exception as error:  # whatever one file does must not hold up the others
                if isinstance(error, OSError) and error.errno in _LATER:
                    log.warning("wish files wait: %s", error.strerror, extra={"action": "wish_later"})
                    break
                why = str(error) if isinstance(error, UnusableWish) else type(error).__name__
                log.error("wish file %r cannot be used: %s", file.name, why, extra={"action": "wish_bad"})
                self._put_aside(file)
        return sorted(self._files, key=lambda wish: wish.at)

    def done(self, wish: Wish) -> None:
        file = self._files.pop(wish, None)
        if file is None:
            return
        try:
            file.unlink(missing_ok=True)
        except OSError as error:
            self._leave(file, error)

    def _wish(self, file: Path, now: datetime) -> Wish:
        raw, changed = _content(file)
        told = json.loads(raw)
        if not isinstance(told, dict):
            raise UnusableWish("not a JSON object")
        at = datetime.fromisoformat(told["at"]) if told.get("at") else None
        if at is None:
            at = datetime.fromtimestamp(changed, UTC)
        if at.tzinfo is None:
            raise UnusableWish("at: no time zone")
        if abs(at - now) > _FAR:
            raise UnusableWish("at: more than a year from now")
        language = told.get("language") or self._default_language
        did = told.get("did")
        return Wish(
            call_id=_checked(_CALL_ID, told["call_id"], "call_id"),
            caller=_e164(_checked(_CALLER, told.get("caller") or "", "caller")),
            language=_checked(_LANGUAGE, language, "language"),
            at=at.astimezone(UTC),
            # only whose number his phone is shown: no reason to lose him
            did=did if isinstance(did, str) and _DID.match(did) else "",
        )

    def _put_aside(self, file: Path) -> None:
        aside = file.with_suffix(".bad")
        count = 1
        while os.path.lexists(aside):  # an earlier one stays, too
            count += 1
            aside = file.with_suffix(f".bad{count}")
        try:
            file.rename(aside)
        except OSError as error:
            self._leave(file, error)

    def _leave(self, file: Path, error: OSError) -> None:
        """It stays there, and is not looked at again until the next start."""
        self._stuck.add(file.name)
        log.error("wish file %r cannot be moved or removed: %s; see to its folder", file.name, error.strerror,
                  extra={"action": "wish_stuck"})  # fmt: skip


def _content(file: Path) -> tuple[bytes, float]:
    """Bytes and time of change of a regular file; anything else, a pipe that would wait for a writer too, raises."""
    handle = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise UnusableWish("not a regular file")
        raw = os.read(handle, _MOST_BYTES + 1)
    finally:
        os.close(handle)
    if len(raw) > _MOST_BYTES:
        raise UnusableWish("too big for a wish")
    return raw, status.st_mtime


def _checked(pattern: re.Pattern[str], value: object, name: str) -> str:
    if not isinstance(value, str) or not pattern.match(value):
        raise UnusableWish(f"{name}: not of the form expected")
    return value


def _e164(digits: str) -> str:
    """Russian national forms become +7…; anything else stays as the trunk sent it."""
    if re.fullmatch(r"[78][0-9]{10}", digits):
        return "+7" + digits[1:]
    return digits
