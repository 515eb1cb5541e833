"""The canary's callers come to their questions at whatever hour, also of a weekend or a holiday."""

from datetime import UTC, datetime, timedelta

from ivr.flow.callback_commands import AskPromise
from tests.canary.worlds import fixed_line


def test_there_is_a_line_at_every_hour() -> None:
    begin = datetime(2026, 12, 24, tzinfo=UTC)
    lines = {at: fixed_line(at) for at in (begin + n * timedelta(minutes=10) for n in range(20 * 24 * 6))}
    assert {AskPromise in line.differs for line in lines.values()} == {False, True}
    # a Saturday, five in the afternoon in Moscow: its hours end at six, an unknown wait is an hour
    assert AskPromise in lines[datetime(2026, 12, 26, 14, 0, tzinfo=UTC)].differs
    assert AskPromise not in lines[datetime(2026, 12, 28, 14, 0, tzinfo=UTC)].differs
