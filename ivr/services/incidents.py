"""The incident desk: known faults added, ended and announced, and who wants to know when they are over.

A caller is answered from memory, which is read anew every few seconds and after every change: no call waits for the
database. What an incident says is built beside the calls; until it is there the general words are said.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from ivr.domain.audit import LONGEST_WHY, AuditEntry
from ivr.domain.incidents import GENERAL_WORDS, Fault, Incident, IncidentFault, announced, checked
from ivr.errors import HotlineError, StorageError
from ivr.services.ports import Audit, Clock, Incidents

log = logging.getLogger(__name__)
#: What could not be made is tried again after so long.
_PATIENCE = timedelta(minutes=1)
#: Recordings that are kept: of so many incidents, and so many of which no incident came.
_REMEMBERED, _DRAFTS = 500, 20
#: language, key of the sound
Sound = tuple[str, str]


class IncidentSounds(Protocol):
    """What incidents say, as files. Every method is slow, and is called beside the calls."""

    def ready(self, wanted: Collection[Sound]) -> set[Sound]:
        """Those of `wanted` that can be played."""

    def build(self, sound: Sound, text: str, recording: str) -> None:
        """Make it of the recording with that digest, else ("") by the voice. Raises `HotlineError`."""

    def keep(self, recording: bytes, name: str) -> str:
        """Check a WAV recording and keep it; its digest. `DataError` when it cannot be played, naming it as `name`."""

    def trim(self, used: Collection[str], drafts: int) -> None:
        """Remove all recordings but those `used` (digests) and the newest `drafts` of the others."""

    def kept(self, digest: str) -> bool:
        """Is there a recording of that digest?"""

    def sweep(self, wanted: Collection[Sound]) -> None:
        """Remove every other one."""


class IncidentDesk:
    """`languages`, `categories`, `regions`: those there are; `new_id` draws an id. Seconds: `every` the desk looks."""

    def __init__(
        self,
        incidents: Incidents,
        sounds: IncidentSounds,
        audit: Audit,
        clock: Clock,
        languages: Sequence[str],
        categories: Sequence[str],
        regions: Collection[str],
        new_id: Callable[[], str],
        every: float = 5.0,
    ) -> None:
        self._incidents, self._sounds, self._audit, self._clock = incidents, sounds, audit, clock
        self._languages, self._categories, self._regions = languages, categories, regions
        self._new_id = new_id
        self._every = every
        self._open: tuple[Incident, ...] = ()
        self._ready: set[Sound] = set()
        self._failed: dict[Sound, datetime] = {}
        self._heard: Counter[str] = Counter()
        self._deflected: Counter[str] = Counter()
        self._changed = asyncio.Event()
        #: language -> sound -> what it says, for who reads what he hears
        self.words: dict[str, dict[str, str]] = {language: {} for language in languages}
        #: told when the open incidents, or how many want to know, are others than before
        self.on_change: list[Callable[[], None]] = []

    def announced(
        self, category: str, region: str, language: str, heard: Collection[str]
    ) -> tuple[Incident, str] | None:
        """What a caller is told now, and the sound of it; None for nothing new."""
        found = announced(self._open, category, region, self._clock.now(), heard)
        if found is None:
            return None
        sound = found.sound(language)
        return found, sound if (language, sound) in self._ready else GENERAL_WORDS

    def heard(self, id: str) -> None:
        """A call has heard it."""
        self._heard[id] += 1

    def deflected(self, id: str) -> None:
        """A call ended with it."""
        self._deflected[id] += 1

    async def keep(self, recording: bytes, name: str) -> str:
        """Keep a WAV recording for an incident to be added; its digest. Raises `DataError`, naming it as `name`,
        and `StorageError`. Those that no incident came of do not fill the disk."""
        known = [*self._open, *await self._incidents.list(_REMEMBERED)]
        used = {digest for incident in known for digest in incident.recorded.values()}
        digest = await asyncio.to_thread(self._sounds.keep, recording, name)
        await asyncio.to_thread(self._sounds.trim, used, _DRAFTS)
        return digest

    async def add(self, by: str, draft: Incident, why: str = "") -> Incident:
        """Announce it from its start on; `id`, `created_*` of the draft are not looked at.

        Raises `IncidentFault` and `StorageError`.
        """
        _why(why)
        now = self._clock.now()
        draft = replace(draft, id=self._new_id(), created_at=now, created_by=by)
        incident = checked(draft, self._languages, self._categories, self._regions)
        lacking = [(lang, digest) for lang, digest in draft.recorded.items() if not self._sounds.kept(digest)]
        if lacking:
            raise IncidentFault([Fault(f"text_{lang}", "recording", {"name": digest}) for lang, digest in lacking])
        data = {"severity": incident.severity, "categories": incident.categories, "regions": incident.regions}
        entry = await self._audit.record(AuditEntry(now, by, "incident_add", incident.id, why, data))
        await self._incidents.add(incident)
        await self._settle(entry, "done")
        self._changed.set()
        return incident

    async def end(self, by: str, id: str, why: str = "") -> int | None:
        """End it; how many are told so. None: it is over already, or there is none."""
        _why(why)
        now = self._clock.now()
        entry = await self._audit.record(AuditEntry(now, by, "incident_end", id, why))
        told = await self._incidents.end(id, by, now)
        await self._settle(entry, "void" if told is None else "done")
        self._changed.set()
        return told

    async def subscribe(self, id: str, number: str, language: str, call_id: str) -> str:
        """Tell `number` (E.164, a mobile) when it is over: subscribed, already, over. Raises `StorageError`."""
        outcome = await self._incidents.subscribe(id, number, language, call_id, self._clock.now())
        self._changed.set()
        return outcome

    async def list(self, limit: int = 50) -> "list[Incident]":
        """The newest first, with their counts. Raises `StorageError`."""
        return await self._incidents.list(limit)

    def now(self) -> datetime:
        """The moment by which they are on or over."""
        return self._clock.now()

    async def run(self) -> None:
        """Look after them until cancelled."""
        away = False
        while True:
            self._changed.clear()
            try:
                await self.look()
                away = False
            except StorageError as error:
                if not away:
                    log.warning("incidents stay as they were: %s", error, extra={"action": "incidents_away"})
                away = True
            except Exception:
                log.exception("looking after incidents failed; it is tried again")
            try:
                async with asyncio.timeout(self._every):
                    await self._changed.wait()
            except TimeoutError:
                continue

    async def look(self) -> None:
        """End what is due, count, read, and build what is lacking. Raises `StorageError`."""
        for id in await self._incidents.end_due(self._clock.now()):
            log.info("incident %s is over as planned", id, extra={"action": "incident_over"})
        await self._count()
        before, self._open = self._open, tuple(await self._incidents.open())
        if self._open != before:
            for listener in self.on_change:
                listener()
        wanted = {
            (language, incident.sound(language)): incident
            for incident in self._open
            for language in {*incident.texts, *incident.recorded}
        }
        for language, words in self.words.items():
            words.clear()
            words.update({i.sound(language): i.texts[language] for i in self._open if language in i.texts})
        self._ready = await asyncio.to_thread(self._sounds.ready, wanted)
        for sound, incident in wanted.items():
            failed = self._failed.get(sound)
            if sound not in self._ready and (failed is None or self._clock.now() - failed > _PATIENCE):
                await self._build(sound, incident)
        if self._open != before:
            await asyncio.to_thread(self._sounds.sweep, wanted)

    async def _build(self, sound: Sound, incident: Incident) -> None:
        language, key = sound
        try:
            await asyncio.to_thread(
                self._sounds.build, sound, incident.texts.get(language, ""), incident.recorded.get(language, "")
            )
        except HotlineError as error:
            if sound not in self._failed:
                log.error("incident %s is not said in %s, the general words are: %s", incident.id, language, error,
                          extra={"action": "incident_sound"})  # fmt: skip
            self._failed[sound] = self._clock.now()
            return
        self._failed.pop(sound, None)
        self._ready.add((language, key))

    async def _count(self) -> None:
        for id in {*self._heard, *self._deflected}:
            heard, deflected = self._heard[id], self._deflected[id]
            await self._incidents.count(id, heard, deflected)
            # those that came while the database wrote are counted the next time
            self._heard[id] -= heard
            self._deflected[id] -= deflected
        self._heard, self._deflected = +self._heard, +self._deflected

    async def _settle(self, entry: int, outcome: str) -> None:
        try:
            await self._audit.settle(entry, outcome)
        except StorageError as error:
            log.error("the outcome %r of audit entry %d is not kept: %s", outcome, entry, error,
                      extra={"action": "audit_outcome"})  # fmt: skip


def _why(why: str) -> None:
    if len(why) > LONGEST_WHY:
        raise IncidentFault([Fault("why", "reason", {"n": LONGEST_WHY})])
