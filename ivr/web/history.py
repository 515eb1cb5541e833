"""The history of calls: found by number, ticket, operator and the rest; the journey of one, and why it went there."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from aiohttp import web

from ivr.domain.departments import Department
from ivr.domain.journey_words import JourneyWords
from ivr.domain.queue_plan import QueuePlan
from ivr.domain.regions import Regions
from ivr.domain.route_words import RouteWords
from ivr.flow.book import CATEGORIES
from ivr.services.call_history import CallHistory, NotPermitted, Reader
from ivr.web.faults import WebFault
from ivr.web.history_export import Portions, Sheet, as_csv, as_xlsx
from ivr.web.history_models import (
    HistoryPage,
    HistoryQuery,
    HistoryWords,
    JourneyState,
    Named,
    WholeNumber,
)
from ivr.web.routes import Role, Route
from ivr.web.visit import Visit

READERS: frozenset[Role] = frozenset({"operator", "supervisor", "administrator"})
#: Who may see every call, look for a number and see it whole.
ALL: frozenset[Role] = frozenset({"supervisor", "administrator"})
#: Exports that are written at once.
_EXPORTS = 2
_T = TypeVar("_T")
Send = Callable[[web.Request, str, Sheet, Portions], Awaitable[web.StreamResponse]]


class HistoryPages:
    """`words`, `routes`: by language; `operators`: login -> name."""

    def __init__(
        self,
        history: CallHistory,
        words: Mapping[str, JourneyWords],
        routes: Mapping[str, RouteWords],
        plan: QueuePlan,
        regions: Regions,
        departments: Mapping[str, Department],
        operators: Mapping[str, str],
    ) -> None:
        self._history, self._words, self._routes = history, words, routes
        self._plan, self._regions, self._departments, self._operators = plan, regions, departments, operators
        self._exports = asyncio.Semaphore(_EXPORTS)

    def routes(self) -> list[Route]:
        one = "/api/history/{call_id}"
        return [
            Route("GET", "/api/history", self.search, READERS, "Calls, newest first", query=HistoryQuery,
                  answer=HistoryPage),
            Route("GET", "/api/history/words", self.words, READERS, "What calls can be looked for by",
                  answer=HistoryWords),
            Route("GET", "/api/history/export/calls.csv", self.csv, READERS, "Calls as CSV", query=HistoryQuery,
                  limit_s=None, per_minute=10),
            Route("GET", "/api/history/export/calls.xlsx", self.xlsx, READERS, "Calls as XLSX", query=HistoryQuery,
                  limit_s=None, per_minute=10),
            Route("GET", one, self.journey, READERS, "The journey of a call, and why it went there",
                  answer=JourneyState),
            Route("GET", f"{one}/number", self.number, ALL, "The caller's whole number; it is put on record who asked",
                  answer=WholeNumber),
        ]  # fmt: skip

    async def search(self, visit: Visit) -> HistoryPage:
        wanted = visit.query.search()
        found = await _permitted(self._history.search(reader(visit), wanted, visit.at, visit.query.numbers))
        return HistoryPage.of(found.lines, found.more)

    async def words(self, visit: Visit) -> HistoryWords:
        language = visit.language
        words, route = self._words[language], self._routes[language]
        regions = [Named(id=code, name=route.region(code)) for code in self._regions.by_code]
        return HistoryWords(
            queues=[Named(id=rule.name, name=route.queue(rule.name)) for rule in self._plan.queues],
            categories=[Named(id=id_, name=route.category(id_)) for id_ in CATEGORIES],
            regions=sorted(regions, key=lambda named: named.name),
            languages=[Named(id=id_, name=name) for id_, name in route.languages.items()],
            sources=[Named(id=id_, name=name) for id_, name in words.values("source").items()],
            outcomes=[Named(id=id_, name=name) for id_, name in words.values("reason").items()],
            operators=[Named(id=login, name=name or login) for login, name in self._operators.items()],
            departments=[Named(id=each.id, name=each.names[language]) for each in self._departments.values()],
            numbers=reader(visit).all,
        )

    async def journey(self, visit: Visit) -> JourneyState:
        found = await self._history.journey(reader(visit), visit.path["call_id"])
        if found is None:
            raise unknown()
        return JourneyState.of(found, self._words[visit.language], self._routes[visit.language])

    async def number(self, visit: Visit) -> WholeNumber:
        number = await _permitted(self._history.number(reader(visit), visit.path["call_id"], visit.at))
        if number is None:
            raise unknown()
        return WholeNumber(number=number)

    async def csv(self, visit: Visit) -> web.StreamResponse:
        return await self._export(visit, as_csv)

    async def xlsx(self, visit: Visit) -> web.StreamResponse:
        return await self._export(visit, as_xlsx)

    async def _export(self, visit: Visit, send: Send) -> web.StreamResponse:
        wanted = visit.query.search()
        sheet = Sheet(self._words[visit.language], self._routes[visit.language], visit.language)
        portions = await _permitted(self._history.export(reader(visit), wanted, visit.at, visit.query.numbers))
        async with self._exports:
            return await send(visit.request, f"calls-{visit.at:%Y-%m-%d-%H%M}", sheet, portions)


def reader(visit: Visit) -> Reader:
    """Who looks, and what he may see."""
    return Reader(visit.me.login, visit.me.phone if "operator" in visit.me.roles else "", bool(visit.me.roles & ALL))


def unknown() -> WebFault:
    """The call is not there, or is none of this visitor's: he is not told which."""
    return WebFault("unknown_call", 404, {"ru": "Такого звонка нет.", "en": "There is no such call."})


async def _permitted(work: Awaitable[_T]) -> _T:
    try:
        return await work
    except NotPermitted:
        raise WebFault("not_allowed", 403, {
            "ru": "Искать по номеру и видеть номера целиком могут старший смены и администратор.",
            "en": "Supervisors and administrators alone look for numbers and see them whole.",
        }) from None  # fmt: skip
