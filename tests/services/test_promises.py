"""The real dialogue's own journal, read as promises: what was spoken is found, what was not is none."""

from datetime import timedelta

from ivr.domain.calls import CallStep, journal_data
from ivr.domain.promises import Promise, Turns, places, waits
from tests.services.house import CALLER, House
from tests.services.test_asked_back import YES, busy, call, from_menu, key_pressed, on_the_way


def promised(house: House, answered_s: float | None = None) -> list[tuple[str, str, float | None]]:
    """What the one call was told, an operator of Moscow answering it so many seconds later."""
    steps = [CallStep(at, kind, journal_data(data)) for _, at, kind, data in house.journal.events]
    turns = Turns()
    if answered_s is not None:
        answer = CallStep(house.clock.now() + timedelta(seconds=answered_s), "answered", {"queue": "moscow"})
        steps.append(answer)
        turns.add("moscow", answer.at)
    found: list[Promise] = waits(steps) + places(steps, turns)
    return [(promise.kind, promise.outcome, promise.error) for promise in found]


async def test_on_the_way_to_the_queue_the_wait_and_the_place_are_told() -> None:
    house = busy(9)
    channel = await call(house, on_the_way(CALLER), "", "", "")
    assert channel.queued is not None
    # two before him, three minutes each, one operator: the third waits nine minutes
    assert promised(house) == [("wait", "open", None), ("place", "open", None)]
    assert promised(house, 600) == [("wait", "kept", 60), ("place", "kept", 2)]


async def test_who_took_the_offer_was_told_a_wait_and_withdrew() -> None:
    house = busy()
    await call(house, on_the_way(CALLER), *YES)
    assert promised(house) == [("wait", "withdrawn", None)]


async def test_who_declined_the_offer_was_told_the_wait_once() -> None:
    house = busy()
    channel = await call(house, on_the_way(CALLER), "", "", "1", "*", "")
    assert channel.queued is not None
    # sixth in line: 18 minutes, spoken as twenty
    assert promised(house, 1200) == [("wait", "kept", 0), ("place", "kept", 5)]


async def test_a_wait_that_the_dialogue_only_looked_up_was_not_told() -> None:
    house = busy()
    await call(house, from_menu(CALLER), "1", "", "")
    assert house.told("route") and promised(house) == []
    house = busy()
    await key_pressed(house, "*", "")
    assert house.told("route") and promised(house, 60) == []
