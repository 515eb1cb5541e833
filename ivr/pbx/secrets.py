"""The passwords nobody chose: generated at the first start, kept in one file that only its owner can read."""

import fcntl
import json
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ivr.errors import PbxError

#: Bytes of randomness in each secret.
_STRENGTH = 24


@dataclass(frozen=True, repr=False)
class PbxSecrets:
    """`ami` is the controller's password; `operators` maps a login to the secret of its phone.

    `dispatcher` is the password of who calls citizens back.
    `recorder` is the password of who pauses recordings.
    `door` is known to the web server alone: it lets a browser's SIP in. `browsers` maps the name of a browser's phone
    ("web-101", "sup-1") to its secret.
    `agi` is part of the AGI address: who does not know it is no call of ours.
    """

    ami: str
    operators: Mapping[str, str]
    agi: str = ""
    dispatcher: str = ""
    recorder: str = ""
    door: str = ""
    browsers: Mapping[str, str] = field(default_factory=dict)


#: Phones of supervisors' browsers, lent to whoever listens in.
SUPERVISORS = tuple(f"sup-{number}" for number in range(1, 9))
_ALONE = ("ami", "agi", "dispatcher", "recorder", "door")


def load_secrets(file: Path, logins: Iterable[str], chosen: Mapping[str, str] | None = None) -> PbxSecrets:
    """Read `file` (made with mode 0600 when it is not there); operators without a secret get one, for good.

    `chosen`: login -> secret from the settings; these win and are not written down.
    Raises `PbxError` when the file cannot be used.
    """
    chosen = chosen or {}
    logins = list(logins)
    generated = [login for login in logins if not chosen.get(login)]
    table = _read(file)
    if _complete(table, generated, logins) != table:
        try:
            with _only_one(file):
                # another may have written what we lack: Asterisk and controller start at once in two containers
                table = _read(file)
                if (whole := _complete(table, generated, logins)) != table:
                    table = whole
                    write_private(file, json.dumps(table, indent=1))
        except OSError as error:
            raise PbxError(f"{file}: cannot be written: {error.strerror}") from None
    kept = table["operators"]
    operators = {login: chosen.get(login) or kept[login] for login in {*kept, *chosen}
                 if chosen.get(login) or login in kept}
    return PbxSecrets(operators=operators, browsers=table["browsers"], **{name: table[name] for name in _ALONE})


def _complete(known: Mapping[str, Any], operators: Iterable[str], logins: Iterable[str]) -> dict[str, Any]:
    """`known` with a secret for all that has none; `operators`: the logins whose phones need one."""
    def kept(old: Mapping[str, str] | None, names: Iterable[str]) -> dict[str, str]:
        old = old or {}
        return {**old, **{name: secrets.token_urlsafe(_STRENGTH) for name in names if name not in old}}

    alone = {name: known.get(name) or secrets.token_urlsafe(_STRENGTH) for name in _ALONE}
    browsers = kept(known.get("browsers"), browser_phones(logins))
    return {**alone, "operators": kept(known.get("operators"), operators), "browsers": browsers}


@contextmanager
def _only_one(file: Path) -> Iterator[None]:
    """Hold the lock of the folder of `file`, which is made if need be."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def browser_phones(logins: Iterable[str]) -> tuple[str, ...]:
    """The phones in browsers that have a secret: one of each operator, and those of supervisors."""
    return (*(f"web-{login}" for login in logins), *SUPERVISORS)


def write_private(file: Path, text: str) -> None:
    """Write `text` so that the file is complete, or the old one, at every moment, and only its owner may read it."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    half = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    half.unlink(missing_ok=True)
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    half.replace(file)


def _read(file: Path) -> dict[str, Any]:
    try:
        table: dict[str, Any] = json.loads(file.read_text("utf-8"))
        shape = isinstance(table, dict) and all(isinstance(table.get(k, {}), dict) for k in ("operators", "browsers"))
        texts = [table.get(name, "") for name in _ALONE] if shape else [None]
        texts += [*table.get("operators", {}).values(), *table.get("browsers", {}).values()] if shape else []
        if not all(isinstance(text, str) for text in texts):
            raise ValueError("not the form expected")
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise PbxError(f"{file}: cannot be used ({error}); remove it to get new secrets") from None
    if file.stat().st_mode & 0o077:
        file.chmod(0o600)
    return table
