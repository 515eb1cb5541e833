"""FastAGI alone: ours beside the others, against a stub that plays Asterisk at full speed (`agi_stub`).

All make the same call (`peers`). Each server is a process of its own that stays; the rounds go from one to the next.
"commands" counts per second of the controller's processor time (beside it by the wall clock, one controller and one
stub); "p99" is from an answer, or the header, to the next command. "the stub" says what Asterisk's side cost for
each command: a second through that is as fast as the stub could have been, the ceiling of what the wall clock shows.
"""

import json
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.measure import Bench, Figure, Goal
from tests.bench.peers.running import CALL, PROCESS, ROOT, SERVERS, Server, for_each_call, serving

#: Calls at once -> calls of a round; a process for each call takes so much longer that there are fewer.
SIZES = {1: 200, 10: 600, 100: 1500}
PROCESSES = {1: 4, 10: 20, 100: 100}
#: Lets Node compile what it will run, and Python its own.
WARM_UP = 300


@dataclass(frozen=True)
class Told:
    """One round. Seconds; `controller` and `stub` are processor time."""

    commands: int
    wall: float
    controller: float
    stub: float
    p99: float


def alone(bench: Bench, folder: Path) -> list[Figure]:
    """Commands a second and p99 of each, with 1, 10 and 100 calls at once; ours is to be ahead of all."""
    rounds: dict[tuple[str, int], list[Told]] = {}
    with ExitStack() as running:
        servers = [running.enter_context(serving(name)) for name in SERVERS]
        for server in servers:
            _round(server, bench.size(WARM_UP), 10)
        for size in SIZES:
            for number in range(bench.rounds):
                turn = number % len(servers)
                for server in (*servers[turn:], *servers[:turn]):
                    rounds.setdefault((server.name, size), []).append(_round(server, bench.size(SIZES[size]), size))
                rounds.setdefault((PROCESS, size), []).append(_processes(bench.size(PROCESSES[size]), size))
    most = max(SIZES)
    others = [told for (name, size), told in rounds.items() if size == most and name != "ours"]
    rate = Goal(least=max(median(one.commands / one.controller for one in told) for told in others))
    p99 = Goal(most=min(median(one.p99 for one in told) for told in others))
    found = []
    for (name, size), told in rounds.items():
        goals = (rate, p99) if (name, size) == ("ours", most) else (None, None)
        found += _figures(f"AGI, {name}", size, told, *goals)
    return found


def _figures(name: str, size: int, told: list[Told], rate: Goal | None, p99: Goal | None) -> list[Figure]:
    rates = tuple(one.commands / one.controller for one in told)
    delays, stub = tuple(one.p99 for one in told), tuple(one.stub / one.commands * 1e6 for one in told)
    whole = median(one.wall / one.commands * 1e6 for one in told)
    wall, of = median(one.commands / one.wall for one in told), "calls at once"
    return [
        Figure(name, "commands/s", median(rates), rates, wall, rate, size, of),
        Figure(f"{name}, p99", "s", median(delays), delays, median(delays), p99, size, of),
        Figure(f"{name}, the stub", "us/command", median(stub), stub, whole, None, size, of),
    ]


def _round(server: Server, calls: int, at_once: int) -> Told:
    before = _processor(server.pid)
    told = _stub(port=server.port, calls=calls, connections=at_once)
    return _told(told, _processor(server.pid) - before)


def _processes(calls: int, at_once: int) -> Told:
    told = _stub(run=for_each_call(), calls=calls, connections=at_once)
    return _told(told, told["children"])


def _told(told: dict[str, Any], controller: float) -> Told:
    return Told(told["commands"], told["wall"], controller, told["processor"], told["p99"])


def _stub(**asked: Any) -> dict[str, Any]:
    steps = json.loads(CALL.read_text("utf-8"))
    commands = sum(len(step.get("play") or step.get("ask") or step["set"]) for step in steps)
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.agi_stub"], cwd=ROOT, check=True, text=True, stdout=subprocess.PIPE,
        input=json.dumps(asked | {"commands": commands}),
    )  # fmt: skip
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def _processor(pid: int) -> float:
    """Seconds of processor time of another process, with all its threads (Linux: clock_getcpuclockid)."""
    return time.clock_gettime((~pid << 3) | 2)
