"""The services of docker/compose*.yaml started from the images as folders: volumes, secrets, health, an end."""

import argparse
import os
import re
import shlex
import shutil
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.docker.composed import FOLDER, load, secret_files
from tests.docker.contained import contained, run
from tests.docker.dockerfile import environment, stages
from tests.docker.images import Images

STAGES = stages()
#: What docker/README.md has run while the hotline is stopped.
MANUAL = re.findall(r"^docker compose run (.*)$", (FOLDER / "README.md").read_text("utf-8"), re.MULTILINE)
#: Seconds until a hotline takes calls.
_PATIENCE = 60
#: The first three numbers of the containers' addresses, of this process alone, apart from those of tests/addresses.py.
NET = f"127.{os.getpid() % 200 + 20}.{251 + os.getpid() // 200 % 5}"
DID = "88005553535"
PROVIDER, STRANGER, PUBLIC = f"{NET}.50", f"{NET}.51", f"{NET}.60"
HOTLINE = f'did = "{DID}"\n[[trunks]]\nname = "alpha"\naddresses = ["{PROVIDER}"]\n[[operators]]\nlogin = "101"\n'


@dataclass
class Containers:
    """The services of `files`, their volumes and secrets in `folder`."""

    images: Images
    files: tuple[str, ...]
    folder: Path
    #: What the caller of compose sets.
    chosen: Mapping[str, str]
    started: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.whole = load(self.files, self.chosen)
        for name in self.whole["volumes"]:
            (self.folder / name).mkdir()
        # a new volume takes what the image has there
        for name, target in (("state", "/var/lib/hotline"), ("recordings", "/var/lib/hotline/recordings"),
                             ("tables", "/var/lib/hotline-database")):  # fmt: skip
            there = self.images.root("controller") / target.lstrip("/")
            run(["cp", "-a", f"{there}/.", str(self.folder / name)])
        for name in ("secrets", "own/tls", "own/data"):
            (self.folder / name).mkdir(parents=True)
        self.secret("hotline.toml", HOTLINE)

    def secret(self, name: str, text: str) -> None:
        """A file of docker/secrets/."""
        (self.folder / "secrets" / name).write_text(text)

    def log(self, service: str) -> str:
        file = self.folder / f"{service}.log"
        return file.read_text("utf-8", "replace") if file.exists() else ""

    def command(self, service: str, argv: list[str] | None = None, mounted: Sequence[str] = ()) -> list[str]:
        """What an engine runs for a service, or `argv` beside it in the same container. `mounted`: what compose is told
        besides by `-v`, FILE:PLACE:ro."""
        told = self.whole["services"][service]
        image = told["image"].removeprefix("hotline-")
        stage = STAGES[image]
        usual = [*stage.last("ENTRYPOINT").argv, *told.get("command", stage.last("CMD").argv)]
        # Linux has connections to loopback addresses come from the first of them
        env = {**environment(STAGES, image), **self.settings(service), "IVR_CONTROLLER_ADDRESSES": "127.0.0.1"}
        mounts = [each.split(":") for each in told["volumes"]]
        volumes = {target: self.folder / name for name, target, *_ in mounts}
        for file, place, how in (each.split(":") for each in mounted):
            assert how == "ro", mounted
            volumes[place] = Path(file)
            mounts.append([file, place, how])
        known = self.folder / f"{service}-secrets"
        known.mkdir(exist_ok=True)
        for target, file in secret_files(told, self.whole).items():
            shutil.copy(self.folder / file, known / Path(target).name)
        volumes["/run/secrets"] = known
        return contained(self.images.root(image), argv or usual, env, stage.last("USER").text, volumes,
                         sealed=told["read_only"], fixed=[target for _, target, *ro in mounts if ro])  # fmt: skip

    def start(self, service: str) -> None:
        with (self.folder / f"{service}.log").open("ab") as log:
            self.started[service] = subprocess.Popen(self.command(service), stdin=subprocess.DEVNULL, stdout=log,
                                                     stderr=log, start_new_session=True)  # fmt: skip

    def execute(self, service: str, *argv: str) -> str:
        """As `docker compose exec`; what it printed."""
        return run(self.command(service, list(argv)))

    def backup(self) -> Path:
        """As docker/backup.sh makes one of the hotline that runs; for the user of the containers alone."""
        file = self.folder / "backup.tar.gz"
        making = self.command("controller", ["ivr", "backup", "make", "-"])
        with file.open("wb") as stream:
            subprocess.run(making, stdin=subprocess.DEVNULL, stdout=stream, check=True)
        file.chmod(0o600)
        os.chown(file, 10001, 10001)
        return file

    def put_back(self, backup: Path) -> None:
        """Restored, and the tables upgraded, as docker/README.md has it typed while the hotline is stopped."""
        [restore] = [line for line in MANUAL if " backup restore " in line]
        assert "restoring the database" in self.once(restore.replace("/backup/FILE", str(backup)))
        [upgrade] = [line for line in MANUAL if " db upgrade" in line]
        assert "is at revision" in self.once(upgrade)

    def once(self, line: str) -> str:
        """`docker compose run …`, as `line` has it typed; what it printed. No other service is started."""
        told = argparse.ArgumentParser()
        for flag in ("--rm", "--no-deps", "-T"):
            told.add_argument(flag, action="store_true", required=True)
        told.add_argument("-v", action="append", default=[])
        told.add_argument("service")
        told.add_argument("words", nargs=argparse.REMAINDER)
        asked = told.parse_args(shlex.split(line, comments=True))
        assert asked.service not in self.started, "its address is taken"
        image = self.whole["services"][asked.service]["image"].removeprefix("hotline-")
        return run(self.command(asked.service, [*STAGES[image].last("ENTRYPOINT").argv, *asked.words], asked.v))

    def health(self, service: str) -> str:
        """What the health check of the image complains of; "": nothing."""
        asked = STAGES[service].last("HEALTHCHECK").argv
        done = subprocess.run(self.command(service, asked), capture_output=True, text=True, check=False)
        return "" if done.returncode == 0 else done.stdout + done.stderr

    def until_healthy(self, service: str) -> None:
        until = time.monotonic() + _PATIENCE
        while said := self.health(service):
            assert time.monotonic() < until and self.started[service].poll() is None, said + self.log(service)

    def until_ready(self) -> None:
        """Wait until the controller says that calls can be taken."""
        told = self.settings("controller")
        url = f"http://{told['IVR_WEB_HOST']}:{told['IVR_WEB_PORT']}/health/ready"
        until = time.monotonic() + _PATIENCE
        while True:
            with suppress(OSError), urllib.request.urlopen(url, timeout=5) as answer:
                if answer.status == 200:
                    return
            assert time.monotonic() < until, self.log("controller") + self.log("asterisk")
            time.sleep(0.1)

    def settings(self, service: str) -> dict[str, str]:
        """The IVR_* variables that compose gives it."""
        return {name: str(value) for name, value in self.whole["services"][service]["environment"].items()}

    def stop(self, service: str) -> int:
        """As `docker stop`; the exit code."""
        process = self.started.pop(service)
        process.send_signal(signal.SIGTERM)
        return process.wait(40)

    def kill(self, service: str) -> None:
        """As `docker kill`."""
        process = self.started.pop(service)
        process.kill()
        process.wait(10)

    def assert_least_rights(self, passwords: Sequence[str]) -> None:
        """No process of a container is root, may become it, or shows a password to who lists processes."""
        for service, process in self.started.items():
            everybody = list(_family(process.pid))
            assert len(everybody) >= 2, service
            for pid in everybody:
                try:
                    status = Path(f"/proc/{pid}/status").read_text()
                    shown = Path(f"/proc/{pid}/environ").read_text() + Path(f"/proc/{pid}/cmdline").read_text()
                except (FileNotFoundError, ProcessLookupError):
                    shown = ""
                if not shown and pid != process.pid:
                    continue  # it has ended
                assert "\nUid:\t10001\t10001\t10001\t10001\n" in status, service
                assert "\nCapEff:\t0000000000000000\n" in status and "\nNoNewPrivs:\t1\n" in status, service
                assert "IVR_STATE_DIR=" in shown and not [word for word in passwords if word in shown], service


def _family(parent: int) -> Iterator[int]:
    """A process and all that it started."""
    yield parent
    for children in Path(f"/proc/{parent}/task").glob("*/children"):
        with suppress(FileNotFoundError, ProcessLookupError):  # the thread has ended
            for child in children.read_text().split():
                yield from _family(int(child))
