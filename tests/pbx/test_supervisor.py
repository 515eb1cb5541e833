"""The supervisor with small processes in place of Asterisk and the controller."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.errors import PbxError
from ivr.pbx.child import Child, running, start
from ivr.pbx.supervisor import Backoff, Service, Supervisor

SLEEPER = [sys.executable, "-c", "import signal; signal.pause()"]
STUBBORN = [sys.executable, "-c", "import signal; signal.signal(15, signal.SIG_IGN); signal.pause()"]
LIMIT = 20


async def until(good: Callable[[], bool]) -> None:
    async with asyncio.timeout(LIMIT):
        while not good():  # noqa: ASYNC110 - what is waited for is in another process
            await asyncio.sleep(0.01)


def ignores_sigterm(child: Child) -> bool:
    status = Path(f"/proc/{child.pid}/status").read_text()
    return bool(int(status.partition("SigIgn:")[2].split()[0], 16) >> (signal.SIGTERM - 1) & 1)


class Scene:
    """Services made of processes, and what happened to them in order."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.children: dict[str, list[Child]] = {}

    def service(self, name: str, argv: list[str] | None = None) -> Service:
        async def begin() -> Child:
            self.events.append(f"start {name}")
            child = start(argv or SLEEPER)
            if argv is STUBBORN:
                await until(lambda: ignores_sigterm(child))
            self.children.setdefault(name, []).append(child)
            return child

        async def end(child: Child, at_once: bool) -> None:
            self.events.append(f"{'kill' if at_once else 'stop'} {name}")
            await child.stop(0 if at_once else LIMIT)

        return Service(name, begin, end, lambda: self.events.append(f"died {name}"), Backoff(0.01, 0.05))

    async def ready(self) -> None:
        self.events.append("ready")


async def running_supervisor(
    scene: Scene, services: list[Service], act: Callable[[Supervisor], Awaitable[None]], said: list[str] | None = None
) -> None:
    supervisor = Supervisor(services, [].append if said is None else said.append)
    async with asyncio.timeout(LIMIT), asyncio.TaskGroup() as group:
        group.create_task(supervisor.run(scene.ready))
        await until(lambda: "ready" in scene.events)
        await act(supervisor)


async def test_starts_in_order_and_stops_in_reverse() -> None:
    scene = Scene()

    async def act(supervisor: Supervisor) -> None:
        supervisor.stop()

    await running_supervisor(scene, [scene.service("pbx"), scene.service("controller")], act)
    assert scene.events == ["start pbx", "start controller", "ready", "stop controller", "stop pbx"]
    assert all(child.ended for children in scene.children.values() for child in children)


async def test_what_is_killed_is_started_again_and_the_other_is_not_touched() -> None:
    scene, said = Scene(), []

    async def act(supervisor: Supervisor) -> None:
        for round_ in range(1, 4):
            scene.children["controller"][-1].send(signal.SIGKILL)
            await until(lambda count=round_ + 1: len(scene.children["controller"]) == count)
        assert not scene.children["pbx"][0].ended
        await until(lambda: said.count("controller runs again") == 3)
        supervisor.stop()

    await running_supervisor(scene, [scene.service("pbx"), scene.service("controller")], act, said)
    assert len(scene.children["pbx"]) == 1
    assert scene.events.count("died controller") == 3 and "died pbx" not in scene.events
    pauses = [line for line in said if "killed by signal 9" in line]
    assert [line.rsplit(" in ", 1)[1] for line in pauses] == ["0.01 s", "0.02 s", "0.04 s"]


async def test_a_second_stop_does_not_wait() -> None:
    scene = Scene()

    async def act(supervisor: Supervisor) -> None:
        supervisor.stop()
        await until(lambda: "stop pbx" in scene.events)
        supervisor.stop()

    await running_supervisor(scene, [scene.service("pbx", STUBBORN)], act)
    assert scene.events[-2:] == ["stop pbx", "kill pbx"]
    assert scene.children["pbx"][0].ended


async def test_a_first_start_that_fails_stops_what_runs_and_is_told() -> None:
    scene = Scene()

    async def fails() -> Child:
        raise PbxError("no luck")

    broken = Service("controller", fails, scene.service("x").stop)
    with pytest.raises(PbxError, match="no luck"):
        await Supervisor([scene.service("pbx"), broken], scene.events.append).run(scene.ready)
    assert "stop pbx" in scene.events and scene.children["pbx"][0].ended


async def test_stopping_before_all_is_ready_is_clean() -> None:
    scene = Scene()

    async def never() -> None:
        scene.events.append("ready")
        await asyncio.Event().wait()

    supervisor = Supervisor([scene.service("pbx")], lambda words: None)
    async with asyncio.timeout(LIMIT), asyncio.TaskGroup() as group:
        group.create_task(supervisor.run(never))
        await until(lambda: "ready" in scene.events)
        supervisor.stop()
    assert scene.children["pbx"][0].ended


@given(st.lists(st.floats(0, 59.9), min_size=1, max_size=20), st.floats(60, 1e6))
def test_backoff_doubles_to_its_limit_and_starts_over_after_health(lives: list[float], health: float) -> None:
    backoff = Backoff()
    assert [backoff.after(life) for life in lives] == [min(0.5 * 2**n, 15.0) for n in range(len(lives))]
    assert backoff.after(health) == 0.5


async def test_a_stubborn_child_is_killed_in_the_end() -> None:
    child = start(STUBBORN)
    await until(lambda: ignores_sigterm(child))
    await child.stop(0.05)
    assert await child.wait() == -signal.SIGKILL


async def test_a_tied_child_does_not_outlive_its_killed_parent(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    code = (f"import pathlib, signal\nfrom ivr.pbx.child import start\nchild = start({SLEEPER!r}, die_with_us=True)\n"
            f"pathlib.Path({str(pid_file)!r}).write_text(str(child.pid) + '\\n')\nsignal.pause()\n")
    parent = start([sys.executable, "-c", code])
    await until(lambda: pid_file.exists() and pid_file.read_text().endswith("\n"))
    child = Child(int(pid_file.read_text()))
    parent.send(signal.SIGKILL)
    assert await child.ends_within(LIMIT)
    await parent.wait()


async def test_a_left_over_process_is_known_by_its_arguments(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    child = start([*SLEEPER, "our.conf"])
    pid_file.write_text(f"{child.pid}\n")
    await until(lambda: b"our.conf" in Path(f"/proc/{child.pid}/cmdline").read_bytes())
    found = running(pid_file, "our.conf")
    assert found is not None and found.pid == child.pid
    assert running(pid_file, "another.conf") is None
    await child.stop(LIMIT)
    assert running(pid_file, "our.conf") is None


def test_a_program_that_is_not_there_is_said() -> None:
    with pytest.raises(PbxError, match="cannot be started"):
        start([f"/nowhere/{os.getpid()}"])


async def test_a_process_that_hangs_is_killed_and_started_again() -> None:
    scene, said = Scene(), []
    service = scene.service("controller")
    service.check_every, service.patience = 0.02, 0.0

    async def answers() -> bool:
        # the first one hangs, its successor does not
        return len(scene.children["controller"]) > 1

    service.answers = answers

    async def act(supervisor: Supervisor) -> None:
        await until(lambda: scene.events.count("start controller") == 2)
        await until(lambda: any("runs again" in line for line in said))
        supervisor.stop()

    await running_supervisor(scene, [service], act, said)
    assert any("no sign of life" in line for line in said)
    assert scene.events.count("start controller") == 2


async def test_a_start_may_last_and_after_the_first_answer_silence_may_not() -> None:
    scene, said, asked = Scene(), list[str](), 0
    service = scene.service("controller")
    service.check_every, service.patience = 0.01, 3600.0

    async def answers() -> bool:
        nonlocal asked
        asked += 1
        # silent while it starts, then there once, then hung; its successor is well
        return asked == 20 or len(scene.children["controller"]) > 1

    service.answers = answers

    async def act(supervisor: Supervisor) -> None:
        await until(lambda: scene.events.count("start controller") == 2)
        supervisor.stop()

    await running_supervisor(scene, [service], act, said)
    assert asked >= 23


async def test_patience_with_a_start_has_an_end() -> None:
    scene = Scene()
    service = scene.service("controller")
    service.check_every, service.patience = 0.01, 0.2

    async def answers() -> bool:
        return len(scene.children["controller"]) > 1

    service.answers = answers

    async def act(supervisor: Supervisor) -> None:
        await until(lambda: scene.events.count("start controller") == 2)
        supervisor.stop()

    await running_supervisor(scene, [service], act)
