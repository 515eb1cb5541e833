"""Open calls follow the journal, begin again from storage, and show no whole number by chance."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from ivr.domain.calls import CallRecord, CallStep, fold
from ivr.services.open_calls import OpenCalls
from ivr.testing import NOON, FixedClock, MemoryJournal


class House:
    def __init__(self) -> None:
        self.journal, self.clock = MemoryJournal(), FixedClock()
        self.stored: dict[str, CallRecord] = {}
        self.asked: list[str] = []
        self.calls = OpenCalls(self.journal, self._stored, self.clock)

    async def _stored(self, call_ids: Sequence[str]) -> list[CallRecord]:
        self.asked += call_ids
        return [self.stored[call_id] for call_id in call_ids if call_id in self.stored]

    def begin(self, call_id: str = "1x1", number: str = "+79161234567") -> None:
        self.calls.write(call_id, NOON, "start", {"caller": number, "did": "88005553535"})
        self.calls.write(call_id, NOON, "language", {"language": "tt"})

    def hang_up(self, call_id: str) -> None:
        self.calls.event({"event": "Hangup", "uniqueid": call_id.replace("x", ".")})


def test_a_call_is_known_from_its_steps_and_they_all_reach_the_journal() -> None:
    house = House()
    house.begin()
    record = house.calls.get("1x1")
    assert record is not None and (record.language, record.did) == ("tt", "88005553535")
    house.calls.write("1x1", NOON, "ticket", {"ticket": "48215513", "category": "signin"})
    record = house.calls.get("1x1")
    assert record is not None and (record.ticket, record.category) == ("48215513", "signin")
    assert house.journal.kinds("1x1") == ["start", "language", "ticket"]
    assert house.calls.get("1x2") is None


def test_what_is_nested_goes_to_the_journal_and_to_who_listens_and_is_not_kept() -> None:
    house, heard = House(), []
    house.calls.on_step.append(lambda call_id, step: heard.append(step.data))
    house.begin()
    decided = {"queue": "east", "position": 2, "decision": {"legs": ["east", "common"]}, "tried": [1]}
    house.calls.write("1x1", NOON, "route", decided)
    record = house.calls.get("1x1")
    assert record is not None and dict(record.steps[-1].data) == {"queue": "east", "position": 2}
    assert heard[-1] == decided and house.calls.get("1x1") is record
    house.hang_up("1x1")
    assert house.calls.get("1x1") == record and house.calls.get("1x1") is not record


def test_the_whole_number_is_told_only_by_its_own_name() -> None:
    house = House()
    house.begin()
    record = house.calls.get("1x1")
    assert "9161234567" not in repr(record) and "4567" in repr(record)
    assert house.calls.numbers("1x1") == "+79161234567"
    assert house.calls.numbers("1x2") == ""


async def test_a_call_that_an_earlier_controller_began_is_read_back_once_with_what_came_since() -> None:
    house = House()
    steps = (CallStep(NOON, "start", {"caller": "*******4567"}), CallStep(NOON, "ticket", {"category": "signin"}))
    house.stored["1x1"] = fold("1x1", steps, "+79161234567")
    house.calls.write("1x1", NOON + timedelta(seconds=5), "answered", {"operator": "op-101"})
    for _ in range(2):
        record = await house.calls.load("1x1")
    assert record is not None and [step.kind for step in record.steps] == ["start", "ticket", "answered"]
    assert house.calls.numbers("1x1") == "+79161234567"
    assert house.asked == ["1x1"]
    assert await house.calls.load("1x2") is None


def test_who_has_hung_up_is_not_alive_and_is_forgotten_after_the_work_that_follows() -> None:
    house = House()
    for call_id in ("1x1", "1x2", "1x3"):
        house.begin(call_id)
    house.calls.write("1x1", NOON, "answered", {"operator": "101"})
    house.hang_up("1x1")
    house.hang_up("1x2")
    assert house.calls.alive() == ["1x3"] and house.calls.get("1x2") is not None
    house.clock.pass_(61)
    house.begin("1x4")
    house.hang_up("1x4")
    # there is no work after a call that nobody answered
    assert house.calls.get("1x1") is not None and house.calls.get("1x2") is None
    house.clock.pass_(15 * 60)
    house.hang_up("1x3")
    assert house.calls.get("1x1") is None and house.calls.get("1x3") is not None


def test_a_call_that_was_found_gone_is_not_alive() -> None:
    house = House()
    house.begin()
    house.calls.write("1x1", NOON, "end", {"reason": "ended_unseen"})
    assert house.calls.alive() == []


@pytest.mark.parametrize(
    ("after", "alive"),
    [((), False), (("rating",), False), (("transferred",), True), (("transferred", "end", "recording"), False)],
)
def test_a_call_that_has_ended_is_not_alive_for_long_unless_it_goes_on(after: tuple[str, ...], alive: bool) -> None:
    house = House()
    house.begin()
    for kind in ("talked", "end", *after):
        house.calls.write("1x1", NOON, kind, {"reason": "talked"})
    assert house.calls.alive() == ["1x1"]
    house.clock.pass_(6 * 60)
    assert house.calls.alive() == ["1x1"] * alive


def test_a_call_that_a_stopping_controller_left_to_the_dialplan_goes_on() -> None:
    house = House()
    house.begin()
    house.calls.write("1x1", NOON, "end", {"reason": "controller_stopped"})
    house.clock.pass_(6 * 60)
    assert house.calls.alive() == ["1x1"]


async def test_an_old_call_that_is_looked_at_is_not_alive() -> None:
    house = House()
    steps = [CallStep(NOON - timedelta(hours=1), kind, {}) for kind in ("start", "talked", "end", "rating")]
    house.stored = {"1x1": fold("1x1", steps), "1x2": fold("1x2", steps[:2])}
    for call_id in house.stored:
        assert await house.calls.load(call_id) is not None
    assert house.calls.alive() == ["1x2"]


def test_a_listener_that_fails_costs_no_step() -> None:
    house = House()

    def broken(_call_id: str, _step: CallStep) -> None:
        raise ValueError

    house.calls.on_step.append(broken)
    house.begin()
    assert house.journal.kinds("1x1") == ["start", "language"]


def test_the_journal_behind_gets_a_whole_number_with_the_start_alone() -> None:
    house = House()
    house.begin()
    house.calls.write("1x1", NOON, "note", {"caller": "+79161234567", "why": "паспорт 4509 123456"})
    told = [(kind, str(data)) for _, _, kind, data in house.journal.events]
    assert "+79161234567" in told[0][1]
    assert all("9161234567" not in data and "4509 12" not in data for _, data in told[1:])
