"""A hundred calls at once for a long time: does anything grow? And is each caller still served as he should be?"""

import asyncio
import os
import signal
import time
from dataclasses import dataclass, field

from tests.addresses import TELEPHONY, loopback
from tests.bench.refcall.load import Count, Ears, Load
from tests.chaos.case import Options, Result, whole_case
from tests.chaos.memory import Held, Trend, held, trend
from tests.chaos.oracle import counted, judge
from tests.chaos.world import World, say, world
from tests.telephony.conftest import DID

CALLS = 100
#: One call: the keys by the second, and how long it lasts: greeting, menu, guidance, ticket's number, queue, hang up.
CALL_S = 45.0
KEYS = {1.5: "1", 4.0: "1", 6.5: "1", 9.0: "0"}
_SAMPLE_S = 5.0
#: A caller whose every word is judged comes so often (s), from Kamchatka, where an operator of his own waits.
_JUDGED_S, _TOWN, _OPERATOR, _TONE = 20.0, "+7415", "102", 440
#: Growth after the warm-up that is taken for none: kB a call, and file descriptors.
_ALLOWED_KB, _ALLOWED_FILES = 0.4, 5.0
#: A rise, by a step too, that is never taken for none: MB, and file descriptors.
_MOST_MB, _MOST_FILES = 16.0, 40.0
#: Seconds until memory can be flat: calls that an operator answered are kept for a quarter of an hour. A shorter soak
#: has a shorter warm-up; with less than that, or than `_TELLING_S` after it, memory is not judged.
_WARM_S, _TELLING_S = 960.0, 1200.0
#: So many more open files than before the first call may stay: connections to the database, kept for the next calls.
_KEPT_FILES = 40


@dataclass
class Samples:
    """By the process: (seconds since the beginning, what it held)."""

    began: float = field(default_factory=time.monotonic)
    of: dict[str, list[tuple[float, Held]]] = field(default_factory=lambda: {"controller": [], "Asterisk": []})

    def take(self, world: World) -> None:
        at = time.monotonic() - self.began
        for name, pid in (("controller", world.controller()), ("Asterisk", world.asterisk())):
            self.of[name].append((at, held(pid)))


@whole_case(f"{CALLS} calls at once with sound and keys for --minutes (60): memory and open files stay flat")
async def soak(options: Options, result: Result) -> None:
    folder = options.folder / "soak"
    async with world(folder) as made:
        phone = made.line.network.phones[_OPERATOR]
        await phone.plays(made.line.network.tone(_TONE, 1.0))
        await phone.code("*11")
        before = {"controller": held(made.controller()), "Asterisk": held(made.asterisk())}
        samples = Samples()
        ears = Ears(loopback(2, TELEPHONY))
        load = Load(
            folder, f"{loopback(1, TELEPHONY)}:5060", DID, loopback(2, TELEPHONY), CALL_S, CALLS / CALL_S, KEYS,
            most=CALLS,
        )  # fmt: skip
        try:
            await _run(made, load, samples, options.minutes * 60, result)
            count = await _come_to_their_end(load)
        finally:
            load.stop()
            ears.close()
            _told(samples, options.minutes * 60, result)
        result.calls += count.placed
        result.figures.update(placed=count.placed, succeeded=count.succeeded, failed=count.failed)
        if count.failed:
            result.dropped.append(f"{count.failed} of {count.placed} calls failed: {load.errors()}")
        result.rounds = 1
        await judge(made, await made.everybody_hangs_up(), frozenset(), result)
        await _given_back(made, before, result)
        await counted(made, result)


async def _run(made: World, load: Load, samples: Samples, seconds: float, result: Result) -> None:
    begin = time.monotonic()
    next_caller, told = begin + CALL_S, begin
    while (now := time.monotonic()) < begin + seconds:
        samples.take(made)
        at = now - begin
        count = load.count()
        result.series.setdefault("calls at once", []).append((at, float(count.current)))
        if now >= next_caller and now < begin + seconds - 60:
            made.caller(town=_TOWN).release()
            next_caller += _JUDGED_S
        if now - told >= 60:
            told = now
            last = {name: points[-1][1] for name, points in samples.of.items()}
            shown = ", ".join(f"{name} {one.own:.1f} MB, {one.files} files" for name, one in last.items())
            say(f"soak: {at / 60:.0f} of {seconds / 60:.0f} min, {count.current} calls at once; {shown}")
        await asyncio.sleep(max(0.0, _SAMPLE_S - (time.monotonic() - now)))


async def _come_to_their_end(load: Load) -> Count:
    """No further calls; those under way hang up in their own time."""
    os.kill(load.pid, signal.SIGUSR1)
    until = time.monotonic() + CALL_S + 15
    while (count := load.count()).current and time.monotonic() < until:  # noqa: ASYNC110
        await asyncio.sleep(1)
    return count


def _told(samples: Samples, seconds: float, result: Result) -> None:
    """Series, slopes after the warm-up, and what grows."""
    warm = min(_WARM_S, max(60.0, seconds / 4, seconds - _TELLING_S))
    for name, points in samples.of.items():
        for what, field_name, unit in (
            ("own memory", "own", "MB"), ("pss", "pss", "MB"), ("rss", "rss", "MB"), ("files", "files", "files"),
        ):  # fmt: skip
            series = [(at, float(getattr(one, field_name))) for at, one in points]
            result.series[f"{name}, {what} ({unit})"] = series
            try:
                found = trend([(at, value) for at, value in series if at >= warm])
            except ValueError as error:
                result.other.append(f"{name}, {what}: {error}")
                continue
            result.figures[f"{name}, {what}"] = {
                "mean": round(found.mean, 2), "slope_an_hour": round(found.slope * 3600, 3), "at_least_an_hour":
                round(found.least * 3600, 3), "growth": round(found.growth, 3), "seconds": round(found.seconds),
            }  # fmt: skip
            if what in ("own memory", "files"):
                _judged(name, what, unit, found, warm, result)


def _judged(name: str, what: str, unit: str, found: Trend, warm: float, result: Result) -> None:
    calls, judged, words = found.seconds * CALLS / CALL_S, True, ""
    allowed, most = _ALLOWED_FILES, _MOST_FILES
    if what == "own memory":
        allowed, most = _ALLOWED_KB * calls / 1024, _MOST_MB
        judged = warm >= _WARM_S and found.seconds >= 0.9 * _TELLING_S
        words = f", {found.growth * 1024 / calls:.2f} kB a call"
    flat = found.flat(allowed, most)
    slope, least, early, late = (one * 3600 for one in (found.slope, found.least, *found.halves))
    result.notes.append(
        f"{name}, {what}: {found.mean:.1f} {unit}, {slope:+.2f} an hour (surely {least:+.2f}; first half {early:+.2f}, "
        f"second {late:+.2f}){words} in {found.seconds:.0f} s after the first {warm:.0f} s: "
        f"{'flat' if flat else 'GROWS' if judged else 'still warming up, too short to be judged'}"
    )
    if judged and not flat:
        grown = max(found.growth, found.rise)
        result.other.append(f"{name}: {what} grows by {grown:.1f} {unit} in {found.seconds:.0f} s{words}")


async def _given_back(made: World, before: dict[str, Held], result: Result) -> None:
    """Once nobody calls any more, the files are closed again."""
    limit = time.monotonic() + 90
    while True:
        after = {"controller": held(made.controller()), "Asterisk": held(made.asterisk())}
        left = {name: after[name].files - before[name].files for name in before}
        if all(count <= _KEPT_FILES for count in left.values()):
            break
        if time.monotonic() > limit:
            result.other.append(f"open files more than before, 90 s after the last call: {left}")
            break
        await asyncio.sleep(2)
    result.notes.append(f"open files more than before the first call: {left}")
