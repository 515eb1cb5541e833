"""The supervisor's board: its state, what every figure means, and saying that one has seen an alert."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from ivr.domain.metrics import METRICS
from ivr.services.board_state import jsonable
from ivr.web.faults import WebFault
from ivr.web.live import Live
from ivr.web.routes import Body, Role, Route
from ivr.web.visit import Visit

WATCHERS: frozenset[Role] = frozenset({"supervisor", "administrator"})
Snapshot = Callable[[datetime], Any]


class MetricAnswer(BaseModel):
    """One figure: its name, its formula in words, and with the names of its counts in braces."""

    id: str
    unit: str
    source: str
    name: str
    formula: str
    numbers: str


class MetricsAnswer(BaseModel):
    metrics: list[MetricAnswer]


class StateAnswer(BaseModel):
    """The board as the topic "board" has it, and the last 24 hours as "board-day" has them."""

    board: dict[str, Any]
    day: dict[str, Any]


class Acknowledge(Body):
    alert: str


class BoardPages:
    """`snapshot`, `day`: of the board; `acknowledge`: alert, who, when -> is there such an alert; `tell`: send the
    board anew."""

    def __init__(
        self,
        live: Live,
        snapshot: Snapshot,
        day: Snapshot,
        acknowledge: Callable[[str, str, datetime], bool],
        tell: Callable[[], Awaitable[None]],
    ) -> None:
        self._snapshot, self._day, self._acknowledge, self._tell = snapshot, day, acknowledge, tell
        live.topic("board", WATCHERS, self._first)
        live.topic("board-day", WATCHERS, self._first_day)

    def routes(self) -> list[Route]:
        return [
            Route("GET", "/api/board", self.state, WATCHERS, "The board now", answer=StateAnswer),
            Route("GET", "/api/board/metrics", self.metrics, WATCHERS, "What every figure means",
                  answer=MetricsAnswer),
            Route("POST", "/api/board/seen", self.seen, WATCHERS, "Say that an alert was seen", body=Acknowledge),
        ]  # fmt: skip

    async def state(self, visit: Visit) -> StateAnswer:
        return StateAnswer(board=jsonable(self._snapshot(visit.at)), day=self._day(visit.at))

    async def metrics(self, visit: Visit) -> MetricsAnswer:
        found = [
            MetricAnswer(
                id=metric.id,
                unit=metric.unit,
                source=metric.source,
                name=metric.names[visit.language],
                formula=metric.formula[visit.language],
                numbers=metric.numbers,
            )
            for metric in METRICS.values()
        ]
        return MetricsAnswer(metrics=found)

    async def seen(self, visit: Visit) -> None:
        if not self._acknowledge(visit.body.alert, visit.me.name, visit.at):
            raise WebFault("no_alert", 404, {"ru": "Этой тревоги уже нет.", "en": "This alert is over."})
        await self._tell()

    async def _first(self, visit: Visit) -> Any:
        return jsonable(self._snapshot(visit.at))

    async def _first_day(self, visit: Visit) -> Any:
        return self._day(visit.at)
