"""A call as its journal tells it: events folded into one record and a time line. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TypeAlias

#: JSON, in short.
Value: TypeAlias = "str | int | float | list[Value] | dict[str, Value] | None"
Data = Mapping[str, Value]

#: Kinds with a meaning here; any other kind is only a line in the time line.
START = "start"
END = "end"

#: Fields whose long digit runs are no secret: ids, our own number, ticket numbers, check sums.
_OPEN_FIELDS = frozenset({"call_id", "channel", "uniqueid", "linkedid", "did", "ticket", "trunk", "digest"})
#: Fields that hold a person's phone: only the last four digits stay in the journal.
_PHONE_FIELDS = frozenset({"caller", "number", "phone"})
_BETWEEN = r"[\s()./\\_№\u2010-\u2015\u2212\u00ad\u200b-\u200d\u2060-]{0,3}"
_DATE = r"(?<!\d)(?P<date>[0-3]?\d\.[01]?\d\.(?:19|20)\d\d)(?!\d)"
#: Digits of any script, with what people write between them; then those dictated one by one, among what is left: looked
#: for at once, they would begin at a lone digit before a number and leave its end. A date is no such run.
_LONG_RUNS = (
    re.compile(rf"{_DATE}|\+?\d(?:{_BETWEEN}\d){{8,}}"),
    re.compile(rf"{_DATE}|(?<!\d)\d(?:[\W_]{{1,4}}\d(?!\d)){{8,}}"),
)
#: «9208, номер 417063»: the word stands between series and number of a passport.
_NUMBER = re.compile(rf"(\d(?:{_BETWEEN}\d){{3}})[\s,;:]{{0,3}}(?:[Нн]омер|[Nn]umber)[\s.:№]{{0,3}}(?=\d)")
_SHORTEST_RUN = 9
_LONGEST = 500
#: In ASCII: as many digits as the shortest run has, whatever stands between them.
_ENOUGH_DIGITS = re.compile(r"[0-9](?:[^0-9]*+[0-9]){8}")
#: Nested data is cut at so many floors, and at so many values in one list or mapping and in all.
_DEEPEST, _WIDEST, _MOST = 8, 200, 2000
#: `dict` and `list` first: they are what comes, and asking whether something is a `Mapping` takes long.
_LISTS = (list, tuple)
_NESTED = (dict, list, tuple, set, frozenset, Mapping)


@dataclass(frozen=True)
class CallStep:
    """One event of a call; `at` is aware UTC."""

    at: datetime
    kind: str
    data: Data


@dataclass(frozen=True)
class CallRecord:
    """One call. `caller` is E.164 or ""; `ended_at` None while it lasts; `reason` why it ended ("" not yet)."""

    call_id: str
    caller: str = ""
    did: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    language: str = ""
    category: str = ""
    ticket: str = ""
    queue: str = ""
    reason: str = ""
    score: int | None = None
    steps: tuple[CallStep, ...] = ()

    @property
    def seconds(self) -> float | None:
        """From the first to the last event; None while the call lasts."""
        if self.started_at is None or self.ended_at is None:
            return None
        return (self.ended_at - self.started_at).total_seconds()


def fold(call_id: str, steps: Iterable[CallStep], caller: str = "", score: int | None = None) -> CallRecord:
    """The record of a call from its events, oldest first. What was said last counts; unknown kinds are kept."""
    told = tuple(steps)
    known: dict[str, str] = {}
    ended: datetime | None = None
    for step in told:
        for field in ("did", "language", "category", "ticket", "queue"):
            value = step.data.get(field)
            if value not in (None, "") and not (field == "queue" and step.kind == "route"):
                known[field] = str(value)
        if step.kind == END:
            ended = step.at
            # A call may come back to the controller for its rating; why the menu ended is what is asked for.
            known["reason"] = known.get("reason") or str(step.data.get("reason") or "")
        elif step.kind == START and ended is None:
            caller = caller or str(step.data.get("caller") or "")
        elif step.kind == "rating" and score is None:
            given = step.data.get("score")
            score = given if isinstance(given, int) else None
    return CallRecord(
        call_id=call_id,
        caller=caller,
        started_at=told[0].at if told else None,
        ended_at=ended,
        score=score,
        steps=told,
        **known,
    )


def time_line(record: CallRecord) -> list[tuple[float, str, str]]:
    """Every event as (seconds since the first, kind, what was said in words "key=value …"; nothing nested)."""
    if not record.steps:
        return []
    start = record.steps[0].at
    return [
        ((step.at - start).total_seconds(), step.kind, " ".join(f"{k}={v}" for k, v in _flat(step.data)))
        for step in record.steps
    ]


def _flat(data: Data) -> list[tuple[str, Value]]:
    return [(key, value) for key, value in data.items() if not isinstance(value, list | dict) and key != "digest"]


class JournalData(dict[str, Value]):
    """What `journal_data` has made, and nothing else; not changed afterwards."""


def journal_data(data: Mapping[str, object]) -> JournalData:
    """`data` as the journal may keep it: no whole phone, no identity digits, nothing a database would refuse.

    Lists and mappings may be nested; what is too deep or too much is left out. What has been made so already is
    given back as it is.
    """
    if isinstance(data, JournalData):
        return data
    room = [_MOST]
    return JournalData((_text(str(key)), _value(str(key), value, 1, room)) for key, value in data.items())


def _value(key: str, value: object, depth: int, room: list[int]) -> Value:
    room[0] -= 1
    # most of what is journalled are short words and small numbers of our own: nothing in them can be masked
    kind = type(value)
    if kind is str:
        assert isinstance(value, str)
        if _harmless(value) and key not in _PHONE_FIELDS:
            return value
    elif kind is int:
        assert isinstance(value, int)
        if -(10**8) < value < 10**8:
            return value
    elif value is None:
        return None
    elif isinstance(value, bool):
        return int(value)
    elif isinstance(value, _NESTED):
        return _nested(key, value, depth, room)
    if isinstance(value, float):
        # NaN and the infinities are no JSON.
        return value if value - value == 0 else str(value)
    if isinstance(value, int) and abs(value) < 10**8:
        return value
    text = _text(str(value))
    if key in _OPEN_FIELDS:
        return text
    if key in _PHONE_FIELDS:
        return _last_four(text)
    return _masked(text)


def _nested(key: str, value: object, depth: int, room: list[int]) -> Value:
    if depth >= _DEEPEST:
        return None
    if type(value) is dict or (not isinstance(value, _LISTS) and isinstance(value, Mapping)):
        inside = list(value.items())[: max(0, min(_WIDEST, room[0]))]
        return {_key(name := str(k)): _value(name, v, depth + 1, room) for k, v in inside}
    assert isinstance(value, Iterable)
    items = list(value) if isinstance(value, _LISTS) else sorted(value, key=str)
    # what is in a list is what the list is called
    return [_value(key, item, depth + 1, room) for item in items[: max(0, min(_WIDEST, room[0]))]]


def masked_text(text: str) -> str:
    """`text` of any length with all but the last four digits of long runs of digits masked."""
    if _harmless(text):
        return text
    text = text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
    if len(text) < _SHORTEST_RUN:
        return text
    if "омер" in text or "umber" in text:
        text = _NUMBER.sub(r"\1 № ", text)
    for runs in _LONG_RUNS:
        text = runs.sub(lambda run: run["date"] or _last_four(run.group()), text)
    return text


@lru_cache(maxsize=512)
def _key(name: str) -> str:
    """A name in nested data; they are few, and always the same."""
    return _masked(name)


def _masked(text: str) -> str:
    return masked_text(_text(text))


def _harmless(text: str) -> bool:
    """There is no run to mask in it (it has fewer digits than the shortest), and nothing a database would refuse."""
    length = len(text)
    if length > _LONGEST or not text.isascii() or "\0" in text:
        return False
    return length < _SHORTEST_RUN or _ENOUGH_DIGITS.search(text) is None


def _last_four(text: str) -> str:
    digits = "".join(c for c in text if c.isdecimal())
    return "*" * max(0, len(digits) - 4) + digits[-4:]


def _text(text: str) -> str:
    text = text[:_LONGEST].replace("\0", "")
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
