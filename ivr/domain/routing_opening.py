"""When work goes on for a caller whom nobody can take now."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from ivr.domain.calendar import Calendar
from ivr.domain.queue_plan import SHORTEST_LEG, QueueRule, Site
from ivr.domain.routing_sites import Sites, zone_of

#: Nothing further away is promised.
FURTHEST = timedelta(days=14)


def next_opening(sites: Sites, category: str, language: str, zone: str, at: datetime) -> datetime | None:
    """The first moment after `at` (aware UTC) when a site that can take the call opens and the category's hours, by
    the caller's clock, run too; None when there is none within 14 days.

    A site that works now does not count before it opens again: whoever should be there is not. When nobody speaks
    the language (or knows the category), any site counts: the 24/7 queue's people are there then too.
    """
    hours = sites.hours(category, zone_of(zone))
    running = hours is None or hours.is_open(at)
    moments = [
        _both(sites.calendars[site.id], hours, at, running, timedelta(seconds=rule.leave_before_s + SHORTEST_LEG))
        for rule, site in _able(sites.queues, category, language)
    ]
    return min((moment for moment in moments if moment is not None), default=None)


def _able(queues: Iterable[tuple[QueueRule, Site]], category: str, language: str) -> list[tuple[QueueRule, Site]]:
    every = list(queues)
    skilled = [each for each in every if not each[0].categories or category in each[0].categories]
    return [each for each in skilled if language in each[0].languages] or skilled or every


def _both(site: Calendar, hours: Calendar | None, at: datetime, running: bool, least: timedelta) -> datetime | None:
    """The first moment when both are open, for `least` on the site's side."""
    latest = at + FURTHEST
    moment = site.next_closing(at) if running else at
    while moment is not None and moment <= latest:
        opens = site.next_opening(moment)
        if opens is None:
            return None
        both = opens if hours is None else hours.next_opening(opens)
        if both is None:
            return None
        window = site.window(both)
        if window.open and (window.end is None or window.end - both >= least):
            return both if both <= latest else None
        moment = window.end if window.open else both
    return None
