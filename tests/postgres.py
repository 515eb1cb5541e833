"""A PostgreSQL of our own for the tests: private cluster, random loopback port, no fsync, gone afterwards."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.addresses import free_port


@dataclass(frozen=True)
class Postgres:
    """The running server; `url`: "postgresql://…" of its empty first database; `folder`: its cluster, and its log."""

    url: str
    _control: Callable[..., None]
    folder: Path = Path()

    def crash(self) -> None:
        """End at once, as by a kill -9: every connection is cut, the next start recovers from the log."""
        self._control("-m", "immediate", "-w", "stop")

    def start(self) -> None:
        """After a crash; returns when it takes connections."""
        self._control("-w", "-t", "30", "start")


@contextmanager
def private_postgres() -> Iterator[Postgres]:
    """A fresh cluster; PostgreSQL is installed from Debian when missing (needs root)."""
    binaries = _binaries()
    root = Path(tempfile.mkdtemp(prefix="ivr-pg-"))
    user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    if os.geteuid() == 0:  # initdb refuses root
        shutil.chown(root, user)
    data = root / "data"

    def run(program: str, *arguments: str) -> None:
        as_user = ["setpriv", f"--reuid={user}", f"--regid={pwd.getpwnam(user).pw_gid}", "--clear-groups"]
        command = [*(as_user if os.geteuid() == 0 else []), str(binaries / program), *arguments]
        # Into a file: the server inherits the output, and a pipe would be waited for until the server ends.
        with (root / "said").open("a+") as said:
            done = subprocess.run(command, stdout=said, stderr=said, timeout=60, cwd=root, env=_plain_environment())
            if done.returncode:
                said.seek(0)
                raise RuntimeError(f"{program} failed: {said.read()}")

    try:
        run("initdb", "-D", str(data), "-A", "trust", "-U", "ivr", "-E", "UTF8", "--locale=C", "-N")
        port = free_port()  # now: initdb takes a while, others look for one too
        options = f"-p {port} -k '' -c listen_addresses=127.0.0.1 -c fsync=off -c full_page_writes=off"

        def control(*arguments: str) -> None:
            run("pg_ctl", "-D", str(data), "-o", options, *arguments)

        server = Postgres(f"postgresql://ivr:not-asked-for@127.0.0.1:{port}/postgres", control, root)
        server.start()
        try:
            yield server
        finally:
            server.crash()
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _binaries() -> Path:
    found = _find()
    if found is None:
        _install()
        found = _find()
    if found is None:
        raise RuntimeError("PostgreSQL is needed for these tests: apt-get install postgresql")
    return found


def _find() -> Path | None:
    homes = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    if homes:
        return homes[-1].parent
    initdb = shutil.which("initdb")
    return Path(initdb).parent if initdb else None


def _install() -> None:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return
    settings = Path("/etc/postgresql-common/createcluster.conf")
    if not settings.exists():  # no server of the system's own is wanted
        settings.parent.mkdir(parents=True, exist_ok=True)
        settings.write_text("create_main_cluster = false\n")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", "-o", "Dpkg::Options::=--force-confold"]
    subprocess.run(["apt-get", "update", "-q"], env=environment, check=False, timeout=300)
    subprocess.run([*install, "postgresql"], env=environment, check=True, timeout=600)


def _plain_environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C"}
