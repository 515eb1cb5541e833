"""The folder of wish files, written by the fallback script: one JSON object per file, complete once named *.json.

`{"call_id": "1700000000.12", "caller": "+79161234567", "language": "ru", "at": "2026-03-01T12:00:00+00:00"}`;
the writer makes `.<name>.tmp` and renames it. Unusable files get the ending .bad and stay for a human.
"""

import json
import logging
import re
from datetime import UTC, datetime
from pathlib import Path

from ivr.services.wishes import Wish, WishSpool

log = logging.getLogger(__name__)
_MOST_BYTES = 4096
_CALLER = re.compile(r"(\+?[0-9]{3,15})?\Z")
_CALL_ID = re.compile(r"[A-Za-z0-9._-]{1,80}\Z")
_LANGUAGE = re.compile(r"[a-z]{2,3}\Z")


class FolderSpool(WishSpool):
    """Wishes as files of `folder`; a folder that is not there holds none."""

    def __init__(self, folder: Path, default_language: str = "ru") -> None:
        self._folder = folder
        self._default_language = default_language
        self._files: dict[Wish, Path] = {}

    def read(self) -> list[Wish]:
        self._files = {}
        for file in sorted(self._folder.glob("*.json")):
            try:
                self._files[self._wish(file)] = file
            except FileNotFoundError:
                continue
            except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
                log.error("wish file %s cannot be used: %s", file.name, error, extra={"action": "wish_bad"})
                self._put_aside(file)
        return sorted(self._files, key=lambda wish: wish.at)

    def done(self, wish: Wish) -> None:
        file = self._files.pop(wish, None)
        if file is not None:
            file.unlink(missing_ok=True)

    def _wish(self, file: Path) -> Wish:
        with file.open("rb") as stream:
            raw = stream.read(_MOST_BYTES + 1)
        if len(raw) > _MOST_BYTES:
            raise ValueError("too big for a wish")
        told = json.loads(raw)
        if not isinstance(told, dict):
            raise ValueError("not a JSON object")
        at = datetime.fromisoformat(told["at"]) if told.get("at") else None
        if at is None:
            at = datetime.fromtimestamp(file.stat().st_mtime, UTC)
        if at.tzinfo is None:
            raise ValueError("at: no time zone")
        language = told.get("language") or self._default_language
        return Wish(
            call_id=_checked(_CALL_ID, told["call_id"], "call_id"),
            caller=_e164(_checked(_CALLER, told.get("caller") or "", "caller")),
            language=_checked(_LANGUAGE, language, "language"),
            at=at.astimezone(UTC),
        )

    def _put_aside(self, file: Path) -> None:
        try:
            file.rename(file.with_suffix(".bad"))
        except OSError as error:
            log.error("and it cannot be put aside: %s", error, extra={"action": "wish_bad"})


def _checked(pattern: re.Pattern[str], value: object, name: str) -> str:
    if not isinstance(value, str) or not pattern.match(value):
        raise ValueError(f"{name}: not of the form expected")
    return value


def _e164(digits: str) -> str:
    """Russian national forms become +7…; anything else stays as the trunk sent it."""
    if re.fullmatch(r"[78][0-9]{10}", digits):
        return "+7" + digits[1:]
    return digits
