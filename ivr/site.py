"""The web side of one hotline: log-in, live hub, pages and the routes of every feature, put together once."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import Protocol

from ivr.config import Config
from ivr.domain.pace import due
from ivr.domain.whereabouts import Place
from ivr.monitor import Metric, Monitor, counter, gauge
from ivr.passwords import Argon2
from ivr.pbx.secrets import PbxSecrets
from ivr.services.account_desk import AccountDesk
from ivr.services.accounts import Hasher, SessionDesk
from ivr.services.guests import GuestDesk
from ivr.services.known import Services
from ivr.services.page_callbacks import PageCallbacks
from ivr.services.ports import Clock
from ivr.storage.store import Storage
from ivr.web.account import MyAccount
from ivr.web.board import WATCHERS
from ivr.web.desk import OPERATOR
from ivr.web.gate import Gate
from ivr.web.guest_calls import GuestCalls
from ivr.web.health import Health, Readiness
from ivr.web.history import READERS
from ivr.web.live import Live
from ivr.web.login import Logins
from ivr.web.openapi import OpenApi
from ivr.web.origins import Origins
from ivr.web.pages import Page, Pages
from ivr.web.phones import Phones
from ivr.web.routes import ANYBODY, PUBLIC, Route
from ivr.web.server import WebServer
from ivr.web.setup import FirstAdministrator
from ivr.web.sip_proxy import SipProxy
from ivr.web.users import Users

#: Every page: its folder in `ivr/web/pages`, where it is served, for whom. Those for work stand first.
PAGES = (
    Page("board", "/board", WATCHERS),
    Page("desk", "/desk", OPERATOR),
    Page("history", "/history", READERS),
    Page("call", "/call", PUBLIC),
    Page("home", "/", PUBLIC, linked=False),
    Page("login", "/login", PUBLIC, linked=False),
    Page("setup", "/setup", PUBLIC, linked=False),
    Page("users", "/users", frozenset({"administrator"})),
    Page("account", "/account", ANYBODY, linked=False),
    Page("api", "/api", PUBLIC, linked=False),
)
_SWEEP_EVERY = timedelta(minutes=10)


class Feature(Protocol):
    """A part of the pages or of the API."""

    def routes(self) -> list[Route]: ...


class Site:
    """What features share (`live`, `gate`), and the routes collected so far; `server()` serves them."""

    def __init__(
        self, config: Config, storage: Storage, clock: Clock, hasher: Hasher | None = None, setup_digest: str = ""
    ) -> None:
        """`setup_digest`: of the link that makes the first administrator, see `web.setup`."""
        self._config, self._clock = config, clock
        hasher = hasher or Argon2()
        self.sessions = SessionDesk(storage.accounts, storage.sessions, hasher)
        self.accounts = AccountDesk(storage.accounts, storage.sessions, hasher)
        origins = Origins(config.web_url)
        self.gate = Gate(self.sessions, clock.now, origins, config.web_port, frozenset(config.web_proxies))
        self.live = Live(self.gate)
        self.monitor = Monitor()
        self.routes: list[Route] = []
        self._on_stop: list[Callable[[], Awaitable[None]]] = [self.live.close]
        self._swept: datetime | None = None
        self.add(self.live)
        self.add(self.monitor)
        self.add(OpenApi(lambda: self.routes, version("ivr-hotline"), self.gate.cookie, config.web_url.rstrip("/")))
        self.add(Pages(PAGES))
        logins = Logins(self.sessions, self.gate, self.live, PAGES)
        self.add(logins)
        phones = [operator.login for operator in config.operators]
        self.add(FirstAdministrator(self.accounts, self.sessions, logins, setup_digest, next(iter(phones), "")))
        self.add(MyAccount(self.accounts, self.live))
        self.add(Users(self.accounts, self.live, phones))

    def add(self, feature: Feature) -> None:
        """Serve a feature's routes too."""
        self.routes += feature.routes()

    def watch(self, readiness: Readiness) -> None:
        """Serve health."""
        self.add(Health(readiness))

    def telephone(self, known: PbxSecrets, services: Services, guests: GuestDesk, nowhere: Place) -> Phones:
        """Serve telephones in the browser: citizens' calls from the page, operators' and supervisors' phones."""
        config, phones = self._config, Phones(known.browsers)
        callbacks = PageCallbacks(services, config.did.lstrip("+"), nowhere)
        calls = GuestCalls(guests, callbacks, services.ratings, services.journal, self.live, config.languages,
                           config.did)
        proxy = SipProxy(config.ws_port, known.door, guests, phones.lent, self.gate, host=config.asterisk_host)
        self._on_stop.append(proxy.close)
        self.live.on_dismiss.append(proxy.dismiss)
        phones.connected = proxy.phones
        self.sessions.in_call = proxy.in_call
        for feature in (phones, calls, proxy):
            self.add(feature)

        async def figures() -> list[Metric]:
            seen = proxy.counters
            return [
                gauge("browser_telephones", "Telephones of pages connected now", seen.open),
                counter("browser_telephones_connected_total", "Telephones of pages, since the start", seen.total),
                counter("browser_telephones_cut_off_total", "Cut off for what our pages do not send", seen.refused),
            ]

        self.monitor.add(figures)
        return phones

    def server(self, port: int | None = None) -> WebServer:
        """The server of all features added; `port` in place of the setting's, 0: any that is free."""
        port = self._config.web_port if port is None else port
        server = WebServer(self._config.web_host, port, self.routes, self.gate, self.monitor.request)
        server.on_stop += self._on_stop

        async def connections() -> list[Metric]:
            door = server.door
            return [gauge("web_connections", "Connections to the web server now", len(door.open)),
                    counter("web_connections_refused_total", "Connections refused since there were too many",
                            door.refused)]

        self.monitor.add(connections)
        return server

    async def sweep(self) -> None:
        """Forget the sessions that are over, now and then."""
        at = self._clock.now()
        if due(self._swept, at, _SWEEP_EVERY):
            self._swept = at
            await self.sessions.sweep(at)


