"""A round: callers in every phase, the fault, how long until calls are served again, and the oracle."""

import asyncio
import time
import traceback
from pathlib import Path
from random import Random

from ivr.errors import PbxError
from tests.chaos.callers import Caller
from tests.chaos.case import Case, Options, Result, Strike
from tests.chaos.oracle import counted, judge, kept_back
from tests.chaos.world import World, say

#: Seconds until the menu must answer again, and until each caller must have come to an operator after that.
BACK, SERVED = 120, 120


async def rounds(case: Case, world: World, options: Options, result: Result) -> None:
    """All rounds of a case in a running hotline."""
    dice = Random(f"{options.seed} {case.name}")
    begun = time.monotonic()
    for number in range(1, options.rounds + 1):
        before = len(result.faults)
        await _round(case, world, Strike(number, dice, result, options.minutes, carries=case.carries))
        result.rounds += 1
        result.took = time.monotonic() - begun
        fresh = result.faults[before:]
        back = f"menu back after {result.recovery[-1]:.1f} s" if result.recovery else ""
        say(f"{case.name}: round {number} of {options.rounds}; {back}; {len(fresh)} faults")
        for words in fresh:
            say(f"{case.name}:   {words}")
    await counted(world, result)
    await kept_back(world, result)
    result.took = time.monotonic() - begun
    result.ended = ""


async def _round(case: Case, world: World, strike: Strike) -> None:
    assert case.blow is not None
    await world.settled()
    crowd = await _crowd(world, strike)
    await asyncio.sleep(strike.dice.uniform(0, 1.5))
    carried = frozenset(one.number for one in crowd.values()) if case.carries else frozenset()
    strike.now()
    # they press their keys whatever happens; the talk goes on until the menu is back
    for name, one in crowd.items():
        if name != "talk":
            one.release()
    await case.blow(world, strike)
    await _until_back(world, strike)
    # also those who called meanwhile
    for one in world.callers:
        one.release()
    await _until_served(world, carried, strike)
    await world.settled()
    await judge(world, await world.everybody_hangs_up(), carried, strike.result, case.away)


async def _crowd(world: World, strike: Strike) -> dict[str, Caller]:
    """Callers in every phase. On a busy machine one of them may have gone on before the last one came: once more."""
    for _ in range(2):
        try:
            return await world.crowd()
        except PbxError as error:
            strike.result.notes.append(f"round {strike.number}: callers called anew; {error}"[:300])
            say(f"callers call anew: {error}"[:300])
            await world.everybody_hangs_up()
    return await world.crowd()


async def _until_back(world: World, strike: Strike) -> None:
    """Callers one after the other, until one hears the menu."""
    until = time.monotonic() + BACK
    while time.monotonic() < until:
        probe = world.caller()
        heard = await probe.reached(lambda one: one.heard("say/hello", "fallback/greeting"), 12)
        if heard and (at := probe.when("say/hello")) is not None:
            strike.result.recovery.append(max(0.0, at - strike.at))
            return
        probe.release()
    strike.result.other.append(f"round {strike.number}: the menu did not answer within {BACK} s")


async def _until_served(world: World, carried: frozenset[str], strike: Strike) -> None:
    """Everybody comes to the operator, one after the other, and hangs up."""

    def done(one: Caller) -> bool:
        return one.ended_at is not None

    waiting = [one for one in world.callers if one.number not in carried]
    until = time.monotonic() + SERVED
    told = time.monotonic() + 30
    while left := [one for one in waiting if not done(one)]:
        await left[0].reached(done, 5)
        if time.monotonic() > until:
            break
        if time.monotonic() > told:
            told += 30
            say(f"waiting for {'; '.join(map(str, left))}")
    after = [one.served_at for one in world.callers if one.served_at is not None and one.served_at > strike.at]
    if after:
        strike.result.served.append(min(after) - strike.at)


async def in_one_world(cases: list[Case], results: list[Result], options: Options, folder: Path) -> None:
    """Cases of one setting, in one hotline; a broken one is replaced by a fresh one for the next case. Whatever a case
    or a hotline raises is a fault of that case, and the others go on."""
    from tests.chaos.world import world as ordinary

    setting = cases[0].setting or ordinary
    left = list(zip(cases, results, strict=True))
    number = 0
    while left:
        number += 1
        say(f"starting a hotline for {', '.join(case.name for case, _ in left)}")
        tried: Result | None = None
        try:
            async with setting(folder / f"{cases[0].name}-{number}") as world:
                while left:
                    case, tried = left.pop(0)
                    try:
                        await rounds(case, world, options, tried)
                    except Exception as error:
                        _broken(tried, f"round {tried.rounds + 1}", error)
                        break
        except Exception as error:
            if tried is None:
                _broken(left.pop(0)[1], "no hotline for it", error)
            else:
                _broken(tried, "its hotline did not end well", error)


def _broken(result: Result, where: str, error: Exception) -> None:
    traceback.print_exception(error)
    result.other.append(f"{where}: {type(error).__name__}: {error}"[:600])
    result.ended = ""
