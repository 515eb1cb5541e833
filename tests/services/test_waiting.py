"""Who waits hears the own place, in whatever queue."""

from datetime import datetime, timedelta

from ivr.domain.queues import BoardView, QueueView, Waiting
from ivr.services.waiting import WaitingRoom
from ivr.testing import NOON, MemoryAnnouncements, MemoryJournal
from tests.services.house import House, staffed


def _waiting(*call_ids: str, queue: str = "moscow") -> BoardView:
    callers = tuple(Waiting(c, n, NOON, c) for n, c in enumerate(call_ids, 1))
    return staffed(**{queue: QueueView(queue, 1, 0, callers, 180)})


def test_a_waiting_caller_hears_the_place_and_it_follows_the_queue() -> None:
    house = House()
    house.waiting.expect("b", "tt")
    house.waiting.update(_waiting("a", "b"), NOON)
    assert house.announcements.heard == {"b": ("tt", ("2", "360"))}
    house.waiting.update(_waiting("b"), NOON)
    assert house.announcements.heard == {"b": ("tt", ("1", "180"))}


def test_the_place_is_told_also_when_the_dialplan_alone_moved_the_caller() -> None:
    house = House()
    house.waiting.expect("b", "en")
    house.waiting.update(_waiting("b"), NOON)
    house.waiting.update(_waiting("x", "y", "b", queue="ural"), NOON)
    assert house.announcements.heard == {"b": ("en", ("3", "540"))}


def test_who_left_the_queue_is_forgotten_after_a_while() -> None:
    house = House()
    house.waiting.expect("a", "ru")
    house.waiting.update(_waiting("a"), NOON)
    house.clock.pass_(10)
    house.waiting.update(_waiting(), house.clock.now())
    assert "a" in house.announcements.heard
    house.clock.pass_(30)
    house.waiting.update(_waiting(), house.clock.now())
    assert house.announcements.heard == {}


def test_nothing_is_said_from_a_stale_board() -> None:
    house = House()
    house.waiting.expect("a", "ru")
    house.waiting.update(BoardView(_waiting("a").queues, fresh=False), NOON)
    assert house.announcements.heard == {}


def test_what_was_told_is_taken_back_when_the_board_is_no_longer_fresh() -> None:
    house = House()
    house.waiting.expect("a", "ru")
    house.waiting.update(_waiting("a"), NOON)
    assert house.announcements.heard == {"a": ("ru", ("1", "180"))}
    house.waiting.update(BoardView(_waiting("a").queues, fresh=False), NOON)
    assert house.announcements.heard == {}
    # the same place is told again as soon as it is known
    house.waiting.update(_waiting("a"), NOON)
    assert house.announcements.heard == {"a": ("ru", ("1", "180"))}


def test_who_waits_ten_minutes_or_will_wait_fifteen_hears_the_key_to_be_called_back() -> None:
    key = ("pause/350", "item/callback-yes", "press/1", "pause/200")
    house = House()
    for caller in "abcdef":
        house.waiting.expect(caller, "ru", callable=caller != "f")
    house.waiting.update(_waiting(*"abcdef"), NOON)
    offered = {caller: heard[2:] for caller, (_, heard) in house.announcements.heard.items()}
    # three minutes a call, one operator: the fifth waits 15 minutes
    assert offered == {"a": (), "b": (), "c": (), "d": (), "e": key, "f": ()}
    house.waiting.update(_waiting(*"abcdef"), NOON + timedelta(minutes=10))
    offered = {caller: heard[2:] for caller, (_, heard) in house.announcements.heard.items()}
    assert offered == {"a": key, "b": key, "c": key, "d": key, "e": key, "f": ()}


async def test_callbacks_before_a_waiting_caller_count_in_what_he_hears() -> None:
    house, asked = House(), []
    for caller in "ab":
        house.waiting.expect(caller, "ru")

    async def ahead(queue: str, before: datetime) -> int:
        asked.append((queue, before))
        return 2 if before > NOON else 0

    callers = (Waiting("a", 1, NOON, "a"), Waiting("b", 2, NOON + timedelta(seconds=9), "b"))
    view = staffed(moscow=QueueView("moscow", 1, 0, callers, 180), ural=QueueView("ural", 1, 0, (), 180))
    await house.waiting.count(view, ahead)
    house.waiting.update(view, NOON)
    assert house.announcements.heard == {"a": ("ru", ("1", "180")), "b": ("ru", ("4", "720"))}
    assert {queue for queue, _ in asked} == {"moscow"}
    # where there are none, one question is enough for all
    asked.clear()
    alone = staffed(moscow=QueueView("moscow", 1, 0, callers[:1] * 5, 180))
    await house.waiting.count(alone, ahead)
    assert len(asked) == 1


def test_the_journal_keeps_every_place_that_is_told_once() -> None:
    journal = MemoryJournal()
    room = WaitingRoom(MemoryAnnouncements(), lambda language, place, wait: (f"{place}", f"{wait}"), journal)
    room.expect("b", "tt")
    for _ in range(2):
        room.update(_waiting("a", "b"), NOON)
    stale = BoardView(_waiting("a", "b").queues, fresh=False)
    room.update(stale, NOON)
    room.update(_waiting("a", "b"), NOON)
    later = NOON + timedelta(minutes=10)  # the key for a callback is told too: the place is the same
    room.update(_waiting("a", "b"), later)
    room.update(_waiting("b"), later)
    room.update(_waiting("b", queue="ural"), later)
    assert journal.events == [
        ("b", NOON, "told", {"queue": "moscow", "position": 2, "wait_s": 360}),
        ("b", later, "told", {"queue": "moscow", "position": 1, "wait_s": 180}),
        ("b", later, "told", {"queue": "ural", "position": 1, "wait_s": 180}),
    ]


def test_a_sentence_is_worked_out_only_when_it_is_another_one() -> None:
    asked: list[tuple[int, int | None]] = []

    def sentence(language: str, place: int, wait: int | None) -> tuple[str, ...]:
        asked.append((place, wait))
        return (f"{place}",)

    room = WaitingRoom(MemoryAnnouncements(), sentence)
    room.expect("a", "ru")
    room.expect("b", "ru")
    for view in (_waiting("a", "b"), _waiting("a", "b"), _waiting("b")):
        room.update(view, NOON)
    assert [place for place, _ in asked] == [1, 2, 1]


def test_before_the_first_announcement_only_who_reads_along_is_told_his_place() -> None:
    journal, announcements = MemoryJournal(), MemoryAnnouncements()
    room = WaitingRoom(
        announcements, lambda language, place, wait: (f"{place}",), journal, silent_s=50, reads=lambda call: call == "b"
    )
    for call in ("a", "b", "c"):
        room.expect(call, "ru")
    joined = _waiting("a").queues["moscow"].waiting[0].joined
    room.update(_waiting("a", "b", "c"), joined + timedelta(seconds=49))
    assert [(call, data["position"]) for call, _, _, data in journal.events] == [("b", 2)]
    # who went before he could have heard anything was told nothing
    room.update(_waiting("b", "c"), joined + timedelta(seconds=50))
    assert [(call, data["position"]) for call, _, _, data in journal.events] == [("b", 2), ("b", 1), ("c", 2)]
