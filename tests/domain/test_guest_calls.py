"""How far a call from the page is, by what the journal hears."""

from collections.abc import Mapping
from functools import reduce

import pytest

from ivr.domain.guest_calls import GuestStatus, after

Events = list[tuple[str, Mapping[str, object]]]
MENU: Events = [("start", {}), ("step", {"step": "menu/main"})]
QUEUE: Events = [*MENU, ("ticket", {"ticket": "12345678"}), ("enqueue", {"queue": "moscow"})]
TALK: Events = [*QUEUE, ("answered", {"queue": "moscow"})]


def told(events: Events) -> GuestStatus:
    return reduce(lambda status, event: after(status, *event), events, GuestStatus())


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([], GuestStatus()),
        (MENU, GuestStatus("menu")),
        (QUEUE, GuestStatus("waiting", ticket="12345678")),
        ([*QUEUE, ("waiting", {"position": "3"})], GuestStatus("waiting", 3, ticket="12345678")),
        ([*QUEUE, ("told", {"position": 2, "wait_s": 240})], GuestStatus("waiting", 2, 240, ticket="12345678")),
        ([*QUEUE, ("told", {"position": 2, "wait_s": None})], GuestStatus("waiting", 2, ticket="12345678")),
        (TALK, GuestStatus("talking", ticket="12345678", answered=True)),
        ([*QUEUE, ("moved", {"from": "moscow"})], GuestStatus("menu", ticket="12345678")),
        ([*QUEUE, ("end", {"reason": "abandoned"})], GuestStatus("ended", ticket="12345678", reason="abandoned")),
        ([*MENU, ("callback", {"event": "asked", "outcome": "made"})], GuestStatus("menu", callback=True)),
        ([*MENU, ("callback", {"event": "asked", "outcome": "refused"})], GuestStatus("menu")),
        ([*MENU, ("something", {"new": 1})], GuestStatus("menu")),
    ],
)
def test_the_stage_follows_the_journal(events: Events, expected: GuestStatus) -> None:
    assert told(events) == expected


def test_after_the_operator_comes_the_rating_and_then_the_end() -> None:
    over: Events = [*TALK, ("talked", {"seconds": "12"}), ("end", {"reason": "talked"})]
    assert told(over).stage == "ended"
    rated: Events = [*over, ("step", {"step": "rating"})]
    assert told(rated).stage == "rating"
    assert told([*rated, ("rating", {"score": 5}), ("end", {"reason": "rated"})]) == GuestStatus(
        "ended", ticket="12345678", answered=True, score=5, reason="rated"
    )
