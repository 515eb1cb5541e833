"""Logging: one line a record, with the call id; numbers that could identify a person are masked at the handler."""

import contextvars
import logging
import re
import sys

call_id: contextvars.ContextVar[str] = contextvars.ContextVar("call_id", default="-")
#: Runs of seven or more digits, also grouped (a phone, SNILS, passport, INN): all but the last two are
#: hidden. Call ids (1732363200x15) and ISO dates are left readable.
_DIGITS = re.compile(r"(?<!\d)(?!\d{4}-\d\d-\d\d(?:\b|T))\+?\d(?:[ -]?\d){6,}+(?!x\d)")
#: What would begin a line, steer a terminal or turn the direction of reading; line ends of our own are left.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def mask(text: str) -> str:
    """Hide every digit but the last two of each run of seven or more digits."""
    return _DIGITS.sub(_hide, text)


def _written(match: "re.Match[str]") -> str:
    return match.group().encode("unicode_escape").decode()


def _hide(match: "re.Match[str]") -> str:
    digits = re.sub(r"\D", "", match.group())
    return "*" * (len(digits) - 2) + digits[-2:]


class _NoFlood(logging.Filter):
    """The same words (an accept that fails, a router with a fault, again and again) at most once in ten seconds."""

    _PAUSE_S = 10.0

    def __init__(self) -> None:
        super().__init__()
        self._last: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        words = record.getMessage()[:60]
        last = self._last.get(words)
        if last is not None and record.created - last < self._PAUSE_S:
            return False
        if len(self._last) > 100:
            self._last.clear()
        self._last[words] = record.created
        return True


class _Masked(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        record.call_id = call_id.get()
        # no line of an exception's account begins as an event does, whatever text came into it
        return mask(_CONTROL.sub(_written, super().format(record).replace("\n", "\n  ")))

    def formatMessage(self, record: logging.LogRecord) -> str:
        """One event, one line: what follows is the program's own account of an exception."""
        return super().formatMessage(record).replace("\n", "\\n")


def setup_logging(level: str = "INFO", stream: object = None) -> None:
    """Log to stderr (or `stream`) at `level`; safe to call twice."""
    handler = logging.StreamHandler(stream or sys.stderr)  # type: ignore[arg-type]
    handler.setFormatter(_Masked("%(asctime)s %(levelname).1s %(name)s [%(call_id)s] %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.getLogger("panoramisk").setLevel(logging.WARNING)
    loop = logging.getLogger("asyncio")
    loop.setLevel(logging.WARNING)
    for name in ("asyncio", "ivr.services.routing", "ivr.services.reception", "ivr.web.http"):
        logging.getLogger(name).filters[:] = [_NoFlood()]
