"""Puts rendered files into place without losing what somebody edited by hand.

The first line of each file carries the checksum of the rest: when they differ, a hand was there.
"""

import difflib
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ivr.errors import PbxError
from ivr.pbx.secrets import write_private

_SEAL = re.compile(r"[;#] rendered by ivr, edits are noticed: ([0-9a-f]{64})\n")
#: Where an edited file is kept when it is replaced all the same.
KEPT = ".by-hand"


@dataclass(frozen=True)
class Changes:
    """What putting the files into place would do (names relative to the folder)."""

    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()
    diffs: Mapping[str, str] = field(default_factory=dict)

    @property
    def none(self) -> bool:
        return not (self.new or self.changed or self.edited)


def sealed(name: str, text: str) -> str:
    """`text` with its seal: as first line, or as second where the first names the interpreter."""
    first, rest = ("", text)
    if text.startswith("#!"):
        first, _, rest = text.partition("\n")
        first += "\n"
    mark = "#" if first else ";"
    digest = hashlib.sha256(rest.encode()).hexdigest()
    return f"{first}{mark} rendered by ivr, edits are noticed: {digest}\n{rest}"


def is_ours(text: str) -> bool:
    """Whether `text` is exactly as it was rendered, by whatever version."""
    body = text.partition("\n")[2] if text.startswith("#!") else text
    seal = _SEAL.match(body)
    return seal is not None and hashlib.sha256(body[seal.end():].encode()).hexdigest() == seal[1]


def compare(files: Mapping[str, str], folder: Path) -> Changes:
    """What would change in `folder`, with unified diffs; nothing is written. Secrets are hidden in the diffs."""
    new: list[str] = []
    changed: list[str] = []
    edited: list[str] = []
    diffs: dict[str, str] = {}
    for name, text in files.items():
        target = folder / name
        wanted = sealed(name, text)
        try:
            present = target.read_text("utf-8", errors="replace")
        except FileNotFoundError:
            new.append(name)
            continue
        except OSError as error:
            raise PbxError(f"{target}: cannot be read: {error.strerror}") from None
        if present == wanted:
            continue
        (changed if is_ours(present) else edited).append(name)
        diffs[name] = _diff(present, wanted, str(target))
    return Changes(tuple(new), tuple(changed), tuple(edited), diffs)


def put(files: Mapping[str, str], folder: Path, replace_edited: bool = False) -> Changes:
    """Write `files` (0600, the programs 0700); returns what changed.

    A file edited by hand stops everything before anything is written (`PbxError`), unless `replace_edited`:
    then the edited one is kept beside it as `<name>.by-hand`.
    """
    changes = compare(files, folder)
    if changes.edited and not replace_edited:
        raise PbxError(f"{folder}: edited by hand, not replaced: {', '.join(changes.edited)}; "
                       "see the difference with --diff, replace with --force")
    for name in (*changes.new, *changes.changed, *changes.edited):
        target = folder / name
        try:
            if name in changes.edited:
                target.replace(target.with_name(target.name + KEPT))
            write_private(target, sealed(name, files[name]))
            if files[name].startswith("#!"):
                target.chmod(0o700)
        except OSError as error:
            raise PbxError(f"{target}: cannot be written: {error.strerror}") from None
    return changes


_HIDDEN = re.compile(r"^([ +-]?\s*(?:secret|password)\s*=>?\s*).*$", re.MULTILINE)


def _diff(old: str, new: str, name: str) -> str:
    lines = difflib.unified_diff(old.splitlines(True), new.splitlines(True), name, f"{name} (new)")
    return _HIDDEN.sub(r"\1***", "".join(line if line.endswith("\n") else line + "\n" for line in lines))
