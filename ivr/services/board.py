"""The supervisor's board: live queues, counts, open calls, callbacks and alerts brought together into one state."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ivr.domain.alerts import AlertBook, Condition, Limits, hotline_conditions, queue_conditions
from ivr.domain.calls import CallRecord
from ivr.domain.live_people import Person, people
from ivr.domain.live_types import call_id_of
from ivr.domain.metrics import figures
from ivr.domain.queue_counts import Counts, half_hour, total
from ivr.domain.queue_plan import QueuePlan, QueueRule
from ivr.domain.queues import QueueView, estimated_wait, position_for_newcomer, wait_range
from ivr.domain.regions import Regions
from ivr.domain.routing_moment import Moments
from ivr.domain.whereabouts import local_time
from ivr.services.board_rows import CallFacts, caller_row, iso, login_of, oldest_of, operator_row, site_row
from ivr.services.board_state import AlertRow, BoardState, CallerRow, Expected, Health, OperatorRow, QueueRow, SiteRow
from ivr.services.callback_watch import CallbackWatch
from ivr.services.live_ports import LiveQueuesSource
from ivr.services.open_calls import OpenCalls
from ivr.services.queue_counts import QueueCounts

#: What alerts about shares look at: the half hour now and the one before.
_RECENT = timedelta(minutes=30)
_SUMMED = timedelta(seconds=5)
_LONG_AGO = datetime.fromtimestamp(0, UTC)
_BUSY = frozenset(("talking", "hold", "busy", "ringing", "wrapup"))
#: What the plots of a day show.
DAY_FIELDS = ("offered", "answered", "in_time", "abandoned", "short", "keyed", "waiting_s", "missed")


@dataclass(frozen=True)
class Plans:
    """What is the same all day. `names`: login -> the operator's name; `zone`: of the 24/7 queue."""

    plan: QueuePlan
    moments: Moments
    regions: Regions
    names: Mapping[str, str]
    zone: str
    limits: Limits = Limits()


class LiveBoard:
    """`snapshot` is cheap enough for four times a second with a thousand callers."""

    def __init__(
        self, source: LiveQueuesSource, counts: QueueCounts, calls: OpenCalls, callbacks: CallbackWatch, plans: Plans
    ) -> None:
        self._source, self._counts, self._calls = source, counts, calls
        self._callbacks, self._plans = callbacks, plans
        self._book = AlertBook()
        self._facts: dict[str, tuple[CallRecord | None, CallFacts]] = {}
        self._day_sums: tuple[datetime, int, Mapping[tuple[str, str], dict[str, float]]] = (_LONG_AGO, -1, {})
        self._known: datetime | None = None
        self._rules = {rule.name: rule for rule in plans.plan.queues}
        #: told the id of a call that somebody should read from storage
        self.on_unknown: list[Callable[[str], None]] = []

    def people(self, at: datetime) -> list[Person]:
        """Who is logged in, and what each does; a talk that nobody saw begin is known from the log."""
        self._source.live.adopt(lambda: self._counts.talks().values())
        return people(self._source.live, at, self._source.wrapup_s)

    def zone_of(self, queue: str) -> str:
        """The clock of a queue."""
        site = self._plans.plan.site_of(queue)
        return site.zone if site else self._plans.zone

    def acknowledge(self, alert: str, who: str, at: datetime) -> bool:
        """Somebody has seen an alert; False when there is no such one."""
        return self._book.acknowledge(alert, who, at)

    def snapshot(self, at: datetime) -> BoardState:
        """The board at `at` (aware UTC)."""
        live = self._source.live
        persons = self.people(at)
        days = self._days(at)
        queues = self._queues(persons, days)
        callers = tuple(
            caller_row(live.callers[id], place, self._of(call_id_of(id)))
            for row in queues
            for place, id in enumerate(live.lines.get(row.name, ()), 1)
        )
        self._forget()
        return BoardState(
            iso(at),
            self._health(at),
            self._alerts(queues, at),
            self._sites(at),
            queues,
            tuple(sorted(callers, key=_place)),
            tuple(self._operator(person, days.get(("agent", person.name), {})) for person in persons),
            self._callbacks.now,
        )

    def unseen(self, at: datetime) -> None:
        """What goes on at `at` though nobody looks: alerts grow old. A `snapshot` takes three times as long, most of
        it for the rows of callers."""
        live = self._source.live
        self._health(at)
        self._alerts(self._queues(self.people(at), self._days(at)), at)
        # also a call that another controller began is read back: its operator asks for its number
        for id in (*live.callers, *live.talks):
            self._of(call_id_of(id))
        self._forget()

    def day(self, at: datetime) -> Mapping[str, object]:
        """The last 24 hours by half hours: `since` (epoch seconds), and for each queue a list for each field."""
        end = half_hour(at.timestamp(), self._plans.zone)
        slots = [end - timedelta(minutes=30) * n for n in range(48)][::-1]
        rows = self._counts.rows
        return {
            "since": [int(slot.timestamp()) for slot in slots],
            "queues": {
                name: {
                    field: [round(rows.get(("queue", name, slot), {}).get(field, 0)) for slot in slots]
                    for field in DAY_FIELDS
                }
                for name in self._names()
            },
        }

    def _names(self) -> list[str]:
        """The queues of the plan, then those that only Asterisk knows."""
        return [*self._rules, *sorted(set(self._source.live.lines) - set(self._rules))]

    def _days(self, at: datetime) -> Mapping[tuple[str, str], dict[str, float]]:
        """("queue" or "agent", name) -> the counts since midnight: the queue's own, for a person that of `zone`.

        Worked out anew when a call was counted, else every few seconds: seconds pass all the time.
        """
        made, version, found = self._day_sums
        if version == self._counts.version and made <= at < made + _SUMMED:
            return found
        begins: dict[str, datetime] = {}
        rows: dict[tuple[str, str], list[Counts]] = {}
        for (kind, name, since), counts in self._counts.rows.items():
            zone = self.zone_of(name) if kind == "queue" else self._plans.zone
            if zone not in begins:
                begins[zone] = _midnight(at, zone)
            if since >= begins[zone]:
                rows.setdefault((kind, name), []).append(counts)
        found = {key: total(own) for key, own in rows.items()}
        self._day_sums = (at, self._counts.version, found)
        return found

    def _queues(
        self, persons: list[Person], days: Mapping[tuple[str, str], Mapping[str, float]]
    ) -> tuple[QueueRow, ...]:
        view = self._source.view()
        return tuple(
            self._queue(rule, view.queues.get(rule.name), persons, days.get(("queue", rule.name), {}))
            for rule in (self._rules.get(name) or QueueRule(name) for name in self._names())
        )

    def _queue(
        self, rule: QueueRule, view: QueueView | None, persons: list[Person], counts: Mapping[str, float]
    ) -> QueueRow:
        live, name = self._source.live, rule.name
        view = view or QueueView(name)
        oldest = oldest_of(live.callers[id] for id in live.lines.get(name, ()))
        here = [person.state for person in persons if name in person.queues]
        ahead = self._callbacks.due.get(name, 0)
        wait = estimated_wait(view, position_for_newcomer(view) + ahead)
        expected = None
        if wait is not None:
            capacity = round(view.capacity or view.logged_in, 2)
            expected = Expected(wait, wait_range(wait), round(view.handle_s), capacity, ahead)
        return QueueRow(
            name,
            rule.site,
            self.zone_of(name),
            len(view.waiting),
            iso(oldest),
            view.logged_in,
            view.ready,
            sum(state in _BUSY for state in here),
            here.count("paused"),
            expected,
            rule.answer_in_s,
            {field: round(much, 1) for field, much in counts.items() if much},
            {id: None if value is None else round(value, 4) for id, value in figures(counts).items()},
        )

    def _operator(self, person: Person, counts: Mapping[str, float]) -> OperatorRow:
        facts = self._of(call_id_of(person.talk.uniqueid)) if person.talk else None
        return operator_row(person, self._plans.names.get(login_of(person.name), ""), facts, counts)

    def _sites(self, at: datetime) -> tuple[SiteRow, ...]:
        plans = self._plans
        found = []
        for site in plans.plan.sites.values():
            queues = tuple(name for name, rule in self._rules.items() if rule.site == site.id)
            found.append(site_row(site, plans.moments.calendars[site.id], queues, at))
        rest = tuple(name for name, rule in self._rules.items() if not rule.site)
        words = {"ru": "Круглосуточно, вся страна", "en": "Day and night, the whole country"}
        found.append(SiteRow("", words, plans.zone, True, "", None, rest))
        return tuple(found)

    def _of(self, call_id: str) -> CallFacts:
        record = self._calls.get(call_id)
        known = self._facts.get(call_id)
        if known is None or known[0] is not record:
            known = self._facts[call_id] = (record, CallFacts(record, self._plans.regions))
            if record is None or all(step.kind != "start" for step in record.steps):
                for listener in self.on_unknown:
                    listener(call_id)
        return known[1]

    def _forget(self) -> None:
        live = self._source.live
        if len(self._facts) > 2 * (len(live.callers) + len(live.talks)) + 100:
            present = {call_id_of(id) for id in (*live.callers, *live.talks)}
            self._facts = {id: known for id, known in self._facts.items() if id in present}

    def _health(self, at: datetime) -> Health:
        source = self._source
        silent = source.silent_s
        heard = iso((at - timedelta(seconds=silent)).replace(microsecond=0)) if silent is not None else ""
        drift = source.drift
        if source.fresh:
            self._known = at
        return Health(
            source.fresh,
            iso(self._known),
            heard,
            round(source.lag_s, 2),
            iso(drift.at) if drift else "",
            drift.differences[:20] if drift else (),
            self._counts.trouble,
            len(self._calls.alive()),
        )

    def _alerts(self, queues: tuple[QueueRow, ...], at: datetime) -> tuple[AlertRow, ...]:
        limits, source = self._plans.limits, self._source
        found: list[Condition] = hotline_conditions(
            source.silent_s,
            self._callbacks.overdue(at),
            len(source.drift.differences) if source.drift else 0,
            self._counts.trouble,
            limits,
        )
        if source.fresh:
            for row in queues:
                now = half_hour(at.timestamp(), row.zone)
                rows = self._counts.rows
                recent = total(rows.get(("queue", row.name, since), {}) for since in (now - _RECENT, now))
                oldest = datetime.fromisoformat(row.oldest) if row.oldest else None
                found += queue_conditions(row.name, oldest, row.waiting, row.ready, recent, limits, at)
        return tuple(
            AlertRow(
                alert.id, alert.kind, alert.subject, iso(alert.since), alert.value, alert.limit,
                alert.seen_by, iso(alert.seen_at),
            )
            for alert in self._book.update(found, at)
        )  # fmt: skip


def _place(row: CallerRow) -> tuple[str, int, str]:
    return row.queue, row.place, row.call


def _midnight(at: datetime, zone: str) -> datetime:
    """The beginning of the local day of `at`, by the half hour."""
    local = local_time(at, zone)
    return half_hour(at.timestamp(), zone) - timedelta(minutes=local.hour * 60 + (30 if local.minute >= 30 else 0))
