"""Known faults for supervisors and administrators: announced, heard before, ended; how many want to know."""

import asyncio
from datetime import datetime
from typing import Annotated, Any, Protocol

from aiohttp import web
from pydantic import BaseModel, Field

from ivr.domain.audit import LONGEST_WHY
from ivr.domain.incidents import FAULTS, LONGEST_TEXT, Fault, Incident, IncidentFault, Severity, text_faults
from ivr.errors import DataError
from ivr.services.incidents import IncidentDesk
from ivr.tasks import spawn
from ivr.web.board import WATCHERS
from ivr.web.faults import WebFault, Words
from ivr.web.live import Live
from ivr.web.routes import Body, Moment, Query, Route
from ivr.web.visit import Visit

TOPIC = "incidents"
#: Bytes of a recording as it is sent.
_MOST = 4_000_000
_SHOWN = 30
_RUSSIAN = {
    "category": "нет категории {name}",
    "region": "нет региона {name}",
    "severity": "notice, serious или outage",
    "ends_at": "должно быть позже начала",
    "language": "на языке {name} линия не говорит",
    "empty": "напишите или запишите текст хотя бы на одном языке",
    "length": "в тексте {n} знаков, а сказать и выслушать можно от 15 до 400",
    "digits": "числа пишите словами, как они звучат; номерам людей и документов здесь не место",
    "signs": "это нельзя произнести: {signs}",
    "no_words": "в тексте нет слов",
    "recording": "такой записи нет",
    "reason": "в причине не больше {n} знаков",
}
Text = Annotated[str, Field(max_length=4 * LONGEST_TEXT)]
Code = Annotated[str, Field(max_length=40)]


class Voice(Protocol):
    """What speaks and keeps the sounds; slow."""

    def preview(self, language: str, text: str) -> bytes:
        """A WAV file of what would be said."""

    def recording(self, digest: str) -> bytes | None:
        """The WAV file that was kept."""


class NewIncident(Body):
    """Empty `categories` or `regions`: all. `texts`, and `recorded` (digests of recordings sent before), by language.

    No `starts_at`: now; no `ends_at`: until somebody ends it.
    """

    categories: list[Code] = Field(default=[], max_length=20)
    regions: list[Code] = Field(default=[], max_length=100)
    severity: Severity = "serious"
    texts: dict[Code, Text] = Field(default={}, max_length=20)
    recorded: dict[Code, Code] = Field(default={}, max_length=20)
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    why: str = Field(default="", max_length=LONGEST_WHY)


class EndIncident(Body):
    why: str = Field(default="", max_length=LONGEST_WHY)


class Preview(Query):
    language: str = Field(max_length=10)
    text: Text


class Language(Query):
    language: str = Field(max_length=10)


class OneIncident(BaseModel):
    """`state`: planned, on, over."""

    id: str
    state: str
    severity: str
    categories: list[str]
    regions: list[str]
    texts: dict[str, str]
    recorded: dict[str, str]
    starts_at: datetime
    ends_at: datetime | None
    ended_at: datetime | None
    ended_by: str
    created_by: str
    heard: int
    deflected: int
    subscribers: int


class AllIncidents(BaseModel):
    """`languages` that can be spoken, `regions` by code, the newest incidents first."""

    languages: list[str]
    categories: list[str]
    regions: dict[str, str]
    incidents: list[OneIncident]


class Ended(BaseModel):
    """`told`: how many get an SMS."""

    told: int


class Kept(BaseModel):
    digest: str


class IncidentPages:
    """`regions`: code -> name by language of the pages ("ru", "en")."""

    def __init__(
        self,
        desk: IncidentDesk,
        voice: Voice,
        live: Live,
        languages: list[str],
        categories: list[str],
        regions: dict[str, dict[str, str]],
    ) -> None:
        self._desk, self._voice, self._live = desk, voice, live
        self._languages, self._categories, self._regions = languages, categories, regions
        self._speaking = asyncio.Semaphore(1)
        live.topic(TOPIC, WATCHERS, self._snapshot)
        desk.on_change.append(self._changed)

    def routes(self) -> list[Route]:
        return [
            Route("GET", "/api/incidents", self.all, WATCHERS, "Known faults, the newest first", answer=AllIncidents),
            Route("POST", "/api/incidents", self.add, WATCHERS, "Announce a fault", body=NewIncident,
                  answer=OneIncident),
            Route("POST", "/api/incidents/{id}/end", self.end, WATCHERS,
                  "A fault is mended: announce it no more, tell who wanted to know", body=EndIncident, answer=Ended),
            Route("GET", "/api/incidents/preview", self.preview, WATCHERS, "How a text will be spoken (WAV)",
                  query=Preview, limit_s=30.0, per_minute=20),
            Route("POST", "/api/incidents/recordings", self.keep, WATCHERS, "Send a WAV recording", query=Language,
                  answer=Kept, limit_s=60.0, per_minute=20),
            Route("GET", "/api/incidents/recordings/{digest}", self.recording, WATCHERS, "A recording that was sent"),
        ]  # fmt: skip

    async def all(self, visit: Visit) -> AllIncidents:
        return AllIncidents(
            languages=self._languages,
            categories=self._categories,
            regions={code: names.get(visit.language, code) for code, names in self._regions.items()},
            incidents=await self._list(visit.at),
        )

    async def add(self, visit: Visit) -> OneIncident:
        body: NewIncident = visit.body
        draft = Incident(
            id="",
            categories=frozenset(body.categories),
            regions=frozenset(body.regions),
            severity=body.severity,
            starts_at=body.starts_at or visit.at,
            ends_at=body.ends_at,
            created_at=visit.at,
            created_by="",
            texts=body.texts,
            recorded=body.recorded,
        )
        try:
            incident = await self._desk.add(visit.me.login, draft, body.why)
        except IncidentFault as fault:
            raise _refused(fault.faults) from None
        return _one(incident, visit.at)

    async def end(self, visit: Visit) -> Ended:
        told = await self._desk.end(visit.me.login, visit.path["id"][:40], visit.body.why)
        if told is None:
            raise WebFault("not_open", 404, {"ru": "Этого сбоя нет, или он уже окончен.",
                                             "en": "There is no such fault, or it is over already."})
        return Ended(told=told)

    async def preview(self, visit: Visit) -> web.Response:
        query: Preview = visit.query
        if query.language not in self._languages:
            raise _refused([Fault("language", "language", {"name": query.language})])
        if faults := text_faults(" ".join(query.text.split())):
            raise _refused(faults)
        async with self._speaking:
            try:
                sound = await asyncio.to_thread(self._voice.preview, query.language, query.text)
            except DataError:
                raise WebFault("no_voice", 409, {"ru": "На этом языке голоса нет: запишите текст.",
                                                 "en": "No voice speaks that language: record the text."}) from None
        return web.Response(body=sound, content_type="audio/wav")

    async def keep(self, visit: Visit) -> Kept:
        data = bytearray()
        async for chunk in visit.request.content.iter_chunked(65_536):
            data += chunk
            if len(data) > _MOST:
                raise WebFault("too_large", 413, {"ru": "Запись слишком длинная.", "en": "The recording is too long."})
        try:
            digest = await self._desk.keep(bytes(data), "recording")
        except DataError as error:
            raise WebFault("recording", 400, {"ru": f"Запись не подходит: {error}", "en": str(error)}) from None
        return Kept(digest=digest)

    async def recording(self, visit: Visit) -> web.Response:
        sound = await asyncio.to_thread(self._voice.recording, visit.path["digest"])
        if sound is None:
            raise WebFault("not_found", 404, {"ru": "Такой записи нет.", "en": "There is no such recording."})
        return web.Response(body=sound, content_type="audio/wav")

    async def _list(self, at: datetime) -> list[OneIncident]:
        return [_one(incident, at) for incident in await self._desk.list(_SHOWN)]

    async def _snapshot(self, visit: Visit) -> Any:
        return await self._told(visit.at)

    async def _told(self, at: datetime) -> Any:
        return [one.model_dump(mode="json") for one in await self._list(at)]

    def _changed(self) -> None:
        if self._live.listened(TOPIC):
            spawn(self._publish(), "incidents to the browsers")

    async def _publish(self) -> None:
        self._live.publish(TOPIC, await self._told(self._desk.now()))


def _refused(faults: "tuple[Fault, ...] | list[Fault]") -> WebFault:
    fields: dict[str, Words] = {}
    for fault in faults:
        words = {"ru": _RUSSIAN[fault.id].format(**fault.data), "en": FAULTS[fault.id].format(**fault.data)}
        known = fields.get(fault.field)
        if isinstance(known, dict):
            words = {language: f"{known[language]}; {text}" for language, text in words.items()}
        fields[fault.field] = words
    return WebFault("incident", 400, {"ru": "Так объявить сбой нельзя.", "en": "It cannot be announced so."}, fields)


def _one(incident: Incident, at: datetime) -> OneIncident:
    return OneIncident(
        **{
            **vars(incident),
            "state": incident.state(at),
            "categories": sorted(incident.categories),
            "regions": sorted(incident.regions),
        }
    )
