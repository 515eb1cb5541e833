"""When something is open: weekly hours in a zone, holidays, moved and shortened days, exceptions by date."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Window:
    """The stretch around a moment in which nothing changes: `start` <= at < `end` (aware UTC).

    None: as far as the calendar looks (a year and more) there is no change on that side.
    """

    open: bool
    start: datetime | None
    end: datetime | None


class Calendar:
    """Opening hours. All times aware, in and out; results are in UTC."""

    def window(self, at: datetime) -> Window:
        """Open or closed at `at`, since when and until when; cheap when asked again nearby."""
        raise NotImplementedError

    def is_open(self, at: datetime) -> bool:
        return self.window(at).open

    def next_opening(self, at: datetime) -> datetime | None:
        """`at` itself when open; None when it never opens again."""
        raise NotImplementedError

    def next_closing(self, at: datetime) -> datetime | None:
        """`at` itself when closed; None when it never closes (24/7)."""
        raise NotImplementedError

    def add_working(self, at: datetime, working: timedelta) -> datetime:
        """The moment when `working` of open time has passed since `at`. Raises `DataError` when never."""
        raise NotImplementedError

    def working_between(self, start: datetime, end: datetime) -> timedelta:
        """Open time in [start, end); negative when `end` is before `start`."""
        raise NotImplementedError
