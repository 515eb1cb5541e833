"""What a citizen is told by SMS of his callback, or of the end of a fault: the facts at that moment, and the words."""

import re
from collections.abc import Mapping
from datetime import datetime

from ivr.domain.callbacks import NOTICES, Callback, CallbackEvent
from ivr.domain.whereabouts import local_time
from ivr.errors import DataError

_MOSCOW = "Europe/Moscow"
_FIELD = re.compile(r"\{(\w*)\}")
#: Said after a notice of a callback that can still be cancelled or moved, where the deployment has a link for that.
LINK = "callback-link"
_LINKED = frozenset({"callback-created", "callback-soon", "callback-moved", "callback-missed"})
#: Fields that the text of each notice may use.
FIELDS = {notice: frozenset({"number", "day", "from", "to", "until", "offset"}) for notice in NOTICES.values()}
FIELDS[LINK] = frozenset({"link"})
#: Said to who wanted to know when a fault is mended.
INCIDENT_OVER = "incident-over"
FIELDS[INCIDENT_OVER] = frozenset()


def notice_fields(callback: Callback, event: CallbackEvent) -> dict[str, str]:
    """The facts of a notice, by the clock of the citizen: they stay true when the callback is moved later.

    number: the last four digits, no more; day "25.11", from, to: the window promised, "14:20" ("09:30 26.11" on
    another day); until: when it is given up; offset: of his clock to Moscow's, "+7", "-1" or "".
    """
    end = event.data.get("window_to")  # of a missed window; the callback has another one by now
    promised = datetime.fromisoformat(end) if isinstance(end, str) and event.event == "missed" else callback.window_to
    start = local_time(callback.window_from, callback.zone)
    until = local_time(callback.expires_at, callback.zone)
    return {
        "number": callback.number[-4:],
        "day": f"{start:%d.%m}",
        "from": f"{start:%H:%M}",
        "to": _clock(local_time(promised, callback.zone), start),
        "until": f"{until:%H:%M %d.%m}",
        "offset": _offset(start),
    }


def rendered(texts: Mapping[str, str], template: str, fields: Mapping[str, str], link: str = "") -> str:
    """The words of a message: `texts` by name, without "sms/". `link`: for cancelling and moving, "" none.

    Raises `DataError` when there is no such text, or it has a field that the message has not.
    """
    text = _filled(texts, template, fields)
    return f"{text} {_filled(texts, LINK, {'link': link})}" if link and template in _LINKED else text


def text_faults(texts: Mapping[str, str]) -> list[str]:
    """Fields that texts of notices use and no notice has, one line each."""
    return [
        f"sms/{name}: {{{field}}} is none of its fields, which are {', '.join(sorted(known))}"
        for name, known in FIELDS.items()
        for field in sorted(set(_FIELD.findall(texts.get(name, ""))) - known)
    ]


def _filled(texts: Mapping[str, str], template: str, fields: Mapping[str, str]) -> str:
    if template not in texts:
        raise DataError(f"sms/{template}: has no text; give it one in sms.<language>.toml")
    text = texts[template]
    # an instruction has no fields and may have any brackets
    if template in FIELDS and (lacking := set(_FIELD.findall(text)) - set(fields)):
        raise DataError(f"sms/{template}: the message has no {', '.join(sorted(lacking))}; take it out of the text")
    return _FIELD.sub(lambda found: fields[found[1]], text) if template in FIELDS else text


def _clock(at: datetime, start: datetime) -> str:
    return f"{at:%H:%M}" if at.date() == start.date() else f"{at:%H:%M %d.%m}"


def _offset(at: datetime) -> str:
    there, moscow = at.utcoffset(), local_time(at, _MOSCOW).utcoffset()
    assert there is not None and moscow is not None
    minutes = int((there - moscow).total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    if not minutes:
        return ""
    return f"{'+' if minutes > 0 else '-'}{hours}" + (f":{rest:02}" if rest else "")
