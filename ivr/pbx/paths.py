"""Where an Asterisk lives, and the directories of one private instance of it."""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ivr.errors import PbxError

#: A Unix socket's name must fit into 108 bytes; `asterisk.ctl` and a margin are taken off.
_LONGEST_RUN_DIR = 90


@dataclass(frozen=True)
class AsteriskInstall:
    """An Asterisk that can be run. `binary` is an argv prefix: `[*binary, "-C", conf, "-f"]`."""

    binary: tuple[str, ...]
    modules: Path
    data: Path
    version: str
    origin: str
    """"machine", "named" (by the setting `asterisk`) or "provisioned"."""

    @property
    def major(self) -> int:
        """22 for "22.10.1"; 0 when the version cannot be read."""
        head = self.version.split(".", 1)[0]
        return int(head) if head.isdigit() else 0


@dataclass(frozen=True)
class InstancePaths:
    """One private Asterisk. `root`: absolute, only its owner may enter it; `sounds`: our prompts."""

    root: Path
    sounds: Path

    @classmethod
    def under(cls, state_dir: Path) -> "InstancePaths":
        """The paths of the instance whose state is in `state_dir`."""
        state = state_dir.expanduser().resolve()
        return cls(state / "asterisk", state / "sounds")

    @property
    def etc(self) -> Path:
        """astetcdir: the rendered configuration."""
        return self.root / "etc"

    @property
    def lib(self) -> Path:
        """astvarlibdir and astdbdir: Asterisk's own database (queue members, device states)."""
        return self.root / "lib"

    @property
    def keys(self) -> Path:
        """astkeydir."""
        return self.root / "lib" / "keys"

    @property
    def run(self) -> Path:
        """astrundir: process id, control socket; in the temporary folder if `root` is too deep for a socket."""
        here = self.root / "run"
        if len(os.fsencode(here)) <= _LONGEST_RUN_DIR:
            return here
        name = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"ivr-hotline-{os.getuid()}-{name}"

    @property
    def log(self) -> Path:
        """astlogdir."""
        return self.root / "log"

    @property
    def spool(self) -> Path:
        """astspooldir: recordings, outgoing."""
        return self.root / "spool"

    @property
    def data(self) -> Path:
        """astdatadir: links to our sounds and agi-bin and to the install's music and documentation."""
        return self.root / "data"

    @property
    def agi_bin(self) -> Path:
        """astagidir: the fallback script."""
        return self.root / "agi-bin"

    @property
    def conf(self) -> Path:
        """The file for `asterisk -C`."""
        return self.etc / "asterisk.conf"

    @property
    def socket(self) -> Path:
        """Asterisk's control socket."""
        return self.run / "asterisk.ctl"

    @property
    def pid(self) -> Path:
        """Asterisk's process id file."""
        return self.run / "asterisk.pid"


def prepare(paths: InstancePaths, install: AsteriskInstall) -> None:
    """Make the directories (0700) and the links of the data directory; safe to repeat."""
    for folder in (paths.root, paths.etc, paths.lib, paths.keys, paths.run, paths.log, paths.spool,
                   paths.data, paths.agi_bin, paths.sounds):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    owner = paths.run.lstat()
    if paths.run.is_symlink() or owner.st_uid != os.getuid():
        raise PbxError(f"{paths.run}: belongs to somebody else; remove it or choose a shorter state_dir")
    paths.run.chmod(0o700)
    _link(paths.data / "sounds", paths.sounds)
    _link(paths.data / "agi-bin", paths.agi_bin)
    for name in ("moh", "documentation", "static-http", "rest-api", "firmware", "phoneprov"):
        if (install.data / name).is_dir():
            _link(paths.data / name, install.data / name)


def _link(link: Path, target: Path) -> None:
    if link.is_symlink():
        if link.readlink() == target:
            return
        link.unlink()
    link.symlink_to(target)
