"""One trial: the reference call on one server, at 300 calls at once, then more and more until something fails."""

import asyncio
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.refcall.load import Ears, Load
from tests.bench.refcall.plant import House, hang_up_all
from tests.bench.refcall.probe import Probes
from tests.bench.refcall.processes import processor_s
from tests.bench.refcall.story import Said

#: Seconds into a call at which a key is pressed, and of the whole call: time for guidance to begin, for the ticket's
#: number and its repetition, and for some seconds in the queue.
KEYS = {1.0: "1", 5.0: "1", 9.0: "1", 13.0: "0"}
CALL_S = 46.0
#: The probes press so long after a prompt has begun (varied by a tenth).
AFTER = {"greeting": 1.0, "menu/main": 4.0, "menu/signin": 4.0, "guide/signin-password/1": 4.0}
#: Until the first failure, or this at the 99th of a hundred keys.
WORST_S = 0.25
_PROBES = 40
#: A judgement looks back so many seconds.
_WINDOW_S = 12.0


@dataclass(frozen=True)
class Server:
    """Who is measured: where the calls go, and the processes beside Asterisk that serve them."""

    name: str
    house: House
    service: str
    pids: Callable[[], Sequence[int]]


@dataclass(frozen=True)
class Sizes:
    """`calls` at once in the first part, measured for `hold_s`; then `rise` calls a second more every second."""

    calls: int = 300
    hold_s: float = 30.0
    rise: float = 0.5
    longest_s: float = 150.0


@dataclass(frozen=True)
class Trial:
    """What came out. Processor seconds per call: Asterisk's, the server's. Delays in seconds, sorted."""

    server: str
    pbx_s: float
    server_s: float
    delays: tuple[float, ...]
    lost: int
    failed: int
    most_calls: int
    most_rate: float
    ended_by: str

    def percentile(self, part: float) -> float:
        return percentile(self.delays, part)


def percentile(delays: Sequence[float], part: float) -> float:
    """Of sorted `delays` (s), which must not be none, that within which `part` of them are."""
    return delays[math.ceil(part * len(delays)) - 1]


async def trial(
    server: Server, told: Sequence[Said], sounds: Path, folder: Path, sizes: Sizes, cores: Sequence[int],
    tell: Callable[[str], None],
) -> Trial:  # fmt: skip
    """Run it. Raises RuntimeError when not even the first part goes through."""
    host = server.house.target.rpartition(".")[0]
    rate = sizes.calls / CALL_S
    ears = Ears(f"{host}.11")
    probes = Probes(f"{host}.12", _PROBES, told, sounds, AFTER)
    loads: list[Load] = []
    try:
        async with probes:
            loads.append(Load(folder, server.house.target, server.service, f"{host}.12", CALL_S, _PROBES / CALL_S,
                              ports=probes.ports, most=_PROBES, cores=cores))  # fmt: skip
            loads.append(Load(folder, server.house.target, server.service, f"{host}.11", CALL_S, rate, KEYS,
                              cores=cores))  # fmt: skip
            await _until(CALL_S + 2, tell, f"{server.name}: up to {sizes.calls} calls")
            spent, began = _spent(server), time.time()
            first = [load.count() for load in loads]
            await _until(sizes.hold_s, tell, f"{server.name}: {sizes.calls} calls, measured")
            used, until = _spent(server), time.time()
            last = [load.count() for load in loads]
            served = (until - began) * sum(
                (b.placed - a.placed) / (b.at - a.at) for a, b in zip(first, last, strict=True)
            )
            delays = sorted(delay for at, delay in probes.heard.delays if began <= at < until)
            # those of the last seconds may still be on their way
            unheard = last[0].placed - last[0].current - probes.heard.greeted
            lost, failed = probes.heard.lost + max(0, unheard), sum(count.failed for count in last)
            if not delays or last[1].succeeded <= first[1].succeeded:
                raise RuntimeError(f"{server.name}: calls do not get through: {loads[1].errors()}")
            most, fastest, why = await _ramp(server, probes, loads, folder, host, rate, sizes, cores, tell)
        return Trial(server.name, (used[0] - spent[0]) / served, (used[1] - spent[1]) / served, tuple(delays), lost,
                     failed, most, fastest, why)  # fmt: skip
    finally:
        for load in loads:
            load.stop()
        ears.close()
        await hang_up_all(server.house)


async def _ramp(
    server: Server, probes: Probes, loads: list[Load], folder: Path, host: str, rate: float, sizes: Sizes,
    cores: Sequence[int], tell: Callable[[str], None],
) -> tuple[int, float, str]:  # fmt: skip
    """More calls every second until one fails. Returns most calls at once, calls a second then, and what failed."""
    before = sum(load.count().failed for load in loads), probes.heard.lost
    ears = Ears(f"{host}.13")
    more = Load(folder, server.house.target, server.service, f"{host}.13", CALL_S, 1, KEYS, cores=cores,
                rise=sizes.rise)  # fmt: skip
    loads.append(more)
    began = time.time()
    try:
        while (seconds := time.time() - began) < sizes.longest_s:
            await asyncio.sleep(1)
            current = sum(load.count().current for load in loads)
            now = rate + seconds * sizes.rise
            window = sorted(probes.heard.since(time.time() - _WINDOW_S))
            p99 = percentile(window, 0.99) if window else math.inf
            tell(f"{server.name}: {current} calls, {now:.0f}/s, p99 {1000 * p99:.0f} ms")
            if sum(load.count().failed for load in loads) > before[0]:
                why = next((load.errors() for load in loads if load.count().failed), "")
                return current, now, "a call failed: " + " ".join(why.split())[:160]
            if probes.heard.lost > before[1]:
                return current, now, "a key led to nothing within 5 s"
            if p99 > WORST_S and seconds > _WINDOW_S:
                return current, now, f"p99 {1000 * p99:.0f} ms"
        return current, now, "nothing failed; the trial was over"
    finally:
        ears.close()


def _spent(server: Server) -> tuple[float, float]:
    return processor_s([server.house.pbx]), processor_s(server.pids())


async def _until(seconds: float, tell: Callable[[str], None], words: str) -> None:
    for left in range(math.ceil(seconds), 0, -1):
        tell(f"{words}, {left} s")
        await asyncio.sleep(min(1.0, seconds - math.ceil(seconds) + left))
