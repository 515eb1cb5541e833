"""When tickets are due, worked out by hand: working hours there, pauses, reopening, priorities."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.datafiles import data_reader, read_data
from ivr.domain import tickets as rules
from ivr.domain.calendar_load import Calendars, load_calendars
from ivr.domain.deadlines import Deadlines
from ivr.domain.regions import Regions, load_regions
from ivr.domain.tickets import IllegalMove
from ivr.errors import DataError

CALENDARS = load_calendars(data_reader(None))
REGIONS = load_regions(read_data("regions.csv", None))
DEADLINES = Deadlines(CALENDARS, REGIONS, "77")
MOSCOW, VLADIVOSTOK, TATARSTAN = "77", "25", "16"


def at(text: str, zone: str = "Europe/Moscow") -> datetime:
    """A time of November 2026: "23 10:00"."""
    day, _, time = text.partition(" ")
    return datetime.fromisoformat(f"2026-11-{int(day):02}T{time}").replace(tzinfo=ZoneInfo(zone))


class Story:
    """A ticket and what happens to it."""

    def __init__(
        self, opened: str, region: str | None = MOSCOW, priority: str = "ordinary", zone: str = "Europe/Moscow"
    ) -> None:
        self.zone = zone
        number = rules.new_number(lambda n: 7)
        self.ticket, event = rules.open_ticket(
            number,
            category="signin",
            language="ru",
            call_id="c1",
            caller="",
            purpose="operator",
            at=at(opened, zone),
            region=region,
            priority=priority,
        )
        self.events = [event]

    def move(self, *steps: str) -> "Story":
        """Steps as "24 10:00 citizen_answered" or "24 10:00 high"."""
        for step in steps:
            when, _, what = step.rpartition(" ")
            if what in rules.PRIORITIES:
                self.ticket, event = rules.prioritise(self.ticket, what, at(when, self.zone))
            else:
                self.ticket, event = rules.move(self.ticket, what, at(when, self.zone))
            self.events.append(event)
        return self

    @property
    def due(self) -> datetime | None:
        return DEADLINES.due(self.ticket, self.events)


@pytest.mark.parametrize(
    ("region", "zone", "opened", "due"),
    [
        (MOSCOW, "Europe/Moscow", "23 10:00", "23 15:00"),
        (VLADIVOSTOK, "Asia/Vladivostok", "23 10:00", "23 15:00"),
        (VLADIVOSTOK, "Asia/Vladivostok", "23 22:00", "24 13:00"),  # 15:00 in Moscow, but night there
        ("39", "Europe/Kaliningrad", "23 17:00", "24 12:00"),
        (MOSCOW, "Europe/Moscow", "5 16:30", "6 11:30"),
        (TATARSTAN, "Europe/Moscow", "5 16:30", "9 12:30"),  # the 5th ends at 17:00, the 6th is a holiday there
        (MOSCOW, "Europe/Moscow", "20 17:00", "23 12:00"),  # over the week-end
    ],
)
def test_an_ordinary_ticket_has_four_working_hours_of_its_region(region: str, zone: str, opened: str, due: str) -> None:
    assert Story(opened, region, zone=zone).due == at(due, zone)


@pytest.mark.parametrize(
    ("priority", "opened", "due"),
    [
        ("high", "21 23:50", "22 00:20"),
        ("complex", "21 23:50", "22 23:50"),
        ("high", "4 12:00", "4 12:30"),
    ],
)
def test_high_and_complex_ones_run_day_and_night(priority: str, opened: str, due: str) -> None:
    assert Story(opened, priority=priority).due == at(due)


@pytest.mark.parametrize("region", [None, "", "00"])
def test_a_ticket_of_an_unknown_region_counts_as_one_of_the_default_region(region: str | None) -> None:
    assert Story("23 10:00", region).due == at("23 15:00")
    ticket = Story("23 10:00", region).ticket
    assert Deadlines(CALENDARS, REGIONS, VLADIVOSTOK).zone(ticket) == "Asia/Vladivostok"


@pytest.mark.parametrize(
    ("steps", "due"),
    [
        (["23 10:30 take"], "23 15:00"),
        (["23 11:00 ask_citizen"], None),
        (["23 11:00 ask_citizen", "24 10:00 citizen_answered"], "24 13:00"),  # 1 hour was gone
        (["23 12:30 ask_citizen", "23 13:30 citizen_answered"], "23 15:30"),  # 2 h 30 were gone; answered at lunch
        (["23 11:00 ask_citizen", "23 12:00 citizen_answered", "23 14:30 ask_citizen"], None),
        (
            ["23 11:00 ask_citizen", "23 12:00 citizen_answered", "23 14:30 ask_citizen", "24 08:00 citizen_answered"],
            "24 10:30",  # 1 h, then 1 h 30 were gone
        ),
        (["23 16:00 ask_citizen"], "23 15:00"),  # it was late before
        (["23 16:00 ask_citizen", "25 10:00 citizen_answered"], "23 15:00"),
        (["23 15:00 ask_citizen"], "23 15:00"),
    ],
)
def test_time_stands_still_while_it_waits_for_the_citizen(steps: list[str], due: str | None) -> None:
    assert Story("23 10:00").move(*steps).due == (due and at(due))


@pytest.mark.parametrize(
    ("steps", "due"),
    [
        (["23 11:00 resolve"], "23 15:00"),
        (["23 18:00 resolve", "23 18:01 close"], "23 15:00"),
        (["23 11:00 ask_citizen", "23 12:00 resolve"], None),
        (["23 11:00 resolve", "24 10:00 reopen"], "24 15:00"),
        (["23 11:00 resolve", "24 10:00 reopen", "24 12:00 resolve"], "24 15:00"),
        (["23 18:00 resolve", "24 10:00 reopen"], "24 15:00"),
        (["23 11:00 ask_citizen", "23 12:00 resolve", "24 16:00 reopen"], "25 11:00"),
        (["23 11:00 high", "23 11:10 resolve", "24 16:00 reopen"], "24 16:30"),
    ],
)
def test_an_answer_stops_it_and_reopening_starts_a_new_term(steps: list[str], due: str | None) -> None:
    assert Story("23 10:00").move(*steps).due == (due and at(due))


@pytest.mark.parametrize(
    ("steps", "due"),
    [
        (["23 12:00 high"], "23 12:30"),
        (["23 14:50 high"], "23 15:00"),  # a higher priority never makes it due later
        (["23 16:00 high"], "23 15:00"),
        (["23 12:00 complex"], "24 10:00"),  # counted from the start
        (["23 12:00 high", "23 12:10 ordinary"], "23 15:00"),
        (["23 12:00 complex", "23 13:00 high"], "23 13:30"),
        (["23 12:00 complex", "23 12:01 ordinary"], "23 15:00"),  # a slip, taken back
        (["23 20:00 complex", "23 20:01 ordinary"], "23 15:00"),
        (["23 12:00 complex", "23 12:01 ordinary", "23 12:30 high"], "23 13:00"),
        (["23 12:00 high", "23 12:10 complex", "23 12:11 high"], "23 12:30"),
        (["23 12:00 high", "23 12:10 ordinary", "23 14:00 high"], "23 14:30"),  # raised anew: from then on
        (["23 12:00 high", "23 12:10 ask_citizen"], None),
        (["23 12:00 high", "23 12:10 ask_citizen", "23 20:00 citizen_answered"], "23 20:20"),
        (["23 11:00 ask_citizen", "23 12:00 high"], None),
        (["23 11:00 ask_citizen", "23 12:00 high", "23 13:00 citizen_answered"], "23 13:30"),
    ],
)
def test_a_changed_priority(steps: list[str], due: str | None) -> None:
    assert Story("23 10:00").move(*steps).due == (due and at(due))


def test_a_priority_is_changed_only_while_it_matters() -> None:
    story = Story("23 10:00")
    with pytest.raises(IllegalMove, match="priority ordinary already"):
        story.move("23 11:00 ordinary")
    with pytest.raises(IllegalMove, match="does not matter"):
        story.move("23 11:00 resolve", "23 12:00 high")


def test_a_priority_change_is_an_event_with_a_remark() -> None:
    ticket, event = rules.prioritise(Story("23 10:00").ticket, "high", at("23 11:00"), "fine: -> pay")
    assert (ticket.priority, ticket.version, ticket.status) == ("high", 2, "open")
    assert (event.event, event.before, event.after) == ("priority", "open", "open")
    assert event.note == "ordinary -> high: fine: -> pay"
    assert rules.priority_change(event) == ("ordinary", "high")
    assert rules.priority_change(replace(event, note="whatever -> high")) is None


def test_a_clock_put_back_does_not_make_time_run_backwards() -> None:
    story = Story("23 10:00").move("23 12:00 ask_citizen", "23 11:00 citizen_answered")
    assert story.due == at("23 15:00")


def test_how_late_is_told_in_working_time() -> None:
    ticket = replace(Story("20 11:00").ticket, due_at=at("20 17:00"))
    assert DEADLINES.late(ticket, at("23 10:00")) == timedelta(hours=2)
    assert DEADLINES.late(ticket, at("20 17:00")) == timedelta()
    assert DEADLINES.late(replace(ticket, due_at=None), at("23 10:00")) == timedelta()
    urgent = replace(ticket, priority="high")
    assert DEADLINES.late(urgent, at("23 10:00")) == timedelta(hours=65)


def test_the_digest_tells_everything_that_can_move_a_due_moment() -> None:
    moved = dict(REGIONS.by_code) | {"77": replace(REGIONS.by_code["77"], zone="Asia/Omsk")}
    others = [
        Deadlines(CALENDARS, REGIONS, "78").digest,
        Deadlines(CALENDARS, Regions(MappingProxyType(moved)), "77").digest,
        Deadlines(_edited("4h", "3h"), REGIONS, "77").digest,
        Deadlines(_edited("18:00", "17:00"), REGIONS, "77").digest,
    ]
    assert len({DEADLINES.digest, *others}) == 5
    assert Deadlines(load_calendars(data_reader(None)), REGIONS, "77").digest == DEADLINES.digest


def test_a_default_region_that_does_not_exist_is_refused() -> None:
    with pytest.raises(DataError, match=r"default_region '00' is not in regions\.csv"):
        Deadlines(CALENDARS, REGIONS, "00")


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(REGIONS.by_code)),
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 20)),
    st.lists(st.timedeltas(timedelta(), timedelta(hours=30)), max_size=8),
)
def test_the_time_counted_until_due_is_the_term(region: str, opened: datetime, gaps: list[timedelta]) -> None:
    opened = opened.replace(tzinfo=UTC)
    ticket, event = rules.open_ticket(
        rules.new_number(lambda n: 7),
        category="signin",
        language="ru",
        call_id="",
        caller="",
        purpose="operator",
        at=opened,
        region=region,
    )
    events, now, runs = [event], opened, [opened]
    for gap in gaps:
        now += gap
        step = "ask_citizen" if ticket.status != "waiting_citizen" else "citizen_answered"
        ticket, event = rules.move(ticket, step, now)
        events.append(event)
        runs.append(now)
    due = DEADLINES.due(ticket, events)
    calendar = CALENDARS.bind("office", REGIONS.by_code[region].zone, region)
    end = runs.pop() if len(runs) % 2 == 0 else datetime(2030, 1, 1, tzinfo=UTC)
    pairs = list(zip(runs[::2], [*runs[1::2], end], strict=True))
    until = due or end
    counted = sum((calendar.working_between(a, min(b, until)) for a, b in pairs if a < until), timedelta())
    assert counted == timedelta(hours=4) if due else counted < timedelta(hours=4)


def _edited(old: str, new: str) -> Calendars:
    def read(name: str) -> str | None:
        text = data_reader(None)(name)
        return text.replace(old, new) if text and name == "calendars.toml" else text

    return load_calendars(read)
