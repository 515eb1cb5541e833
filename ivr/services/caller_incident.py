"""Known faults in one call: what it has heard, whether it ended with that, and the wish to be told of the end."""

import logging
from collections.abc import Callable

from ivr.domain.incidents import Incident
from ivr.errors import StorageError
from ivr.flow.incident_commands import AskIncident, IncidentFound, Subscribed, TellWhenFixed
from ivr.services.incidents import IncidentDesk

log = logging.getLogger(__name__)
#: kind, data
Note = Callable[[str, dict[str, object]], None]


class CallerIncident:
    """`note` writes into the call's journal."""

    def __init__(self, desk: IncidentDesk, call_id: str, note: Note) -> None:
        self._desk, self._call_id, self._note = desk, call_id, note
        self._heard: list[Incident] = []

    def find(self, command: AskIncident, region: str, language: str) -> IncidentFound:
        """What the caller has not heard yet."""
        told = self._desk.announced(command.category, region, language, [each.id for each in self._heard])
        if told is None:
            return IncidentFound()
        incident, sound = told
        self._heard.append(incident)
        self._desk.heard(incident.id)
        self._note("incident", {"incident": incident.id, "severity": incident.severity, "sound": sound})
        return IncidentFound(incident.id, (sound,))

    async def subscribe(self, command: TellWhenFixed, language: str) -> Subscribed:
        """Note the number."""
        try:
            outcome = await self._desk.subscribe(command.incident, command.number, language, self._call_id)
        except StorageError:
            log.warning("a wish to be told is not kept", extra={"action": "subscription_lost"})
            return Subscribed("failed")
        self._note("incident_subscribed", {"incident": command.incident, "outcome": outcome})
        return Subscribed("already" if outcome == "already" else "over" if outcome == "over" else "noted")

    def hung_up(self) -> None:
        """The caller hung up in the menus: what he heard was enough."""
        if self._heard:
            self._desk.deflected(self._heard[-1].id)
            self._note("deflected", {"incident": self._heard[-1].id})
