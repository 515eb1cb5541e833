"""What the controller is made of: the clock of a trial, the flows, the router over the shipped plan."""

import logging
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ivr.config import Config
from ivr.domain.queues import BoardView, QueueView
from ivr.flow.commands import AskRoute, Caller, Enqueue, Keys, RouteFound, Step
from ivr.services.flows import MovedCall
from ivr.services.routing import Question, RouteDesk
from ivr.services.whereabouts import Locators, Whereabouts
from ivr.testing import FixedBoard, FixedClock, MemoryPlaces
from ivr.wiring import (
    TrialClock,
    load_readers,
    local_clock,
    make_flows,
    make_router,
    nowhere,
    read_calendars,
    read_regions,
)


def test_routing_takes_the_real_clock_unless_a_trial_is_on(caplog: pytest.LogCaptureFixture) -> None:
    real = FixedClock()
    assert local_clock(Config(), real) is real
    assert caplog.records == []
    with caplog.at_level(logging.WARNING):
        trial = local_clock(replace(Config(), test_time="2026-01-15T09:00:00+03:00"), real)
    assert trial.now() == datetime(2026, 1, 15, 6, 0, tzinfo=UTC)
    assert "2026-01-15T09:00:00+03:00" in caplog.text


def test_the_flow_of_a_moved_call_knows_what_the_dialplan_kept() -> None:
    config = Config()
    flows = make_flows(config, load_readers(config), read_regions(config))
    flow = flows.moved(MovedCall(Caller("+74012220001"), "en", True, "48215513", "recovery", "ural"))
    assert next(flow) == Step("moved")
    assert flow.send(None) == AskRoute("recovery", "ural")
    said = flow.send(RouteFound("kazan", True, 2, 60, (("kazan", 120), ("common", 0))))
    assert "operator/moved" in said.sounds  # type: ignore[union-attr]
    with pytest.raises(StopIteration) as end:
        flow.send(Keys())
    assert end.value.value == Enqueue(
        "kazan", "48215513", "recovery", "moved", True, (("kazan", 120), ("common", 0)), 2
    )


# 06:30 UTC on a Tuesday: 8:30 in Kaliningrad, 9:30 in Moscow, 18:30 in Kamchatka; all three sites are at work
@pytest.mark.parametrize(("number", "queue"), [
    ("+74012220001", "kaliningrad"),
    ("+74952220001", "moscow"),
    ("+74152220001", "kamchatka"),
    ("", "moscow"),
])  # fmt: skip
async def test_number_to_queue_with_the_shipped_data(number: str, queue: str) -> None:
    config, regions = Config(), read_regions(Config())
    router = make_router(config, read_calendars(config), regions)
    board = BoardView({name: QueueView(name, 1, 1) for name in router.plan.names}, fresh=True)
    clock = TrialClock(datetime(2026, 11, 24, 6, 30, tzinfo=UTC))
    desk = RouteDesk(router, FixedBoard(board), clock)
    where = Whereabouts(MemoryPlaces(), Locators(regions, lambda: None, config.default_region))
    found = desk.ask(Question(await where.of(number), "signin", "ru", bool(number))).found
    assert (found.queue, found.staffed, found.legs[-1]) == (queue, True, ("common", 0))


def test_the_place_of_last_resort_has_the_clock_of_the_default_region() -> None:
    place = nowhere(read_regions(Config()), "41")
    assert (place.region, place.zone, place.doubtful) == ("", "Asia/Kamchatka", True)
