"""Which Asterisk is used: the named one, else the machine's when it is good, else the provisioned one."""

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from ivr.errors import PbxError
from ivr.pbx.paths import AsteriskInstall

#: Before, Queue() took its arguments in another order.
OLDEST = 21
NEEDED_MODULES = ("chan_pjsip.so", "res_agi.so", "app_queue.so", "res_pjsip.so")
_LOADERS = {"x86_64": "ld-linux-x86-64.so.2", "aarch64": "ld-linux-aarch64.so.1"}
_VERSION = re.compile(r"Asterisk\s+(?:certified[/-])?(\d+(?:\.\d+)*)")


def find_named(named: str) -> AsteriskInstall:
    """The Asterisk that the setting `asterisk` names: a binary, or the root of an unpacked tree."""
    where = f"setting asterisk (IVR_ASTERISK): {named}"
    path = Path(named).expanduser()
    if not path.is_absolute():
        path = Path(shutil.which(named) or path).absolute()
    if path.is_dir():
        install = tree_install(path, "named")
        if install is None:
            raise PbxError(f"{where}: there is no usr/sbin/asterisk in this folder; name a binary")
        return _good(install, where)
    if not os.access(path, os.X_OK):
        raise PbxError(f"{where}: is not a program; name an Asterisk binary or leave the setting empty")
    # a binary inside an unpacked tree needs the libraries of that tree, not the machine's
    if path.parts[-3:] == ("usr", "sbin", "asterisk") and len(path.parts) > 4:
        install = tree_install(path.parents[2], "named")
        if install is not None:
            return _good(install, where)
    return _good(_binary_install(path, "named"), where)


def find_machine(search: str | None = None) -> tuple[AsteriskInstall | None, str]:
    """The machine's Asterisk when it is good, and else why it is not used. `search`: a PATH to look in."""
    search = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin")) if search is None else search
    found = shutil.which("asterisk", path=search)
    if found is None:
        return None, "no asterisk on this machine"
    install = _binary_install(Path(found), "machine")
    faults = faults_of(install)
    return (None, f"{found}: {'; '.join(faults)}") if faults else (install, "")


def tree_install(root: Path, origin: str) -> AsteriskInstall | None:
    """The Asterisk of an unpacked Debian tree, run through the tree's own loader; None when there is none."""
    binary = root / "usr/sbin/asterisk"
    if not binary.exists():
        return None
    machine = platform.machine()
    libraries = root / f"usr/lib/{machine}-linux-gnu"
    name = _LOADERS.get(machine, "")
    loader = next((p for p in (root / "usr/lib64" / name, root / "lib64" / name, libraries / name, root / "lib" / name)
                   if name and p.exists()), None)
    argv = (str(loader), "--library-path", str(libraries), str(binary)) if loader else (str(binary),)
    return AsteriskInstall(argv, libraries / "asterisk/modules", root / "usr/share/asterisk", version_of(argv), origin)


def version_of(argv: Iterable[str]) -> str:
    """ "22.10.1", or "" when it does not run or does not say."""
    try:
        run = subprocess.run([*argv, "-V"], capture_output=True, text=True, errors="replace", timeout=20,
                             stdin=subprocess.DEVNULL, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    match = _VERSION.search(run.stdout)
    return match[1] if match else ""


def missing_modules(install: AsteriskInstall, needed: Iterable[str] = NEEDED_MODULES) -> list[str]:
    """Which of `needed` (file names) the install lacks."""
    return [name for name in needed if not (install.modules / name).exists()]


def faults_of(install: AsteriskInstall) -> list[str]:
    """Why this Asterisk cannot be used, in words; empty when it can."""
    if not install.version:
        return ["does not tell its version"]
    if install.major < OLDEST:
        return [f"version {install.version} is older than {OLDEST}"]
    missing = missing_modules(install)
    return [f"{install.modules}: modules missing: {', '.join(missing)}"] if missing else []


def _good(install: AsteriskInstall, where: str) -> AsteriskInstall:
    faults = faults_of(install)
    if faults:
        raise PbxError(f"{where}: {'; '.join(faults)}; Asterisk {OLDEST} or newer with chan_pjsip is needed")
    return install


def _binary_install(binary: Path, origin: str) -> AsteriskInstall:
    prefix = binary.parents[1]
    libraries = [prefix / "lib" / f"{platform.machine()}-linux-gnu", prefix / "lib", prefix / "lib64"]
    modules = _first([p / "asterisk/modules" for p in libraries])
    shared = [prefix / "share/asterisk", prefix / "var/lib/asterisk", Path("/var/lib/asterisk")]
    # Debian's own package keeps the documentation in share, a source build in /var/lib
    return AsteriskInstall((str(binary),), modules, _first(shared), version_of((str(binary),)), origin)


def _first(candidates: list[Path]) -> Path:
    return next((p for p in candidates if p.is_dir()), candidates[0])
