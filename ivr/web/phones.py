"""The telephones of staff in the browser: the operator's own, and those lent to supervisors."""

from collections.abc import Callable, Collection, Mapping

from pydantic import BaseModel

from ivr.web.faults import WebFault
from ivr.web.routes import Route
from ivr.web.visit import Visit

_MINE = "web-"


class Phone(BaseModel):
    """What a page's telephone logs in with; it works through /sip and nowhere else."""

    phone: str
    secret: str


class Phones:
    """`secrets`: phone -> secret, of operators ("web-101") and of the pool that is lent ("sup-1")."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self._secrets = secrets
        self._pool = [name for name in secrets if not name.startswith(_MINE)]
        #: phone of the pool -> session and login of who has it
        self._lent: dict[str, tuple[str, str]] = {}
        #: phones that are connected now; set by who knows
        self.connected: Callable[[], Collection[str]] = tuple

    def routes(self) -> list[Route]:
        return [
            Route("GET", "/api/phone", self.mine, frozenset({"operator"}), "The operator's telephone in the page",
                  answer=Phone),
            Route("POST", "/api/phone/lease", self.lease, frozenset({"supervisor"}),
                  "A telephone for a supervisor, to listen with", answer=Phone),
        ]  # fmt: skip

    async def mine(self, visit: Visit) -> Phone:
        name = f"{_MINE}{visit.me.phone}"
        if not visit.me.phone or name not in self._secrets:
            raise WebFault("no_phone", 409, {"ru": "К учётной записи не привязан телефон оператора.",
                                             "en": "No operator's telephone belongs to this account."})
        return Phone(phone=name, secret=self._secrets[name])

    async def lease(self, visit: Visit) -> Phone:
        """The same one as long as the session lasts; when none is left, the one lent longest ago that nobody uses, or
        that he uses himself elsewhere: nobody is torn out of a talk."""
        session, login = visit.session.id if visit.session else "", visit.me.login
        held = next((name for name, (holder, _) in self._lent.items() if holder == session), "")
        free = next((name for name in self._pool if name not in self._lent), "")
        used = self.connected()
        name = held or free or next((name for name in self._lent if name not in used), "") or next(
            (name for name, (_, holder) in self._lent.items() if holder == login), "")
        if not name:
            raise WebFault("no_phone", 503, {"ru": "Свободного телефона нет.", "en": "There is no telephone left."})
        self._lent.pop(name, None)
        self._lent[name] = session, login
        return Phone(phone=name, secret=self._secrets[name])

    def lent(self, visit: Visit, phone: str) -> bool:
        """May this visitor use that phone?"""
        if visit.user is None or phone not in self._secrets:
            return False
        if phone.startswith(_MINE):
            return "operator" in visit.user.roles and phone == f"{_MINE}{visit.user.phone}"
        session = visit.session.id if visit.session else ""
        return "supervisor" in visit.user.roles and bool(session) and self._lent.get(phone, ("", ""))[0] == session
