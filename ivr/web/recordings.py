"""Recordings of talks: listed and played to supervisors, each listening on record; paused by the operator who talks."""

from aiohttp import web
from pydantic import BaseModel, Field

from ivr.services.recordings import NotRecorded, RecordingDesk
from ivr.web.desk_models import CALL_ID
from ivr.web.faults import WebFault
from ivr.web.history import ALL
from ivr.web.history_models import ListenState, RecordingList, RecordingState
from ivr.web.routes import Body, Role, Route
from ivr.web.visit import Visit

_OPERATOR: frozenset[Role] = frozenset({"operator"})


class Rest(Body):
    """`on` false: pause the recording of my talk with this caller; true: go on."""

    call_id: str = Field(pattern=f"^{CALL_ID}$")
    on: bool


class Resting(BaseModel):
    on: bool


class RecordingPages:
    """The recordings of one hotline."""

    def __init__(self, desk: RecordingDesk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        of = "/api/history/{call_id}/recordings"
        return [
            Route("GET", of, self.listed, ALL, "Recordings of a call, and who has listened", answer=RecordingList),
            Route("GET", f"{of}/{{day}}/{{name}}", self.play, ALL, "Listen to a recording; it is put on record",
                  limit_s=None),
            Route("POST", "/api/desk/recording", self.rest, _OPERATOR, "Pause the recording of my talk, or go on",
                  body=Rest, answer=Resting),
        ]  # fmt: skip

    async def listed(self, visit: Visit) -> RecordingList:
        call_id = visit.path["call_id"]
        found = await self._desk.of_call(call_id, visit.at)
        listens = await self._desk.listens(call_id) if found else []
        return RecordingList(
            recordings=[RecordingState.of(recording, state) for recording, state in found],
            listens=[ListenState(at=each.at, who=each.who, began_at=each.began_at) for each in listens],
            kept_days=self._desk.kept_days,
        )

    async def play(self, visit: Visit) -> web.StreamResponse:
        file = f"{visit.path['day']}/{visit.path['name']}"
        path = await self._desk.listen(visit.me.login, visit.path["call_id"], file, visit.at)
        if path is None:
            raise WebFault("no_recording", 404, {
                "ru": "Этой записи нет: её удалили по сроку хранения, или файл пропал.",
                "en": "This recording is not there: it was deleted by rule, or its file is gone.",
            })  # fmt: skip
        # in parts as the browser asks (Range)
        return web.FileResponse(path, headers={"Content-Type": "audio/wav", "Cache-Control": "no-store"})

    async def rest(self, visit: Visit) -> Resting:
        try:
            await self._desk.pause(visit.body.call_id, visit.me.phone, visit.body.on, visit.at)
        except NotRecorded:
            raise WebFault("not_recorded", 409, {
                "ru": "Этот разговор сейчас не записывается.", "en": "This talk is not recorded now.",
            }) from None  # fmt: skip
        return Resting(on=visit.body.on)
