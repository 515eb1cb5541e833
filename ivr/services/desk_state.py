"""What an operator's page shows of himself: his state, the call that rings for him, the call he is on."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from ivr.domain.calls import CallRecord
from ivr.domain.live import LiveQueues
from ivr.domain.live_people import people
from ivr.domain.live_types import call_id_of
from ivr.services.board_rows import login_of

#: After these the call is with another than whom it was passed on to.
_WITH_ANOTHER = ("answered", "waiting", "end")


@dataclass(frozen=True)
class DeskState:
    """`state`: see `ivr.domain.live_people.STATES`, or "out": not logged in. `ringing`, `talking`: call ids, "" none.
    `waiting`: callers in his queues. Times ISO 8601, "" unknown."""

    operator: str
    state: str
    since: str
    reason: str
    queues: tuple[str, ...]
    ringing: str
    talking: str
    waiting: int


class Passed:
    """Who was passed on to whom, as long as the call is alive. `get`: the call's record; `alive`: ids of the calls."""

    def __init__(self, get: Callable[[str], CallRecord | None], alive: Callable[[], Collection[str]]) -> None:
        self._get, self._alive = get, alive
        self._to: dict[str, str] = {}

    def heard(self, call_id: str) -> None:
        """Something was written about this call."""
        record = self._get(call_id)
        step = record.steps[-1] if record and record.steps else None
        if step is None or step.kind not in (*_WITH_ANOTHER, "transferred"):
            return
        self._to = {operator: call for operator, call in self._to.items() if call != call_id}
        if step.kind == "transferred" and step.data.get("to"):
            self._to[str(step.data["to"])] = call_id

    def call_of(self, operator: str) -> str:
        """The call that was passed on to him and goes on; "" none."""
        call_id = self._to.get(operator, "")
        if call_id and call_id not in self._alive():
            del self._to[operator]
            return ""
        return call_id

    def operators(self, call_id: str) -> set[str]:
        """To whom this call was passed on."""
        return {operator for operator in list(self._to) if self.call_of(operator) == call_id}


class DeskStates:
    """Reads the live queues. `live()`: them; `wrapup_s`: rest after a call, as queues.conf has it."""

    def __init__(self, live: Callable[[], LiveQueues], wrapup_s: int, passed: Passed | None = None) -> None:
        self._live, self._wrapup = live, wrapup_s
        self._passed = passed or Passed(lambda _: None, tuple)

    def of(self, operator: str, at: datetime) -> DeskState:
        """The state of the operator with this login at `at`."""
        return self.every((operator,), at)[operator]

    def every(self, operators: Iterable[str], at: datetime) -> dict[str, DeskState]:
        """The states of these operators, by login; the queues are gone through once for all of them."""
        live = self._live()
        persons = {login_of(person.name): person for person in people(live, at, self._wrapup)}
        ringing = {login_of(phone): caller for caller in live.callers.values() for phone in caller.ringing}
        talking = {login_of(talk.name): talk for talk in live.talks.values()}
        found = {}
        for operator in operators:
            person, rung, talk = persons.get(operator), ringing.get(operator), talking.get(operator)
            queues = person.queues if person else ()
            found[operator] = DeskState(
                operator,
                person.state if person else "out",
                person.since.isoformat(timespec="milliseconds") if person and person.since else "",
                person.reason if person else "",
                queues,
                call_id_of(rung.uniqueid) if rung else "",
                call_id_of(talk.uniqueid) if talk else self._passed.call_of(operator),
                sum(len(live.lines.get(queue, ())) for queue in queues),
            )
        return found

    def operators(self, call_id: str) -> frozenset[str]:
        """Logins of those for whom this call rings now, or who are connected with it."""
        live = self._live()
        rung = {login_of(phone) for caller in live.callers.values() if call_id_of(caller.uniqueid) == call_id
                for phone in caller.ringing}  # fmt: skip
        talk = {login_of(talk.name) for talk in live.talks.values() if call_id_of(talk.uniqueid) == call_id}
        return frozenset(rung | talk | self._passed.operators(call_id))
