"""What an operator's page shows of himself: his state, the call that rings for him, the call he is on."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from ivr.domain.live import LiveQueues
from ivr.domain.live_people import people
from ivr.domain.live_types import call_id_of
from ivr.services.board_rows import login_of


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


class DeskStates:
    """Reads the live queues. `live()`: them; `wrapup_s`: rest after a call, as queues.conf has it."""

    def __init__(self, live: Callable[[], LiveQueues], wrapup_s: int) -> None:
        self._live, self._wrapup = live, wrapup_s

    def of(self, operator: str, at: datetime) -> DeskState:
        """The state of the operator with this login at `at`."""
        live = self._live()
        person = next((each for each in people(live, at, self._wrapup) if login_of(each.name) == operator), None)
        ringing = next((caller.uniqueid for caller in live.callers.values()
                        if any(login_of(phone) == operator for phone in caller.ringing)), "")  # fmt: skip
        talking = next((talk.uniqueid for talk in live.talks.values() if login_of(talk.name) == operator), "")
        queues = person.queues if person else ()
        return DeskState(
            operator,
            person.state if person else "out",
            person.since.isoformat(timespec="milliseconds") if person and person.since else "",
            person.reason if person else "",
            queues,
            call_id_of(ringing),
            call_id_of(talking),
            sum(len(live.lines.get(queue, ())) for queue in queues),
        )

    def operators(self, call_id: str) -> frozenset[str]:
        """Logins of those for whom this call rings now, or who are connected with it."""
        live = self._live()
        rung = {login_of(phone) for caller in live.callers.values() if call_id_of(caller.uniqueid) == call_id
                for phone in caller.ringing}  # fmt: skip
        talk = {login_of(talk.name) for talk in live.talks.values() if call_id_of(talk.uniqueid) == call_id}
        return frozenset(rung | talk)
