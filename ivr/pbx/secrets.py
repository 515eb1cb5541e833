"""The passwords nobody chose: generated at the first start, kept in one file that only its owner can read."""

import json
import os
import secrets
from collections.abc import Iterable, Mapping
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
    known = _read(file)
    alone = {name: known.get(name) or secrets.token_urlsafe(_STRENGTH) for name in _ALONE}
    logins = list(logins)
    kept = dict(known.get("operators") or {})
    for login in logins:
        if not chosen.get(login) and login not in kept:
            kept[login] = secrets.token_urlsafe(_STRENGTH)
    browsers = dict(known.get("browsers") or {})
    for phone in browser_phones(logins):
        browsers.setdefault(phone, secrets.token_urlsafe(_STRENGTH))
    if known != (table := {**alone, "operators": kept, "browsers": browsers}):
        write_private(file, json.dumps(table, indent=1))
    operators = {login: chosen.get(login) or kept[login] for login in {*kept, *chosen}
                 if chosen.get(login) or login in kept}
    return PbxSecrets(operators=operators, browsers=browsers, **alone)


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
