"""What became of everybody: judged by what callers heard and by what is stored, never by what the hotline says."""

import asyncio
from collections import Counter, defaultdict

from ivr.domain.callbacks import FINAL, Callback
from ivr.domain.tickets import Ticket
from ivr.storage.store import open_storage
from tests.canary.sinks import search_files
from tests.chaos.callers import Caller
from tests.chaos.case import Result
from tests.chaos.world import World
from tests.domain.log_count import FIELDS, counted_otherwise
from tests.telephony.counted import until_counted
from tests.telephony.live_day import queue_log

#: More than any case has calls.
_ALL = 1_000_000
#: Words after which the hotline may end a call by itself.
_FAREWELLS = ("callback/done", "fallback/wish-taken", "callback/changed")
_GOODBYE = "say/goodbye"
#: Seconds after its end within which a word is recognised.
_LATE = 1.0
_NOBODY = ("nobody/all-away", "fallback/nobody")


async def judge(
    world: World, callers: list[Caller], carried: frozenset[str], result: Result, away: bool = False
) -> None:
    """Adds to `result`. `carried`: numbers of those whose calls the fault itself took away; `away`: perhaps also the
    operator's telephone, so that callers may be told that nobody is there."""
    result.calls += len(callers)
    tickets, callbacks = await stored(world)
    for one in callers:
        told = one.heard(*_NOBODY)
        promised = bool(callbacks.get(one.number))
        if one.number not in carried and not (told and away) and (words := _dropped(one, promised)):
            result.dropped.append(words)
        if told and away:
            result.figures["told that nobody is there"] = result.figures.get("told that nobody is there", 0) + 1
        elif told:
            result.other.append(f"{one} was told that nobody is there, and somebody is")
    _numbers_said(callers, tickets, result)
    _kept(callers, tickets, callbacks, result)


async def counted(world: World, result: Result) -> None:
    """Once everybody is gone, the counts stored of the queues are those of another reckoning of the queue_log."""
    try:
        found = await until_counted(world.line, 60)
    except TimeoutError:
        result.lost.append("the counts of the queues did not come to an end within 60 s")
        return
    for queue, counts in counted_otherwise(queue_log(world.line)).items():
        for name in FIELDS:
            if found[queue][name] != counts[name]:
                result.lost.append(f"queue {queue}, {name}: {found[queue][name]} counted, {counts[name]} happened")


async def kept_back(world: World, result: Result) -> None:
    """The number of a document that callers keyed in is in no file, row or name of a file."""
    found = await asyncio.to_thread(search_files, world.line)
    result.other += [f"a document's number is kept: {sighting}" for sighting in sorted(found)]


async def stored(world: World) -> tuple[dict[str, list[Ticket]], dict[str, list[Callback]]]:
    """Tickets and callbacks by the caller's number."""
    tickets: dict[str, list[Ticket]] = defaultdict(list)
    callbacks: dict[str, list[Callback]] = defaultdict(list)
    async with open_storage(world.line.database, 10) as storage:
        for ticket in await storage.tickets.list(limit=_ALL):
            tickets[ticket.caller].append(ticket)
        for callback in await storage.callbacks.list(limit=_ALL):
            callbacks[callback.number].append(callback)
    return tickets, callbacks


def _dropped(one: Caller, promised: bool) -> str:
    if one.served_at is not None:
        # operators here never hang up: a talk ends by its caller, or is broken
        cut = f"{one} was cut off in the talk with the operator"
        again = next((word.key for word in one.words if word.at > one.served_at + _LATE), "")
        return f"{cut}, and heard {again}" if again else "" if one.by_us else cut
    # the word that says so may be missing, or its packets were late: then a good-bye tells as much, with the promise
    if one.heard(*_FAREWELLS) or (promised and one.heard(_GOODBYE)):
        return ""
    if one.failed and not one.words:
        return f"{one.number} was not answered: {one.failed}"
    if one.by_us:
        return f"{one} was live and never came to an operator"
    return f"{one} was cut off"


def _numbers_said(callers: list[Caller], tickets: dict[str, list[Ticket]], result: Result) -> None:
    for one in callers:
        mine = [ticket.number for ticket in tickets[one.number]]
        for digits, whole in one.readings():
            if not digits:
                continue
            if not mine:
                result.lost.append(f"{one.number} was told ticket {digits}, and none is stored")
            # a word of which packets were late is not recognised: then fewer digits were heard, never others
            elif not any(_fits(digits, number, whole) for number in mine):
                result.wrong.append(f"{one.number} heard {digits}; stored: {', '.join(mine)}")
            elif whole and len(digits) == len(mine[0]):
                result.figures["numbers heard whole"] = result.figures.get("numbers heard whole", 0) + 1


def _fits(heard: str, number: str, whole: bool) -> bool:
    if whole and len(heard) >= len(number):
        return heard == number
    rest = iter(number)
    return all(digit in rest for digit in heard)


def _kept(
    callers: list[Caller], tickets: dict[str, list[Ticket]], callbacks: dict[str, list[Callback]], result: Result
) -> None:
    for one in callers:
        if len(tickets[one.number]) > 1:
            result.lost.append(f"{one.number} has {len(tickets[one.number])} tickets of one call")
        promised = one.heard("callback/done")
        active = [each for each in callbacks[one.number] if each.state not in FINAL]
        if promised and not active:
            result.lost.append(f"{one.number} was promised a call and none is stored")
        if len(active) > 1:
            result.lost.append(f"{one.number} is to be called {len(active)} times for one wish")
    given = Counter(ticket.number for several in tickets.values() for ticket in several)
    result.lost += [f"ticket {number} is stored twice" for number, count in given.items() if count > 1]
