"""`ivr run` as a user starts it: ready, refuses a second one, survives kill -9 of the controller, stops cleanly; and
while its database is away."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.addresses import free_port

IVR = [sys.executable, "-m", "ivr"]


class Running:
    """A started `ivr run` and the lines it says."""

    def __init__(self, state: Path, environ: dict[str, str]) -> None:
        self.environ = environ
        self.process = subprocess.Popen([*IVR, "run", "--state-dir", str(state)], env=environ, cwd=state.parent,
                                        stderr=subprocess.PIPE, text=True)
        self.lines: list[str] = []
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as stream:
            for line in stream:
                with self._news:
                    self.lines.append(line.rstrip())
                    self._news.notify_all()

    def says(self, words: str, times: int = 1, limit: float = 300) -> None:
        with self._news:
            heard = self._news.wait_for(lambda: sum(words in line for line in self.lines) >= times, limit)
        assert heard, "\n".join(self.lines)

    def end(self, number: int) -> int:
        self.process.send_signal(number)
        code = self.process.wait(60)
        self._reader.join(10)
        return code


@pytest.fixture
def hotline(request: pytest.FixtureRequest, tmp_path: Path, provisioned: Path) -> Iterator[Running]:
    """With the database at the parameter, a place below `tmp_path`, if there is one."""
    ports = {f"IVR_{name}_PORT": str(free_port()) for name in ("SIP", "AGI", "AMI", "WEB", "WS", "NETWORK")}
    environ = {**os.environ, **ports, "IVR_LANGUAGES": "ru"}
    if place := getattr(request, "param", ""):
        (tmp_path / place).parent.write_text("a disk that is not mounted")
        environ["IVR_DATABASE_URL"] = f"sqlite:///{tmp_path / place}"
    running = Running(tmp_path / "state", environ)
    yield running
    if running.process.poll() is None:
        running.end(signal.SIGTERM)


def opened(browser: urllib.request.OpenerDirector, asked: urllib.request.Request, limit: float = 20) -> Any:
    """The answer; asked again while the database is not there for the controller yet, another process."""
    until = time.monotonic() + limit
    while True:
        try:
            return browser.open(asked, timeout=limit)
        except urllib.error.HTTPError as fault:
            if fault.code != 503 or time.monotonic() > until:
                raise
        time.sleep(0.1)


def children(pid: int) -> list[int]:
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_a_hotline_runs_mends_itself_and_stops(hotline: Running, tmp_path: Path) -> None:
    state = tmp_path / "state"
    hotline.says("The hotline is ready.")
    assert state.stat().st_mode & 0o77 == 0
    asterisk = int((state / "asterisk/run/asterisk.pid").read_text()) if (state / "asterisk/run").exists() else 0
    second = subprocess.run([*IVR, "run", "--state-dir", str(state)], env=hotline.environ, cwd=tmp_path,
                            capture_output=True, text=True, check=False)
    assert second.returncode == 2 and f"process {hotline.process.pid}" in second.stderr
    doctor = subprocess.run([*IVR, "doctor", "--json", "--state-dir", str(state)], env=hotline.environ, cwd=tmp_path,
                            capture_output=True, text=True, check=False)
    assert {c["name"]: c["status"] for c in json.loads(doctor.stdout)}.items() >= {
        "manager": "ok", "controller": "ok", "ports": "ok", "database": "ok", "prompts": "ok"}.items()
    (state / "sounds/ru_abc1/ivr").mkdir(parents=True)
    for pid in children(hotline.process.pid):
        if pid != asterisk and b"controller" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
            os.kill(pid, signal.SIGKILL)
    hotline.says("controller runs again")
    assert not (state / "sounds/ru_abc1").exists() and (state / "sounds/ru").exists()
    assert hotline.end(signal.SIGINT) == 0
    assert hotline.lines[-1] == "stopped"
    assert "Asterisk ended" not in "\n".join(hotline.lines)


@pytest.mark.parametrize("hotline", ["disk/hotline.db"], indirect=True)
def test_a_hotline_starts_and_takes_calls_while_its_database_is_away(hotline: Running, tmp_path: Path) -> None:
    hotline.says("The hotline is ready.")
    hotline.says("  database   has not the tables")
    heard = subprocess.run([*IVR, "call", "--state-dir", str(tmp_path / "state"), "--limit", "60"], env=hotline.environ,
                           cwd=tmp_path, capture_output=True, text=True, check=False)
    # the controller's words; the dialplan alone has others
    assert "Вас приветствует" in heard.stdout, heard.stdout + heard.stderr
    assert not any("/setup#" in line for line in hotline.lines)
    (tmp_path / "disk").unlink()
    hotline.says("/setup#")
    link = next(line for line in hotline.lines if "/setup#" in line).strip()
    address, _, token = link.partition("/setup#")
    first = {"token": token, "login": "irina", "name": "Ирина", "password": "a phrase of several words"}
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    with browser.open(f"{address}/api/session", timeout=20) as answer:
        csrf = json.load(answer)["csrf"]
    headers = {"Content-Type": "application/json", "Origin": address, "X-CSRF-Token": csrf}
    asked = urllib.request.Request(f"{address}/api/setup", json.dumps(first).encode(), headers)
    with opened(browser, asked) as answer:
        assert json.load(answer)["user"]["login"] == "irina"
    assert hotline.end(signal.SIGINT) == 0
