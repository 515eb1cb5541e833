"""The reference call side by side: all in dialplan (the limit), ours, and on the AGI libraries of others.

Two Asterisks (`refcall.plant`): the hotline as `ivr run` starts it, and one of the same configuration without a
controller for the rest. SIPp places the calls, with sound and RFC 4733 keys both ways; forty telephones of our own
measure, in the packets, from the end of a key to the first sound that it leads to. Servers have one half of the
processors, callers the other. A round: 300 calls at once, measured for 30 s, then half a call a second more every
second until a call fails, a key leads to nothing, or the 99th of a hundred keys of the last 12 s takes over 250 ms. The
rounds go from one server to the next. Processor time is that of Asterisk and of whatever serves beside it, per call,
idle time and all.
"""

import asyncio
import json
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from tests.addresses import free_port
from tests.bench.measure import Bench, Figure, Goal
from tests.bench.peers.running import PROCESS, ROOT, SERVERS, for_each_call, serving
from tests.bench.refcall.dialplans import NUMBERS
from tests.bench.refcall.plant import DID, beside, hotline
from tests.bench.refcall.story import agi_steps, story
from tests.bench.refcall.trial import Server, Sizes, Trial, percentile, trial

LIMIT, OURS = "dialplan", "ours"
MOST_ROUNDS = 3
PROCESSOR = "processor time per call"


def reference(bench: Bench, folder: Path) -> list[Figure]:
    """One call, ours beside dialplan alone and the AGI of others: processor time, key to prompt, calls at once."""
    if os.geteuid() or not shutil.which("sipp"):
        raise RuntimeError("the reference call needs SIPp (Debian: sip-tester), and root, for it sends by raw sockets")
    sizes = Sizes(calls=bench.size(300), hold_s=max(8.0, 30 * bench.scale), longest_s=150 * bench.scale)
    return figures(asyncio.run(_rounds(min(bench.rounds, MOST_ROUNDS), sizes, folder)), sizes.calls)


async def _rounds(rounds: int, sizes: Sizes, folder: Path) -> list[list[Trial]]:
    """What came out, round by round."""
    told, call = story(), folder / "call.json"
    call.write_text(json.dumps(agi_steps(told)), "utf-8")
    cores = sorted(os.sched_getaffinity(0))
    ours, theirs = cores[: max(1, len(cores) // 2)], cores[len(cores) // 2 :]
    found: list[list[Trial]] = []
    with ExitStack() as running:
        agi, pids = {}, {LIMIT: (), PROCESS: ()}
        for name in (name for name in SERVERS if name != OURS):
            server = running.enter_context(serving(name, free_port(), call))
            os.sched_setaffinity(server.pid, ours)
            agi[name], pids[name] = f"agi://127.0.0.1:{server.port}/inbound", (server.pid,)
        agi[PROCESS] = str(_script(folder / PROCESS, call))
        async with hotline(folder / "ours", ours) as house:
            sounds = folder / "ours" / "sounds"
            async with beside(folder / "beside", sounds, told, agi, ours) as other:
                os.sched_setaffinity(0, theirs)
                servers = [Server(LIMIT, other, NUMBERS[LIMIT], lambda: ())]
                servers += [Server(OURS, house, DID, house.controllers)]
                servers += [Server(name, other, NUMBERS[name], lambda name=name: pids[name]) for name in agi]
                try:
                    for number in range(rounds):
                        turn = number % len(servers)
                        found.append([
                            await trial(each, told, sounds / "ru" / "ivr", folder, sizes, theirs, _tell)
                            for each in (*servers[turn:], *servers[:turn])
                        ])  # fmt: skip
                finally:
                    os.sched_setaffinity(0, cores)
    print(file=sys.stderr)
    return found


def _script(file: Path, call: Path) -> Path:
    """What Asterisk starts for each call of the classic AGI."""
    words = " ".join(f"'{word}'" for word in for_each_call(call))
    file.write_text(f"#!/bin/sh\nPYTHONPATH='{ROOT}' exec {words}\n", "utf-8")
    file.chmod(0o755)
    return file


def _tell(words: str) -> None:
    if sys.stderr.isatty():
        print(f"\r{words:78.78}", end="", file=sys.stderr, flush=True)


def figures(rounds: Sequence[Sequence[Trial]], calls: int) -> list[Figure]:
    """Goals: of ours against the limit of the same run, and ahead of the others."""
    told = {one.server: [each for trials in rounds for each in trials if each.server == one.server]
            for one in rounds[0]}  # fmt: skip
    limit = told[LIMIT]
    goals = {
        "processor": Goal(most=1.05 * 1000 * median(map(_both, limit))),
        "p99": Goal(most=1000 * _pooled(limit, 0.99) + 10),
        "failed": Goal(most=0),
        "calls": Goal(least=0.95 * median(one.most_calls for one in limit)),
    }
    found: list[Figure] = []
    for name, trials in told.items():
        mine = goals if name == OURS else {}
        every = [
            ("Asterisk's processor time per call", "ms", [1000 * one.pbx_s for one in trials], ""),
            ("server's processor time per call", "ms", [1000 * one.server_s for one in trials], ""),
            (PROCESSOR, "ms", [1000 * _both(one) for one in trials], "processor"),
            ("key to prompt, p50", "ms", [1000 * one.percentile(0.5) for one in trials], ""),
            ("key to prompt, p99 of all rounds", "ms", [1000 * _pooled(trials, 0.99)], "p99"),
            ("keys measured", "keys", [float(len(one.delays)) for one in trials], ""),
            ("keys without a prompt, calls unheard or failed", "", [float(one.lost + one.failed) for one in trials],
             "failed"),
            ("calls at once until something failed", "calls", [float(one.most_calls) for one in trials], "calls"),
            ("calls a second then", "calls/s", [one.most_rate for one in trials], ""),
        ]  # fmt: skip
        found += [
            Figure(f"reference call, {name}: {what}", unit, median(values), tuple(values), None, mine.get(goal), calls,
                   "calls at once")
            for what, unit, values, goal in every
        ]  # fmt: skip
        for one in trials:
            print(f"{name}: {one.most_calls} calls at once, {one.most_rate:.0f} new ones a second: {one.ended_by}",
                  file=sys.stderr)  # fmt: skip
    return found + _ahead(told, calls)


def _ahead(told: Mapping[str, Sequence[Trial]], calls: int) -> list[Figure]:
    """Ours as a part (time) or a multiple (calls) of the best of the others."""
    others = [trials for name, trials in told.items() if name not in (LIMIT, OURS)]
    ours, words = told[OURS], "reference call, ours / best other"
    time = median(map(_both, ours)) / min(median(map(_both, one)) for one in others)
    p99 = _pooled(ours, 0.99) / min(_pooled(one, 0.99) for one in others)
    most = median(one.most_calls for one in ours) / max(median(each.most_calls for each in one) for one in others)
    return [
        Figure(f"{words}: {PROCESSOR}", "x", time, (time,), None, Goal(most=1), calls, "calls at once"),
        Figure(f"{words}: key to prompt, p99", "x", p99, (p99,), None, Goal(most=1), calls, "calls at once"),
        Figure(f"{words}: calls at once", "x", most, (most,), None, Goal(least=1), calls, "calls at once"),
    ]


def _both(one: Trial) -> float:
    return one.pbx_s + one.server_s


def _pooled(trials: Sequence[Trial], part: float) -> float:
    return percentile(sorted(delay for one in trials for delay in one.delays), part)
