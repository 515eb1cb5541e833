"""The journey of a call: its journal cut into stretches (menu, queue, ringing, talk …) for a time line. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ivr.domain.calls import START, CallRecord, CallStep
from ivr.domain.contacts import Contact

#: What a caller goes through, in the order of a usual call; "writing": the operator writes after the talk.
STRETCHES = ("menu", "queue", "ringing", "talk", "hold", "after", "writing")
#: Kinds of the journal that begin a stretch whatever was before.
_BEGINS = {
    START: "menu",
    "waiting": "queue",
    "moved": "menu",
    "steered": "menu",
    "callback_key": "menu",
    "transferred": "menu",
    "answered": "talk",
    "hold": "hold",
    "unhold": "talk",
    "talked": "after",
}
#: Kinds that mean something while somebody talks only.
_DURING = frozenset(("hold", "unhold", "talked"))
#: Of no length to be drawn.
_MOMENT = timedelta(milliseconds=50)
_LONGEST_RING = timedelta(minutes=10)


@dataclass(frozen=True)
class Stretch:
    """`kind`: one of `STRETCHES`. `end` None: it lasts. `queue`: of the waiting; `operator`: login of who is there."""

    kind: str
    begin: datetime
    end: datetime | None = None
    queue: str = ""
    operator: str = ""

    def lasted(self, at: datetime) -> timedelta:
        """So far, at `at`."""
        return max(timedelta(0), (self.end or at) - self.begin)


@dataclass(frozen=True)
class JourneyStep:
    """A step of the journal, `after` the first one, that lasted until the next one (None: it is the last)."""

    step: CallStep
    after: timedelta
    lasted: timedelta | None


def login(name: str) -> str:
    """An operator's login ("101") from his name in the queues ("op-101")."""
    return name.removeprefix("op-")


def steps(record: CallRecord) -> list[JourneyStep]:
    """Every step with its times. A clock that was put back makes no negative ones."""
    found = []
    for number, step in enumerate(record.steps, 1):
        after = record.steps[number] if number < len(record.steps) else None
        lasted = None if after is None else max(timedelta(0), after.at - step.at)
        found.append(JourneyStep(step, max(timedelta(0), step.at - record.steps[0].at), lasted))
    return found


def stretches(record: CallRecord, contacts: Iterable[Contact] = ()) -> list[Stretch]:
    """The stretches of the call in order, without gaps, then those in which operators wrote down what was said."""
    found: list[Stretch] = []
    for step in record.steps:
        kind = _BEGINS.get(step.kind)
        last = found[-1] if found else None
        if last is None:
            kind = kind or "menu"
        if step.kind == "answered":
            _ringing(found, step)
        if kind is None or (last is not None and kind == last.kind == "menu"):
            continue
        if step.kind in _DURING and (last is None or last.kind not in ("talk", "hold")):
            continue
        _close(found, step.at)
        found.append(Stretch(kind, step.at, None, _text(step, "queue"), _operator(step, found)))
    if record.ended_at is not None and record.steps:
        _close(found, max(record.ended_at, record.steps[-1].at))
    drawn = [each for each in found if each.end is None or each.end - each.begin >= _MOMENT]
    return [*drawn, *_writing(contacts)]


def _ringing(found: list[Stretch], step: CallStep) -> None:
    """The end of the waiting was his operator's phone ringing."""
    waited = found[-1] if found and found[-1].kind == "queue" else None
    try:
        rang = min(_LONGEST_RING, timedelta(seconds=max(0, int(str(step.data.get("rang_s"))))))
    except ValueError:
        return
    if waited is None or not rang:
        return
    begin = max(waited.begin, step.at - rang)
    found[-1] = replace(waited, end=begin)
    found.append(Stretch("ringing", begin, None, waited.queue, login(_text(step, "operator"))))


def _close(found: list[Stretch], at: datetime) -> None:
    if found:
        found[-1] = replace(found[-1], end=max(at, found[-1].begin))


def _operator(step: CallStep, before: Sequence[Stretch]) -> str:
    if step.kind == "answered":
        return login(_text(step, "operator"))
    return before[-1].operator if step.kind in ("hold", "unhold") and before else ""


def _writing(contacts: Iterable[Contact]) -> list[Stretch]:
    return [Stretch("writing", each.talked_until, each.closed_at, "", each.operator)
            for each in contacts if each.talked_until is not None]  # fmt: skip


def _text(step: CallStep, name: str) -> str:
    return str(step.data.get(name) or "")
