"""Asterisk's queue_log: lines `epoch|unique id|queue|agent|verb|arguments…`, written as things happen, kept on disk."""

from dataclasses import dataclass

from ivr.domain.live_types import number


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One line. `at`: seconds of the epoch; `agent` "" for NONE."""

    at: int
    uniqueid: str
    queue: str
    agent: str
    verb: str
    arguments: tuple[str, ...] = ()

    def seconds(self, place: int) -> int:
        """The argument at `place` (from the end when negative) as a number of seconds, 0 when there is none."""
        try:
            return max(0, number(self.arguments[place]))
        except IndexError:
            return 0


def parse_line(line: str) -> LogEntry | None:
    """One line; None for what is no entry. Ours are never quoted: no field of them holds a bar."""
    fields = line.rstrip("\r\n").split("|")
    if len(fields) < 5 or not (fields[0].isascii() and fields[0].isdigit()) or not fields[4]:
        return None
    uniqueid, queue, agent = ("" if field == "NONE" else field for field in fields[1:4])
    return LogEntry(int(fields[0][:12]), uniqueid, queue, agent, fields[4], tuple(fields[5:]))
