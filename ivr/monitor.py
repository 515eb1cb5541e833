"""What a monitor sees of the running hotline (`/metrics`): each figure with a line that says what it is."""

import ipaddress
import logging
from collections.abc import Awaitable, Callable, Iterable

from aiohttp import web
from prometheus_client import CollectorRegistry, Histogram, disable_created_metrics, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.core import Metric as Metric

from ivr.errors import HotlineError
from ivr.web.faults import WebFault
from ivr.web.routes import PUBLIC, Route
from ivr.web.visit import Visit

log = logging.getLogger(__name__)
#: A source of figures, asked at each look; one that fails is left out of that look.
Source = Callable[[], Awaitable[Iterable[Metric]]]
_TEXT = "text/plain; version=0.0.4; charset=utf-8"
_QUICK = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)


class Monitor:
    """Figures of one process; features add their own with `add`."""

    def __init__(self) -> None:
        # when each figure began would be one more line for each, which nobody reads
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = CollectorRegistry()
        self._sources: list[Source] = []
        self._requests = Histogram(
            "hotline_http_request_seconds", "Time a web request took, in seconds; sockets and downloads left out",
            ("method", "path", "status"), buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15),
            registry=self._registry,
        )
        self._thinking = Histogram(
            "hotline_agi_think_seconds", "Time between Asterisk's answer and the controller's next command, in seconds",
            buckets=_QUICK, registry=self._registry,
        )

    def add(self, source: Source) -> None:
        """Ask this source too, at each look."""
        self._sources.append(source)

    def request(self, route: Route | None, status: int, seconds: float) -> None:
        """A web request ended."""
        if route is None:
            self._requests.labels("", "", str(status)).observe(seconds)
        elif route.limit_s is not None:
            self._requests.labels(route.method, route.path, str(status)).observe(seconds)

    def thought(self, seconds: float) -> None:
        """The controller has worked out its next command of a call."""
        self._thinking.observe(seconds)

    async def text(self) -> bytes:
        """All of it, in Prometheus' text form."""
        families: list[Metric] = []
        for source in self._sources:
            try:
                families += await source()
            except HotlineError as error:
                log.info("figures are left out: %s", error, extra={"action": "metrics_partial"})
        return generate_latest(_Fixed(families)) + generate_latest(self._registry)

    def routes(self) -> list[Route]:
        return [Route("GET", "/metrics", self._show, PUBLIC,
                      "Figures in Prometheus' text form, for this machine and private networks only")]

    async def _show(self, visit: Visit) -> web.Response:
        if (visit.veiled or _public(visit.address)) and not (visit.user and "administrator" in visit.user.roles):
            raise WebFault("not_allowed", 403, {"ru": "Только из внутренней сети.", "en": "From inside only."})
        return web.Response(body=await self.text(), headers={"Content-Type": _TEXT})


class _Fixed(CollectorRegistry):
    """A registry of figures that are there already."""

    def __init__(self, families: Iterable[Metric]) -> None:
        super().__init__()
        self._families = list(families)

    def collect(self) -> Iterable[Metric]:
        return self._families


def gauge(name: str, words: str, value: float) -> Metric:
    """One figure that goes up and down; `name` without "hotline_"."""
    return GaugeMetricFamily(f"hotline_{name}", words, value=value)


def counter(name: str, words: str, value: float) -> Metric:
    """One figure that only grows; `name` ends in "_total"."""
    return CounterMetricFamily(f"hotline_{name.removesuffix('_total')}", words, value=value)


def table(name: str, words: str, labels: tuple[str, ...], rows: Iterable[tuple[tuple[str, ...], float]]) -> Metric:
    """A figure for each value of its labels."""
    family = GaugeMetricFamily(f"hotline_{name}", words, labels=labels)
    for values, figure in rows:
        family.add_metric(list(values), figure)
    return family


def _public(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_global
    except ValueError:
        return True
