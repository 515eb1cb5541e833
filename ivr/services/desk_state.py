"""What an operator's page shows of himself: his state, the call that rings for him, the call he is on."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from ivr.domain.calls import CallStep
from ivr.domain.live import LiveQueues
from ivr.domain.live_people import people
from ivr.domain.live_types import Message, call_id_of
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
    """Who was passed on to whom, as long as the call is alive. `alive`: ids of the calls.

    Until the colleague has answered, his telephone rings: Asterisk tells it of the caller's channel, which enters a
    bridge with him, and leaves it when he hangs up first (the caller goes on to the rating).
    """

    def __init__(self, alive: Callable[[], Collection[str]]) -> None:
        self._alive = alive
        self._to: dict[str, str] = {}
        self._answered: set[str] = set()

    def heard(self, call_id: str, step: CallStep) -> bool:
        """Something was written about this call; True when something is different now."""
        if step.kind not in (*_WITH_ANOTHER, "transferred"):
            return False
        known = call_id in self._to
        self._over(call_id)
        if step.kind == "transferred" and step.data.get("to"):
            self._to[call_id] = str(step.data["to"])
            return True
        return known

    def event(self, message: Message) -> bool:
        """Hear the manager events (names in lower case); True when something is different now."""
        name, call_id = message.get("event", "").lower(), call_id_of(message.get("uniqueid", ""))
        if call_id not in self._to:
            return False
        if name == "bridgeenter" and call_id not in self._answered:
            self._answered.add(call_id)
            return True
        # one that comes late tells of the talk before
        if name == "bridgeleave" and call_id in self._answered:
            self._over(call_id)
            return True
        return False

    def talking(self, operator: str) -> str:
        """The call that was passed on to him, and that he talks with; "" none."""
        return next((call_id for call_id in self._of(operator) if call_id in self._answered), "")

    def ringing(self, operator: str) -> str:
        """The call that was passed on to him, and that he has not answered yet; "" none."""
        return next((call_id for call_id in self._of(operator) if call_id not in self._answered), "")

    def operators(self, call_id: str) -> set[str]:
        """To whom this call was passed on."""
        operator = self._to.get(call_id, "")
        return {operator} if operator and call_id in self._of(operator) else set()

    def _of(self, operator: str) -> list[str]:
        found = [call_id for call_id, to in self._to.items() if to == operator]
        alive = self._alive() if found else ()
        for call_id in found:
            if call_id not in alive:
                self._over(call_id)
        return [call_id for call_id in found if call_id in alive]

    def _over(self, call_id: str) -> None:
        self._to.pop(call_id, None)
        self._answered.discard(call_id)


class DeskStates:
    """Reads the live queues. `live()`: them; `wrapup_s`: rest after a call, as queues.conf has it."""

    def __init__(self, live: Callable[[], LiveQueues], wrapup_s: int, passed: Passed | None = None) -> None:
        self._live, self._wrapup = live, wrapup_s
        self._passed = passed or Passed(tuple)

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
                call_id_of(rung.uniqueid) if rung else self._passed.ringing(operator),
                call_id_of(talk.uniqueid) if talk else self._passed.talking(operator),
                sum(len(live.lines.get(queue, ())) for queue in queues),
            )
        return found

    def paused_for(self, operator: str) -> frozenset[str]:
        """The reasons for which his phones are paused ("" is none given), whatever he does; empty: they are not."""
        members = self._live().members.values()
        return frozenset(each.reason for each in members if each.paused and login_of(each.name) == operator)

    def operators(self, call_id: str) -> frozenset[str]:
        """Logins of those for whom this call rings now, or who are connected with it."""
        live = self._live()
        rung = {login_of(phone) for caller in live.callers.values() if call_id_of(caller.uniqueid) == call_id
                for phone in caller.ringing}  # fmt: skip
        talk = {login_of(talk.name) for talk in live.talks.values() if call_id_of(talk.uniqueid) == call_id}
        return frozenset(rung | talk | self._passed.operators(call_id))
