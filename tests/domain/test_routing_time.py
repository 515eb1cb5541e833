"""How long a caller waits where: before a shift ends he is moved, and he follows the sun."""

from datetime import timedelta

import pytest

from ivr.domain.routing import Leg, RouteRequest
from tests.domain.routes import at, board, place, shipped
from tests.domain.small_plan import ALL, ask, reasons, way, why


def test_a_leg_ends_five_minutes_before_the_shift_does() -> None:
    # west and mid close at 18:00: at 17:53:20 there are 400 s, 300 of which stay free
    found = ask("77", at=at("2026-11-25T17:53:20+03:00"))
    assert found.legs == (Leg("west", 100), Leg("east", 120), Leg("common", 0))
    assert "leg-shift" in reasons(found) and why(found, "mid")[-1] == "too-late"


@pytest.mark.parametrize(("clock", "first"), [("17:54:29", "west"), ("17:54:31", "east"), ("17:59:59", "east")])
def test_a_site_about_to_close_takes_nobody_new(clock: str, first: str) -> None:
    found = ask("77", at=at(f"2026-11-25T{clock}+03:00"))
    assert way(found)[0] == first
    assert why(found, "west")[-1] == ("site-open" if first == "west" else "site-closing")


def test_who_leaves_at_the_end_of_a_shift_may_go_anywhere_else() -> None:
    end = at("2026-11-25T17:55:00+03:00")
    found = ask("66", at=end, leaving="west", board=board(**ALL))
    assert way(found) == ["east", "common"] and why(found, "west") == ["just-left"]


def test_who_has_waited_long_enough_only_goes_on() -> None:
    second = ask("50", leaving="west")
    assert way(second) == ["mid", "east", "common"]
    third = ask("50", leaving="mid")
    assert way(third) == ["east", "common"] and why(third, "west") == ["behind-only"]
    assert way(ask("50", leaving="east")) == ["common"]
    assert way(ask("50", leaving="common")) == ["west", "mid", "common"]
    assert way(ask("50", leaving="no such")) == ["west", "mid", "common"]


def test_a_caller_follows_the_sun_through_a_whole_night() -> None:
    """From the evening in Moscow on: whenever his time in a queue is over, somebody further on takes him."""
    moment, leaving, visited = at("2026-11-25T21:50:00+03:00"), "", []
    while True:
        found = shipped().decide(RouteRequest(place("77"), "signin", "ru", moment, leaving=leaving))
        leg = found.legs[0]
        visited.append(leg.queue)
        if not leg.seconds:
            break
        moment, leaving = moment + timedelta(seconds=leg.seconds), leg.queue
    # moscow closes at 22:00 there, kaliningrad at 23:00 Moscow time, ural at midnight Moscow time
    assert visited == ["moscow", "kaliningrad", "ural", "common"]
