"""What every request goes through before a handler sees it: who is it, may he, is it his own page that asks?"""

import hmac
import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from aiohttp import web

from ivr.errors import StorageError
from ivr.services.accounts import SessionDesk, csrf_of
from ivr.web.faults import WebFault
from ivr.web.origins import Origins
from ivr.web.rates import Rates, network_of
from ivr.web.routes import SAFE, Route
from ivr.web.validation import read_body, read_query
from ivr.web.visit import Visit, WebUser

log = logging.getLogger(__name__)
CSRF_HEADER = "X-CSRF-Token"
LANGUAGE_COOKIE = "language"
#: What proxies write.
_FORWARDED = frozenset({"x-forwarded-for", "x-real-ip", "forwarded", "via"})

#: Requests a minute: of one who has logged in, of an address that has not, of one that wants to change something.
_SESSION, _ADDRESS, _CHANGES = 1200, 600, 60


class Gate:
    """Makes a `Visit` of a request, or raises `WebFault`.

    `port` names the cookie, for two hotlines on one machine. `https`: the cookie goes over https only.
    `proxies`: addresses whose X-Forwarded-For is believed.
    """

    def __init__(
        self,
        desk: SessionDesk,
        now: Callable[[], datetime],
        origins: Origins,
        port: int = 8080,
        proxies: frozenset[str] = frozenset(),
    ) -> None:
        self._desk, self.now, self._origins, self.proxies = desk, now, origins, proxies
        self.https = origins.https
        self.cookie = "__Host-hotline" if self.https else f"hotline-{port}"
        self._sessions, self._addresses, self._changes = Rates(_SESSION), Rates(_ADDRESS), Rates(_CHANGES)
        self._own: dict[str, Rates] = {}

    async def recognise(self, request: web.Request, look_up: bool = True) -> Visit:
        """Who is it? Raises `WebFault` 503 when the database does not say."""
        visit = Visit(request, self.now(), path=dict(request.match_info), address=self._address(request))
        visit.veiled = request.remote not in self.proxies and not _FORWARDED.isdisjoint(
            name.lower() for name in request.headers
        )
        token = request.cookies.get(self.cookie, "")
        if token and look_up:
            await self._recognise(visit, token)
        visit.language = self.language(request, visit)
        return visit

    async def admit(self, visit: Visit, route: Route) -> None:
        """May he, and is it his own page that asks? Fills in `body` and `query`.

        Raises `WebFault`: 400, 401, 403, 413, 415 or 429.
        """
        request = visit.request
        if not route.unpaced:
            self._pace(visit, route)
        if route.method not in SAFE or route.socket:
            self._same_origin(request)
        if not route.allows(visit.user.roles if visit.user else frozenset()):
            raise _refused(visit)
        if route.method not in SAFE:
            self._own_page(visit)
        if any("\0" in part for part in visit.path.values()):
            raise WebFault("not_found", 404, {"ru": "Здесь ничего нет.", "en": "There is nothing here."})
        if route.query is not None:
            visit.query = read_query(request, route.query)
        if route.body is not None:
            visit.body = await read_body(request, route.body)

    def language(self, request: web.Request, visit: Visit | None = None) -> str:
        """As the person's account says, else his browser's cookie, else what it asks for; Russian else."""
        chosen = (visit.account.language if visit and visit.account else "") or request.cookies.get(LANGUAGE_COOKIE, "")
        if chosen in ("ru", "en"):
            return chosen
        asked = request.headers.get("Accept-Language", "").lower().split(",")[0].split(";")[0].strip()
        return "en" if asked.startswith("en") else "ru"

    def greet(self, response: web.StreamResponse, token: str) -> None:
        """Give the browser its session."""
        response.set_cookie(self.cookie, token, httponly=True, samesite="Lax", secure=self.https, path="/")

    def dismiss(self, response: web.StreamResponse) -> None:
        """Take the session's cookie away."""
        response.del_cookie(self.cookie, httponly=True, samesite="Lax", secure=self.https, path="/")

    async def anew(self, visit: Visit) -> Visit | None:
        """The visit of a long connection as it would be made now; None: its session is over."""
        if visit.user is None:
            return visit
        try:
            found = await self._desk.who(visit.token, self.now())
        except StorageError:
            return visit  # the database is away: nobody is sent off for that
        return found and replace(visit, session=found[0], account=found[1], user=WebUser.of(found[1]))

    async def still(self, visit: Visit) -> bool:
        """Is the visitor of a long connection still who he was?"""
        again = await self.anew(visit)
        return again is not None and again.user == visit.user

    async def _recognise(self, visit: Visit, token: str) -> None:
        try:
            found = await self._desk.who(token, visit.at)
        except StorageError:
            raise WebFault(
                "storage", 503, {"ru": "База данных не отвечает.", "en": "The database does not answer."}
            ) from None
        if found is not None:
            visit.session, visit.account = found
            visit.user, visit.token = WebUser.of(visit.account), token

    def _address(self, request: web.Request) -> str:
        address = request.remote or ""
        if address in self.proxies:
            # a proxy may add a line of its own: what comes last it wrote itself, whatever the visitor wrote before
            for hop in reversed(",".join(request.headers.getall("X-Forwarded-For", [])).split(",")):
                address = _bare(hop.strip()) or address
                if address not in self.proxies:
                    break
        return address

    def _pace(self, visit: Visit, route: Route) -> None:
        key = visit.session.id if visit.session else network_of(visit.address)
        rates = self._sessions if visit.session else self._addresses
        wait = rates.take(key, visit.at)
        if not wait and route.per_minute:
            own = self._own.setdefault(f"{route.method} {route.path}", Rates(route.per_minute))
            wait = own.take(key, visit.at)
        elif not wait and not visit.session and route.method not in SAFE:
            wait = self._changes.take(key, visit.at)
        if wait:
            raise too_often(wait)

    def _same_origin(self, request: web.Request) -> None:
        if not self._origins.allows(request.headers.get("Origin", ""), request.headers.get("Host", "")):
            raise WebFault("origin", 403, {
                "ru": "Запрос пришёл не с нашей страницы. Если адрес верный, его нужно назвать в настройке web_url.",
                "en": "The request came from no page of ours. If the address is right, name it in the setting web_url.",
            })

    @staticmethod
    def _own_page(visit: Visit) -> None:
        given = visit.request.headers.get(CSRF_HEADER, "")
        if not hmac.compare_digest(given.encode(), (csrf_of(visit.token) if visit.token else "anonymous").encode()):
            raise WebFault("csrf", 403, {"ru": "Обновите страницу и попробуйте ещё раз.",
                                         "en": "Reload the page and try again."})


def _bare(hop: str) -> str:
    """The address without the port that some proxies write: with it every connection would be another visitor."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop


def too_often(wait: float, words: Mapping[str, str] | None = None) -> WebFault:
    """429; `wait`: seconds until it may be tried again."""
    seconds = max(1, math.ceil(wait))
    words = words or {"ru": f"Слишком часто. Подождите {seconds} с.", "en": f"Too often. Wait {seconds} s."}
    return WebFault("too_often", 429, words, headers={"Retry-After": str(seconds)})


def _refused(visit: Visit) -> WebFault:
    if visit.user is None:
        return WebFault("login_needed", 401, {"ru": "Нужно войти.", "en": "Please log in."})
    return WebFault("not_allowed", 403, {"ru": "Для этого нужна другая роль.", "en": "This needs another role."})
