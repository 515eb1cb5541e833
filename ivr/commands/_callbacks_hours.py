"""When citizens may be rung and which queues are at work, by the settings: also in a trial (`test_time`)."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from ivr.config import Config
from ivr.datafiles import read_data
from ivr.domain.calendar import Calendar
from ivr.domain.calendar_load import Calendars
from ivr.domain.callback_hours import CallbackHours, Person
from ivr.domain.callbacks import Callback
from ivr.domain.dispatching import Choice, Pacing, choose
from ivr.domain.queue_plan import QueuePlan, load_queue_plan
from ivr.domain.queues import BoardView
from ivr.wiring import read_calendars


class _Shifted:
    """A calendar whose clock is put forward by `by`; asked and answering in real time."""

    def __init__(self, calendar: Calendar, by: timedelta) -> None:
        self._calendar, self._by = calendar, by

    def is_open(self, at: datetime) -> bool:
        return self._calendar.is_open(at + self._by)

    def next_opening(self, at: datetime) -> datetime | None:
        return self._back(self._calendar.next_opening(at + self._by))

    def next_closing(self, at: datetime) -> datetime | None:
        return self._back(self._calendar.next_closing(at + self._by))

    def _back(self, moment: datetime | None) -> datetime | None:
        return None if moment is None else moment - self._by


class TrialHours(CallbackHours):
    """House hours as if it were so much later."""

    def __init__(self, calendars: Calendars, by: timedelta) -> None:
        super().__init__(calendars)
        self._by = by

    def _bound(self, person: Person) -> Sequence[Calendar]:
        return [_Shifted(calendar, self._by) for calendar in super()._bound(person)]  # type: ignore[misc]


class Hours:
    """What the dispatcher and `ivr callbacks add` ask of the clock. Raises `DataError`."""

    def __init__(self, config: Config, now: datetime) -> None:
        self._calendars = read_calendars(config)
        self._plan: QueuePlan = load_queue_plan(read_data("queues.toml", config.data_dir))
        trial = datetime.fromisoformat(config.test_time).astimezone(UTC) if config.test_time else now
        self._by = trial - now
        self.people: CallbackHours = TrialHours(self._calendars, self._by)

    def works(self, queue: str, at: datetime) -> bool:
        """Does this queue answer at that moment?"""
        site = self._plan.site_of(queue)
        if site is None:
            return True
        shifts = self._calendars.of_shifts(site.shifts, site.zone, site.region, site.works_holidays)
        return shifts.is_open(at + self._by)

    def chooser(
        self,
    ) -> Callable[[Sequence[Callback], Mapping[str, int], BoardView, datetime], Choice]:
        """The decision of a round."""
        pacing = Pacing(agent_first=self._plan.agent_first)
        return lambda due, in_flight, board, at: choose(due, in_flight, board, at, self.people, self.works, pacing)
