"""Incidents in memory, for tests and demonstrations; see `ivr.testing`."""

import builtins
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from ivr.domain.incidents import Incident
from ivr.errors import DataError, StorageError
from ivr.services import incidents, ports


class MemoryIncidents(ports.Incidents):
    """Incidents by id; `messages`: (number, language) of everybody who was told. `away`: every use fails."""

    def __init__(self) -> None:
        self.incidents: dict[str, Incident] = {}
        self.numbers: dict[str, dict[str, str]] = {}
        self.messages: builtins.list[tuple[str, str]] = []
        self.away = False

    def _here(self) -> None:
        if self.away:
            raise StorageError

    async def add(self, incident: Incident) -> None:
        self._here()
        self.incidents[incident.id] = incident

    async def get(self, id: str) -> Incident | None:
        self._here()
        return self.incidents.get(id)

    async def open(self) -> builtins.list[Incident]:
        self._here()
        return [each for each in self.incidents.values() if each.ended_at is None]

    async def list(self, limit: int = 50) -> builtins.list[Incident]:
        self._here()
        return sorted(self.incidents.values(), key=lambda each: each.created_at, reverse=True)[:limit]

    async def end(self, id: str, by: str, at: datetime) -> int | None:
        self._here()
        there = self.incidents.get(id)
        if there is None or there.ended_at is not None:
            return None
        self.incidents[id] = replace(there, ended_at=at, ended_by=by)
        told = [*self.numbers.get(id, {}).items()]
        self.messages += told
        return len(told)

    async def end_due(self, at: datetime) -> builtins.list[str]:
        due = [each.id for each in await self.open() if each.ends_at is not None and each.ends_at <= at]
        return [id for id in due if await self.end(id, "", at) is not None]

    async def subscribe(self, id: str, number: str, language: str, call_id: str, at: datetime) -> str:
        self._here()
        there = self.incidents.get(id)
        if there is None or there.state(at) == "over":
            return "over"
        numbers = self.numbers.setdefault(id, {})
        if number in numbers:
            return "already"
        numbers[number] = language
        self.incidents[id] = replace(there, subscribers=len(numbers))
        return "subscribed"

    async def count(self, id: str, heard: int = 0, deflected: int = 0) -> None:
        self._here()
        there = self.incidents[id]
        self.incidents[id] = replace(there, heard=there.heard + heard, deflected=there.deflected + deflected)


class MemoryIncidentSounds(incidents.IncidentSounds):
    """Sounds as what they are made of. A text with "unspeakable" in it cannot be made."""

    def __init__(self) -> None:
        self.made: dict[tuple[str, str], str] = {}
        self.recordings: dict[str, bytes] = {}

    def ready(self, wanted: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
        return {*wanted} & {*self.made}

    def build(self, sound: tuple[str, str], text: str, recording: str) -> None:
        if "unspeakable" in text:
            raise DataError("no voice says that")
        self.made[sound] = recording or text

    def keep(self, recording: bytes, name: str) -> str:
        if not recording.startswith(b"RIFF"):
            raise DataError(f"{name}: is not a WAV file")
        self.recordings[f"d{len(recording)}"] = recording
        return f"d{len(recording)}"

    def trim(self, used: Collection[str], drafts: int) -> None:
        for digest in [each for each in self.recordings if each not in used][: -drafts or None]:
            del self.recordings[digest]

    def kept(self, digest: str) -> bool:
        return digest in self.recordings

    def sweep(self, wanted: Collection[tuple[str, str]]) -> None:
        self.made = {sound: made for sound, made in self.made.items() if sound in wanted}
