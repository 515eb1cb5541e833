"""The cases of this folder: with a hotline of their own, or done beside callers in every phase of a call."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Protocol

from ivr.tasks import spawn
from tests.chaos.case import Options, Result, Strike, case, whole_case
from tests.chaos.outside import agi_fuzz, ami_fuzz, caller_text, flood, malformed, random_keys, scanners, toll_fraud
from tests.chaos.outside.siege import Siege, besieged, siege
from tests.chaos.world import World, asterisk_install, say


class Tried(Protocol):
    """What a case brings home: sentences of faults, and figures by name."""

    faults: list[str]
    figures: dict[str, Any]


@asynccontextmanager
async def _house(options: Options, result: Result, tried: Tried) -> AsyncIterator[Siege]:
    """A fresh hotline; what was found in it is in the result, also when something ended it before its time."""
    telling = spawn(_progress(result.case, tried), f"progress of {result.case}")
    try:
        async with siege(options.folder / result.case) as house:
            yield house
    finally:
        telling.cancel()
        _told(result, tried)
        result.rounds += 1


async def _progress(name: str, tried: Tried) -> None:
    """How much was done, each minute."""
    minutes = 0
    while True:
        await asyncio.sleep(60)
        minutes += 1
        counts = [(key, value.total() if isinstance(value, Counter) else value) for key, value in vars(tried).items()]
        shown = [f"{count} {key}" for key, count in counts if isinstance(count, int) and count]
        say(f"{name}: {minutes} min; {', '.join([*shown, f'{len(tried.faults)} faults'])}")


def _told(result: Result, tried: Tried) -> None:
    result.other += tried.faults
    result.figures |= tried.figures


@whole_case("toll fraud: every way in, every context, every number outside; what leaves is counted", name="toll-fraud")
async def _toll_fraud(options: Options, result: Result) -> None:
    tried = toll_fraud.Tried()
    async with _house(options, result, tried) as house:
        await toll_fraud.toll_fraud(house, tried)
    result.calls = sum(tried.tries.values())
    result.figures |= {f"tries: {way}": count for way, count in tried.tries.items()}


@whole_case("callers' texts: line ends, scripts, SQL, functions, 10 kB, in every header; looked for everywhere",
            name="caller-text")  # fmt: skip
async def _caller_text(options: Options, result: Result) -> None:
    tried = caller_text.Tried()
    async with _house(options, result, tried) as house:
        await caller_text.caller_text(house, tried)
    result.calls = sum(tried.answers.values())
    result.figures |= {f"calls answered {status or 'not at all'}": n for status, n in sorted(tried.answers.items())}


@whole_case("40 callers who press any key at any time, and what no telephone sends (--minutes, ten at most)",
            name="random-keys")  # fmt: skip
async def _random_keys(options: Options, result: Result) -> None:
    tried = random_keys.Tried()
    async with _house(options, result, tried) as house:
        await random_keys.random_keys(house, tried, min(options.minutes, 10) * 60, seed=options.seed)
    result.calls = tried.calls
    result.figures |= {"keys": tried.keys, "ends": dict(tried.ends), "places": len(tried.places)}


@whole_case("sipvicious, and answers to names that exist beside those to names that do not", name="scanners")
async def _scanners(options: Options, result: Result) -> None:
    tried = scanners.Tried()
    async with _house(options, result, tried) as house:
        await scanners.scanned(house, tried)


@whole_case("3,000 INVITEs a second for 30 s from nobody: memory, logs, real calls meanwhile", name="invite-flood")
async def _flood(options: Options, result: Result) -> None:
    tried = flood.Tried()
    async with _house(options, result, tried) as house:
        await flood.flooded(house, tried, seconds=30)
    result.series |= {"Asterisk, MB": tried.memory}
    result.calls = len(tried.waits)
    result.recovery.append(tried.figures.get("served as before after, s", 0.0))


@whole_case("malformed SIP: a corpus and what hypothesis grows of it, by UDP, WebSocket and the pages' door",
            name="malformed-sip")  # fmt: skip
async def _malformed(options: Options, result: Result) -> None:
    tried = malformed.Tried()
    async with _house(options, result, tried) as house:
        await malformed.malformed(house, tried, seed=options.seed)
    result.figures |= {"messages": tried.sent, "odd ones answered": tried.answered}


@whole_case("the AGI port: anybody's bytes, and an Asterisk that has lost its mind", name="agi-fuzz")
async def _agi(options: Options, result: Result) -> None:
    tried = agi_fuzz.Tried()
    async with _house(options, result, tried) as house:
        await agi_fuzz.agi_fuzz(house, tried, seed=options.seed)


@whole_case("the manager port: wrong passwords, each user's rights; our client against a garbled one", name="ami-fuzz")
async def _ami(options: Options, result: Result) -> None:
    tried = ami_fuzz.Tried()
    async with _house(options, result, tried) as house:
        await ami_fuzz.ami_fuzz(house, tried, seed=options.seed)


Deed = Callable[[Siege], Awaitable[Tried]]


async def _beside(world: World, strike: Strike, deed: Deed) -> None:
    """Done while a caller stands in each phase of a call: the oracle looks at what became of them."""
    tried = await deed(await besieged(world.line, asterisk_install(), house=0))
    _told(strike.result, tried)
    strike.now()


@case("1,500 INVITEs a second for 8 s from nobody, beside callers in every phase of a call")
async def flood_beside_calls(world: World, strike: Strike) -> None:
    async def deed(house: Siege) -> Tried:
        tried = flood.Tried()
        await flood.flooded(house, tried, seconds=8, rate=1500, settle=0)
        return tried

    await _beside(world, strike, deed)


@case("malformed SIP from a trunk and from nobody, beside callers in every phase of a call")
async def malformed_beside_calls(world: World, strike: Strike) -> None:
    async def deed(house: Siege) -> Tried:
        tried = malformed.Tried()
        await malformed.shortly(house, tried, seed=strike.number)
        return tried

    await _beside(world, strike, deed)


@case("sipvicious, beside callers in every phase of a call")
async def scan_beside_calls(world: World, strike: Strike) -> None:
    async def deed(house: Siege) -> Tried:
        tried = scanners.Tried()
        await scanners.vicious(house, tried)
        return tried

    await _beside(world, strike, deed)
