"""Starting the servers of this folder, each in a process of its own, and stopping them."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
CALL = HERE / "call.json"
#: What the tables call them -> file. Node's needs `node_packages`.
SERVERS = {"ours": "ours.py", "panoramisk": "panoramisk_agi.py", "ding-dong": "ding_dong.cjs"}
#: What the tables call the one that is started for each call.
PROCESS = "pyst2"


@dataclass(frozen=True)
class Server:
    """A FastAGI server that listens on loopback: agi://127.0.0.1:`port`/inbound."""

    name: str
    port: int
    pid: int


@contextmanager
def serving(name: str, port: int = 0, call: Path = CALL) -> Iterator[Server]:
    """One of `SERVERS` while the block lasts."""
    process = subprocess.Popen(
        [*_program(name), str(HERE / SERVERS[name]), str(port), str(call)],
        stdout=subprocess.PIPE, text=True, cwd=ROOT, env=_environment(name),
    )  # fmt: skip
    with process:
        assert process.stdout is not None
        try:
            said = process.stdout.readline().strip()
            if not said.isdigit():
                raise RuntimeError(f"{SERVERS[name]} did not start; what it says stands above")
            yield Server(name, int(said), process.pid)
        finally:
            process.kill()


def for_each_call(call: Path = CALL) -> list[str]:
    """The command that serves one call on its standard input and output."""
    return [sys.executable, str(HERE / "pyst2_agi.py"), str(call)]


def node_packages() -> Path:
    """The folder node_modules with ding-dong, installed from the lock file beside this one when it is not yet there.

    Raises RuntimeError without node and npm, or when the packages cannot be had.
    """
    folder, lock = ROOT / "build" / "bench-peers", HERE / "package-lock.json"
    done = folder / "node_modules" / ".locked"
    if done.exists() and done.read_bytes() == lock.read_bytes():
        return done.parent
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise RuntimeError("ding-dong needs node and npm; install them (Debian: nodejs npm)")
    folder.mkdir(parents=True, exist_ok=True)
    for file in (lock, HERE / "package.json"):
        shutil.copy(file, folder)
    run = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    told = subprocess.run(run, cwd=folder, capture_output=True, text=True)
    if told.returncode:
        raise RuntimeError(f"ding-dong could not be installed: {told.stderr.strip()[-500:]}")
    shutil.copy(lock, done)
    return done.parent


def _program(name: str) -> list[str]:
    return ["node"] if SERVERS[name].endswith("js") else [sys.executable]


def _environment(name: str) -> dict[str, str]:
    more = {"NODE_PATH": str(node_packages())} if SERVERS[name].endswith("js") else {"PYTHONPATH": str(ROOT)}
    return {**os.environ, **more}
