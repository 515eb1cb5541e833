"""How many callbacks a half hour takes, by the operators that are planned for it (rule 16: windows by capacity)."""

from datetime import datetime

from ivr.domain.calendar_load import Calendars
from ivr.domain.callback_hours import SLOT, slot_room
from ivr.domain.queue_plan import QueuePlan, Site


class SlotRoom:
    """`handle_s`: what one talk takes; `share`: the part of a half hour that callbacks may have, the rest is for those
    who ring in."""

    def __init__(self, plan: QueuePlan, calendars: Calendars, handle_s: float = 180.0, share: float = 0.25) -> None:
        self._plan, self._calendars = plan, calendars
        self._handle_s, self._share = handle_s, share

    def room(self, queue: str, start: datetime) -> int:
        """Callbacks of `queue` that the half hour from `start` (aware) takes in all; 0 when nobody is planned for the
        whole of it, or there is no such queue."""
        return slot_room(self.operators(queue, start), self._handle_s, self._share)

    def operators(self, queue: str, start: datetime) -> int:
        """People planned for the whole half hour; the 24/7 queue has everybody's."""
        rule = next((each for each in self._plan.queues if each.name == queue), None)
        if rule is None:
            return 0
        sites = [site for site in self._plan.sites.values() if rule.site in ("", site.id)]
        return sum(self._planned(site, start) for site in sites)

    def _planned(self, site: Site, start: datetime) -> int:
        planned = 0
        for shift in site.shifts:
            window = self._calendars.of_shifts((shift,), site.zone, site.region, site.works_holidays).window(start)
            if window.open and (window.end is None or window.end >= start + SLOT):
                planned += shift.operators
        return planned
