"""An own Asterisk from Debian's archive, unpacked into the user's cache once for all clones; no root is needed.

Unpacked beside its place and renamed at the end, so that what has the final name is whole. Downloads of
a broken attempt are kept and used by the next one.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ivr.errors import PbxError
from ivr.pbx.find import OLDEST, faults_of, find_machine, find_named, tree_install
from ivr.pbx.paths import AsteriskInstall

PACKAGES = Path(__file__).parents[2] / "asterisk-conf" / "packages.txt"
SUITE = "sid"
#: Called with a line of words; may be called from another thread.
Say = Callable[[str], None]


@dataclass(frozen=True)
class Provisioner:
    """Unpacks `packages` of `suite` into `cache`. `tool`: the mmdebstrap command, "" to find or fetch it."""

    cache: Path
    say: Say
    packages: tuple[str, ...] = field(default_factory=lambda: read_packages())
    suite: str = SUITE
    tool: str = ""

    @property
    def target(self) -> Path:
        """Where the tree is when it is whole; another package list is another folder."""
        wanted = hashlib.sha256("\n".join((self.suite, *sorted(self.packages))).encode()).hexdigest()
        return self.cache / f"asterisk-22-{wanted[:8]}"

    def existing(self) -> AsteriskInstall | None:
        """The provisioned Asterisk when it is there."""
        return tree_install(self.target, "provisioned") if self.target.is_dir() else None

    def provide(self) -> AsteriskInstall:
        """The provisioned Asterisk, unpacked now if need be (about 20 s). Raises `PbxError`."""
        found = self.existing()
        if found is not None:
            return found
        try:
            self.cache.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise PbxError(f"setting asterisk_cache: {self.cache} cannot be made: {error.strerror}") from None
        with _only_one(self.cache / "provision.lock", self.say):
            return self.existing() or self._unpack()

    def _unpack(self) -> AsteriskInstall:
        for broken in self.cache.glob(".partial-*"):
            _remove(broken)
        tool = self.tool or find_tool(self.cache, self.say)
        downloads = self.cache / "downloads"
        downloads.mkdir(exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=".partial-", dir=self.cache))
        partial.chmod(0o755)
        tree = partial / "tree"
        try:
            self.say(f"unpacking Asterisk from Debian {self.suite} into {self.target} (once, about 300 MB)")
            last = self._mmdebstrap(tool, tree, downloads)
            install = tree_install(tree, "provisioned") if last == "" else None
            if install is None:
                raise PbxError("Asterisk could not be provisioned: " + (last or "the tree has no asterisk")
                               + f". Is the network there? Try again, or install Asterisk {OLDEST} or newer yourself.")
            faults = faults_of(install)
            if faults:
                raise PbxError(f"The provisioned Asterisk is not usable: {'; '.join(faults)}")
            _prune(tree)
            tree.rename(self.target)
        finally:
            for archive in tree.glob("var/cache/apt/archives/*.deb"):
                shutil.move(archive, downloads / archive.name)
            _remove(partial)
        _remove(downloads)
        return self.existing() or install

    def _mmdebstrap(self, tool: str, tree: Path, downloads: Path) -> str:
        """Run it; "" when good, else its last complaint."""
        # extract + chrootless: no maintainer script runs, so neither root nor name spaces are needed
        argv = [tool, "--mode=chrootless", "--variant=extract", "--format=directory",
                # a frozen mirror or a slow clock must not stop the set-up; signatures are still checked
                '--aptopt=Acquire::Check-Valid-Until "false"', '--aptopt=APT::Install-Recommends "false"',
                '--aptopt=Acquire::Retries "3"',
                f'--setup-hook=cp -n "{downloads}"/*.deb "$1"/var/cache/apt/archives/ 2>/dev/null || true',
                f"--include={','.join(self.packages)}", self.suite, str(tree)]
        try:
            process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                       stderr=subprocess.PIPE, text=True, errors="replace")
        except OSError as error:
            return f"{tool}: {error.strerror}"
        complaint = ""
        stopped = threading.Event()
        watcher = threading.Thread(target=_watch, args=(tree, self.say, stopped), daemon=True)
        watcher.start()
        try:
            assert process.stderr is not None
            for line in process.stderr:
                if line.startswith("I: ") and "hook" not in line and "skipping" not in line:
                    self.say(line[3:].strip())
                elif line.startswith("E: ") and not complaint:
                    complaint = line[3:].strip()
            code = process.wait()
        finally:
            stopped.set()
            watcher.join()
            if process.poll() is None:
                process.terminate()
                process.wait()
            if process.stderr is not None:
                process.stderr.close()
        return (complaint or f"mmdebstrap ended with {code}") if code else ""


def choose(named: str, provisioner: Provisioner, search: str | None = None) -> AsteriskInstall:
    """Find an Asterisk, or provision one. `named`: the setting `asterisk`. Raises `PbxError` saying what to do."""
    found = find_only(named, provisioner, search)
    return found or provisioner.provide()


def find_only(named: str, provisioner: Provisioner, search: str | None = None) -> AsteriskInstall | None:
    """As `choose`, but None where one would have to be provisioned."""
    if named:
        return find_named(named)
    machine, reason = find_machine(search)
    if machine is None and not reason.startswith("no asterisk"):
        provisioner.say(f"the machine's Asterisk is not used: {reason}")
    return machine or provisioner.existing()


def read_packages(file: Path = PACKAGES) -> tuple[str, ...]:
    """The package names in the list; `#` starts a comment."""
    lines = (line.split("#", 1)[0].strip() for line in file.read_text("utf-8").splitlines())
    return tuple(line for line in lines if line)


def find_tool(cache: Path, say: Say, search: str | None = None) -> str:
    """mmdebstrap: the machine's; else installed (as root) or fetched into `cache` from the machine's archive."""
    def look(name: str) -> str | None:
        return shutil.which(name, path=search)

    fetched = cache / "tools/usr/bin/mmdebstrap"
    found = look("mmdebstrap") or (str(fetched) if fetched.exists() else None)
    if found:
        return found
    if look("apt-get") and os.geteuid() == 0:
        say("installing mmdebstrap")
        for argv in (["apt-get", "-q", "update"],
                     ["apt-get", "-qy", "--no-install-recommends", "install", "mmdebstrap", "debian-archive-keyring"]):
            subprocess.run(argv, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
                           capture_output=True, check=False)
        found = look("mmdebstrap")
    elif look("apt-get") and look("dpkg-deb") and look("perl"):
        say("fetching mmdebstrap")
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["apt-get", "-q", "download", "mmdebstrap"], cwd=folder, capture_output=True, check=False)
            for archive in Path(folder).glob("*.deb"):
                subprocess.run(["dpkg-deb", "-x", archive, cache / "tools"], capture_output=True, check=False)
        found = str(fetched) if fetched.exists() else None
    if found is None:
        raise PbxError(f"There is no Asterisk {OLDEST} or newer here and no mmdebstrap to provision one with. As root: "
                       "apt-get install mmdebstrap (Debian, Ubuntu); or install Asterisk and name it in IVR_ASTERISK.")
    return found


@contextmanager
def _only_one(lock: Path, say: Say) -> Iterator[None]:
    with lock.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another process is provisioning Asterisk; waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _watch(tree: Path, say: Say, stopped: threading.Event) -> None:
    shown = 0
    while not stopped.wait(2):
        archives = tree / "var/cache/apt/archives"
        size = sum(_size(p) for p in (*archives.glob("*.deb"), *archives.glob("partial/*.deb"))) // 1_000_000
        if size > shown:
            shown = size
            say(f"downloaded {size} MB")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _prune(tree: Path) -> None:
    """Drop what Asterisk does not read: manuals, translations, package lists."""
    for part in (*tree.glob("var"), *tree.glob("etc"), *tree.glob("dev"), *tree.glob("tmp"),
                 *(p for p in tree.glob("usr/share/*") if p.name != "asterisk")):
        _remove(part)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        for folder in (path, *(p for p in path.rglob("*") if p.is_dir() and not p.is_symlink())):
            folder.chmod(0o700)
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
