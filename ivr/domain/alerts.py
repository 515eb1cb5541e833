"""What needs somebody's action: figures beyond their limits, since when, and whether somebody has seen it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ivr.domain.metrics import METRICS
from ivr.domain.queue_counts import Counts

#: Of fewer calls no share is spoken.
_FEWEST = 10


@dataclass(frozen=True)
class Limits:
    """When an alert begins. Seconds, and shares of a hundred."""

    longest_wait_s: int = 600
    service_level: int = 80
    abandoned: int = 5
    unattended_s: int = 60
    silent_s: int = 15


@dataclass(frozen=True)
class Condition:
    """Something that is so now. `subject`: a queue, or "" for the hotline; `began`: since when, when that is known;
    `hold_s`: how long it must last to be an alert."""

    kind: str
    subject: str = ""
    value: float = 0
    limit: float = 0
    began: datetime | None = None
    hold_s: int = 0

    @property
    def id(self) -> str:
        return f"{self.kind}:{self.subject}"


@dataclass(frozen=True)
class Alert:
    """One alert. `seen_by`: who said that he saw it, "" nobody."""

    id: str
    kind: str
    subject: str
    since: datetime
    value: float
    limit: float
    seen_by: str = ""
    seen_at: datetime | None = None


class AlertBook:
    """Remembers since when each condition holds; what holds no more is forgotten, with who had seen it."""

    def __init__(self) -> None:
        self._began: dict[str, datetime] = {}
        self._seen: dict[str, tuple[str, datetime]] = {}
        self.alerts: tuple[Alert, ...] = ()

    def update(self, conditions: Iterable[Condition], at: datetime) -> tuple[Alert, ...]:
        """The alerts at `at`, those of longest standing first."""
        found = []
        holding = {condition.id: condition for condition in conditions}
        self._began = {
            id: condition.began or self._began.get(id, at) for id, condition in holding.items()
        }
        for id, condition in holding.items():
            began = self._began[id]
            if at - began >= timedelta(seconds=condition.hold_s):
                who, when = self._seen.get(id, ("", None))
                found.append(
                    Alert(id, condition.kind, condition.subject, began, condition.value, condition.limit, who, when)
                )
        self._seen = {id: seen for id, seen in self._seen.items() if id in holding}
        self.alerts = tuple(sorted(found, key=lambda alert: (alert.since, alert.id)))
        return self.alerts

    def acknowledge(self, id: str, who: str, at: datetime) -> bool:
        """Somebody has seen it; False when there is no such alert."""
        if all(alert.id != id for alert in self.alerts):
            return False
        self._seen[id] = (who, at)
        self.alerts = tuple(
            replace(alert, seen_by=who, seen_at=at) if alert.id == id else alert for alert in self.alerts
        )
        return True


def queue_conditions(
    queue: str, oldest: datetime | None, waiting: int, ready: int, recent: Counts, limits: Limits, at: datetime
) -> list[Condition]:
    """What is wrong with a queue. `oldest`: since when its first caller waits; `recent`: the counts of its last half
    hours."""
    found = []
    if oldest is not None:
        reached = oldest + timedelta(seconds=limits.longest_wait_s)
        if at > reached:
            waited = (at - oldest).total_seconds()
            found.append(Condition("longest_wait", queue, waited, limits.longest_wait_s, reached))
    if waiting and not ready:
        found.append(Condition("unattended", queue, waiting, 0, hold_s=limits.unattended_s))
    if recent.get("answered", 0) + recent.get("abandoned", 0) >= _FEWEST:
        for name, kind, limit, worse in (
            ("service_level", "service_level", limits.service_level, -1),
            ("abandon_rate", "abandoned", limits.abandoned, 1),
        ):
            share = METRICS[name].of(recent)
            if share is not None and (share * 100 - limit) * worse > 0:
                found.append(Condition(kind, queue, round(share * 100, 1), limit))
    return found


def hotline_conditions(
    silent_s: float | None, overdue: datetime | None, drift: int, trouble: str, limits: Limits
) -> list[Condition]:
    """What is wrong with the whole. `silent_s`: seconds since Asterisk said anything, None without a link; `overdue`:
    when the oldest promise of a callback was broken, None when none is; `trouble`: why calls are not counted."""
    found = []
    if silent_s is None or silent_s > limits.silent_s:
        found.append(Condition("silent", value=round(silent_s or 0), limit=limits.silent_s))
    if overdue is not None:
        found.append(Condition("promise_overdue", began=overdue))
    if drift:
        found.append(Condition("drift", value=drift))
    if trouble:
        found.append(Condition("not_counted"))
    return found


