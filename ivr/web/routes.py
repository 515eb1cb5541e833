"""What a feature serves: a table of routes, each with the roles that may ask for it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

from aiohttp import web
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    SecretStr,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)

from ivr.domain.accounts import ROLES as ROLES
from ivr.domain.accounts import STAFF as STAFF
from ivr.domain.accounts import Role as Role

if TYPE_CHECKING:
    from ivr.web.visit import Visit

#: No login is needed.
PUBLIC: frozenset[Role] = frozenset()
#: Everybody who has logged in.
ANYBODY: frozenset[Role] = frozenset(ROLES)
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

Handler = Callable[["Visit"], Awaitable[BaseModel | web.StreamResponse | None]]


def _no_nul(data: Any) -> Any:
    """No database keeps it."""
    inside = [data]
    while inside:
        each = inside.pop()
        if isinstance(each, str) and "\0" in each:
            raise ValueError("NUL in a text")
        if isinstance(each, dict):
            inside += [*each.keys(), *each.values()]
        elif isinstance(each, list):
            inside += each
    return data


def _near(at: datetime) -> datetime:
    """A moment that can be told in every zone."""
    if not 1970 <= at.year <= 2999:
        raise ValueError("too far away")
    return at


Moment = Annotated[AwareDatetime, AfterValidator(_near)]


def _whole(value: Any, validated: ValidatorFunctionWrapHandler) -> Any:
    found = validated(value)
    return SecretStr(value) if isinstance(value, str) else found


#: Blanks at its ends belong to it, in a page as on the command line.
Password = Annotated[SecretStr, WrapValidator(_whole)]


class Asked(BaseModel):
    """What a request may bring."""

    _clean = model_validator(mode="before")(_no_nul)


class Body(Asked):
    """A request's JSON body: fields that are not known are refused; texts lose the blanks around them, all but
    a `Password`."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, str_max_length=10_000, frozen=True)


class Query(Asked):
    """A request's query string: fields that are not known are refused."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, str_max_length=1000, frozen=True)


@dataclass(frozen=True)
class Route:
    """One method of one path.

    `roles`: any of these may ask; `PUBLIC`: everybody. `administrator` is not implied: name it.
    `body`, `query`: validated before the handler runs; `answer`: what it returns; a handler's None is a 204.
    `limit_s`: seconds the handler may take; None: as long as it likes (sockets, long downloads).
    `socket`: becomes a WebSocket, so that only our own pages may ask (their Origin is looked at).
    `plain`: the same for everybody, so that who asks is not looked up (no database is needed for it).
    `per_minute`: requests a minute from one address (or one session); 0: what the server allows by itself.
    `unpaced`: may be asked as often as one likes; it must cost next to nothing.
    """

    method: str
    path: str
    handler: Handler
    roles: frozenset[Role]
    summary: str
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    answer: type[BaseModel] | None = None
    limit_s: float | None = 15.0
    per_minute: int = 0
    socket: bool = False
    plain: bool = False
    unpaced: bool = False

    @property
    def page(self) -> bool:
        """Is it for a person's eyes, so that who is not logged in is led to the log-in?"""
        return self.method == "GET" and not self.path.startswith("/api/")

    def allows(self, roles: frozenset[Any]) -> bool:
        """May somebody with these roles ask?"""
        return not self.roles or bool(self.roles & roles)
