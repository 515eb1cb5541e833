"""Times of the command line."""

from datetime import date, datetime

from ivr.commands.listing import safe
from ivr.domain.calendar_clock import FIRST_YEAR, LAST_YEAR, reckoned
from ivr.errors import HotlineError


def moment(text: str, option: str = "--at") -> datetime:
    """A time of the command line. Raises `HotlineError`."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise HotlineError(f"{option}: {safe(text)!r} is not ISO 8601, such as 2026-11-25T09:00+10:00") from None
    if at.tzinfo is None:
        example = f"{safe(text)}{'T09:00' if _is_day(text) else ''}+03:00"
        raise HotlineError(
            f"{option}: {safe(text)!r} does not say {'the hour, nor ' if _is_day(text) else ''}by which clock; "
            f"write it as {example} for Moscow, or with Z for UTC"
        )
    within_reach(at, option)
    return at


def within_reach(on: date, option: str) -> None:
    """Raises `HotlineError` for a moment or day that the calendars do not reach."""
    if not reckoned(on):
        raise HotlineError(f"{option}: the calendars reach from {FIRST_YEAR} to {LAST_YEAR}")


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
