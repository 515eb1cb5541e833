"""What is counted of each queue and each operator, by half hours of the queue's own clock."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from ivr.domain.whereabouts import local_time

#: Upper bounds (s) of the waits of answered callers; the last class has none.
WAITS = (5, 10, 20, 30, 60, 120, 300, 600)
WAIT_FIELDS = (*(f"wait_{bound}" for bound in WAITS), "wait_more")
#: Calls: `entered` every visit, `offered` every call once in a queue. The ends of a visit: `answered`, `abandoned`
#: (`short` of them no later than the threshold), `keyed` (to be called back), `timed_out`, `emptied` (the last operator
#: left), `withdrawn` (moved by somebody), `lost` (Asterisk ended). `refused`: could not enter at all. `in_time`: of
#: those answered. Calls that we made are in none of these: `back_entered` every visit of one; it is answered, abandoned
#: or left (its time over, no operator, moved, Asterisk ended). The ends of a talk: `completed`, `transferred`, `cut`
#: (Asterisk ended). `missed`: an operator's phone rang in vain.
CALL_FIELDS = (
    "entered", "offered", "answered", "in_time", "abandoned", "short", "keyed", "timed_out", "emptied", "withdrawn",
    "lost", "refused", "back_entered", "back_answered", "back_abandoned", "back_left", "completed", "transferred",
    "cut", "missed", *WAIT_FIELDS,
)  # fmt: skip
#: Seconds: of callers (`wait_s` of those answered, `gone_s` of those who gave up), of talks (hold included), of
#: ringing.
SECOND_FIELDS = ("wait_s", "gone_s", "talk_s", "ring_s")
#: Seconds of operators, shared among their queues: on calls, rung, resting after one or writing it down (`handle_s`, of
#: it `hold_s`, and `wrapup_s` after the call), free, paused for anything else.
STAFF_FIELDS = ("handle_s", "hold_s", "wrapup_s", "idle_s", "paused_s")
#: Seconds that callers waited within the half hour, all together: over its length, how many waited on the average.
WAITING = "waiting_s"
QUEUE_FIELDS = (*CALL_FIELDS, *SECOND_FIELDS, *STAFF_FIELDS, WAITING)
AGENT_FIELDS = ("answered", "missed", "transferred", "talk_s", "ring_s", *STAFF_FIELDS)

#: field -> how much; what is not named is 0
Counts = Mapping[str, float]
#: Whose counts: ("queue", its name) or ("agent", the operator's), and the half hour's beginning (UTC).
Key = tuple[str, str, datetime]
HALF_HOUR = timedelta(minutes=30)


@lru_cache(4096)
def _half_hour(quarter: int, zone: str) -> datetime:
    # every offset there is, is a whole number of quarters of an hour
    at = datetime.fromtimestamp(quarter * 900, UTC)
    return at - timedelta(minutes=local_time(at, zone).minute % 30)


def half_hour(epoch: float, zone: str) -> datetime:
    """The beginning (UTC) of the half hour of the clock in `zone` that this second belongs to."""
    return _half_hour(int(epoch // 900), zone)


def add(into: dict[Key, dict[str, float]], key: Key, field: str, much: float = 1) -> None:
    """Count `much` of `field` under `key`."""
    counts = into.setdefault(key, {})
    counts[field] = counts.get(field, 0) + much


def merge(into: dict[Key, dict[str, float]], other: Mapping[Key, Counts]) -> None:
    """Add all of `other`."""
    for key, counts in other.items():
        for field, much in counts.items():
            add(into, key, field, much)


def total(rows: Iterable[Counts]) -> dict[str, float]:
    """The sum of several counts."""
    found: dict[str, float] = {}
    for counts in rows:
        for field, much in counts.items():
            found[field] = found.get(field, 0) + much
    return found


def wait_field(seconds: int) -> str:
    """The class of a wait."""
    return next((f"wait_{bound}" for bound in WAITS if seconds <= bound), "wait_more")
