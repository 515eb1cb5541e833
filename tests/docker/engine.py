"""`make docker-test`: the images built and run by a real container engine, with SQLite and with PostgreSQL.

Exit code 0: all was seen to work; 1: something was not; 2: there is no engine, and nothing was tested.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from ivr.config import Config
from tests.addresses import free_port
from tests.docker.composed import FOLDER, POSTGRESQL, SQLITE
from tests.docker.sip import called, options

NET = "10.153.54"
#: Seconds for images to be fetched and built, and for containers to be well.
_BUILD, _PATIENCE = 3600, 180


def engine() -> list[str]:
    """The command of an engine that answers and has compose, or nothing."""
    for name in ("docker", "podman"):
        if shutil.which(name) and all(_quiet([name, *words]) for words in (["info"], ["compose", "version"])):
            return [name]
    return []


class Project:
    """One hotline of compose, apart from any other on this machine."""

    def __init__(self, command: Sequence[str], files: Sequence[str], folder: Path) -> None:
        self.ports = {name: free_port() for name in ("IVR_SIP_PORT", "IVR_WEB_PORT")}
        self.env = {**self.ports, "IVR_RTP_START": 21000, "IVR_RTP_END": 21019, "HOTLINE_NET": NET}
        settings = folder / "hotline.toml"
        # what comes from this machine comes by the gateway
        settings.write_text(f'[[trunks]]\nname = "near"\naddresses = ["{NET}.33"]\n')
        secrets = {"settings": settings}
        if files == POSTGRESQL:
            url, password = folder / "database_url", folder / "database_password"
            url.write_text("postgresql://hotline:of-a-test@database/hotline\n")
            password.write_text("of-a-test\n")
            secrets |= {"database_url": url, "database_password": password}
        folder.chmod(0o755)
        over = folder / "compose.test.json"
        over.write_text(json.dumps({"secrets": {name: {"file": str(path)} for name, path in secrets.items()}}))
        paths = [str(FOLDER / name) for name in files] + [str(over)]
        self._compose = [*command, "compose", "-p", "hotline-test", *(w for path in paths for w in ("-f", path))]

    def compose(self, *words: str, limit: float = _PATIENCE, check: bool = True) -> str:
        """What it printed. Raises AssertionError when it fails, unless `check` is off."""
        env = {**_environ(), **{name: str(value) for name, value in self.env.items()}}
        done = subprocess.run([*self._compose, *words], env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, errors="replace", timeout=limit, check=False)  # fmt: skip
        assert done.returncode == 0 or not check, f"compose {' '.join(words)}: {done.stdout[-3000:]}"
        return done.stdout

    @contextmanager
    def up(self) -> Iterator[None]:
        """Built, started and well; gone afterwards, with its volumes."""
        try:
            self.compose("build", limit=_BUILD)
            self.compose("up", "--detach", "--wait", "--wait-timeout", str(_PATIENCE), limit=_BUILD)
            yield
        except BaseException:
            print(self.compose("logs", "--tail", "40", check=False))
            raise
        finally:
            self.compose("down", "--volumes", "--timeout", "30", check=False)


def look(project: Project, folder: Path) -> None:
    """Everything that can be seen from outside. Raises AssertionError."""
    config, sip, web = Config(), project.ports["IVR_SIP_PORT"], project.ports["IVR_WEB_PORT"]
    until = time.monotonic() + _PATIENCE
    while not _ready(web):
        assert time.monotonic() < until, "it does not say that it is ready"
        time.sleep(0.5)
    for service in ("asterisk", "controller", "dispatcher", "retention"):
        assert project.compose("exec", "-T", service, "id", "-u").strip() == "10001", service
    assert options("127.0.0.1", sip) > 0
    address, media = called("127.0.0.1", sip, config.did, "127.0.0.1", folder)
    assert address == "127.0.0.1" and 21000 <= media <= 21019
    assert json.loads(project.compose("exec", "-T", "controller", "ivr", "calls", "list", "--json"))
    kept = "/var/lib/hotline/of-a-test.tar.gz"
    project.compose("exec", "-T", "controller", "ivr", "backup", "make", kept)
    project.compose("restart", "asterisk")
    while not _ready(web):
        assert time.monotonic() < until + _PATIENCE, "it is not ready again after Asterisk's container was restarted"
        time.sleep(0.5)
    project.compose("stop")
    states = project.compose("ps", "--all", "--format", "{{.Service}} {{.ExitCode}}")
    assert "asterisk 0" in states and "controller 0" in states, states
    if "database" in states:
        project.compose("up", "--detach", "--wait", "database")
    once = ("run", "--rm", "--no-deps", "-T", "controller")
    assert "restoring the database" in project.compose(*once, "backup", "restore", kept, "--replace")
    assert "is at revision" in project.compose(*once, "db", "upgrade")
    assert "asterisk" not in project.compose("ps", "--format", "{{.Service}}"), "something else was started"


def main() -> int:
    """Both kinds of tables, one after the other."""
    command = engine()
    if not command:
        print("docker-test: no container engine with compose answers here (docker or podman): nothing was tested")
        return 2
    for files in (SQLITE, POSTGRESQL):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            project = Project(command, files, folder)
            with project.up():
                look(project, folder)
        print(f"docker-test: {' and '.join(files)}: works with {command[0]}")
    return 0


def _ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _quiet(argv: Sequence[str]) -> bool:
    try:
        return subprocess.run(argv, capture_output=True, timeout=30, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def _environ() -> Mapping[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("IVR_", "HOTLINE_"))}


if __name__ == "__main__":
    sys.exit(main())
