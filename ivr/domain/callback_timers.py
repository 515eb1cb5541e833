"""What time does to a callback: when it is to be looked at, and what happens to it then.

The database keeps `wake_at` beside the callback, so that whoever looks finds those few without reading the rest.
"""

from datetime import datetime, timedelta

from ivr.domain.callbacks import LEASED, Callback, spent

#: An offer is over after so long: its menu takes 20 s, the number and the window some more; then the call is lost.
OFFER = timedelta(minutes=5)
#: A dispatcher comes every minute: whoever was to be looked at (`wake_at`) longer ago waits for one that does not come.
LATE = timedelta(minutes=5)
#: The end of a lease that nobody knows more about. For a dial that nobody's phone rang for: `recover_unseen`.
LEASE_OVER = {"dialling": "recover", "rejoining": "recover", "connected": "complete"}


def wake_at(callback: Callback) -> datetime | None:
    """The earliest moment at which `overdue_event` has something; None: never (it is over)."""
    return min((moment for moment, _ in _due(callback)), default=None)


def overdue_event(callback: Callback, at: datetime) -> str | None:
    """What is to be applied to this callback now that it is `at`; None: nothing yet.

    "recover" of a dialling callback is the pessimistic answer: whoever can see that no phone rang applies
    `recover_unseen`. A provisional one with a number is confirmed, as a caller who hangs up in the offer.
    """
    return next((event for moment, event in _due(callback) if moment <= at), None)


def _due(callback: Callback) -> list[tuple[datetime, str]]:
    """(moment, event), the one that goes before the others first."""
    state = callback.state
    if state in LEASED:
        return [(callback.lease_until or callback.created_at, LEASE_OVER[state])]
    if state == "provisional":
        return [(callback.created_at + OFFER, "confirm" if callback.number else "hang_up")]
    if not callback.active:
        return []
    due = []
    if state == "retry_wait" and spent(callback):
        due.append((callback.created_at, "give_up"))
    due.append((callback.expires_at, "expire"))
    if callback.window_to < callback.expires_at:
        due.append((callback.window_to, "missed"))
    if callback.soon_at is not None:
        due.append((callback.soon_at, "soon"))
    if state == "retry_wait":
        due.append((callback.not_before or callback.created_at, "retry"))
    if state == "parked":
        due.append((callback.not_before or callback.window_from, "open"))
    return due
