"""One request, as a handler sees it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiohttp import web

from ivr.domain.accounts import Account, Role
from ivr.services.accounts import Session


@dataclass(frozen=True)
class WebUser:
    """Who is logged in. `phone`: the operator login he answers with ("101"), or ""."""

    login: str
    name: str
    roles: frozenset[Role]
    phone: str = ""

    @classmethod
    def of(cls, account: Account) -> "WebUser":
        return cls(account.login, account.name, account.roles, account.phone)


@dataclass
class Visit:
    """`at`: aware UTC. `body`, `query`: the validated models of the route, else None. `language`: "ru" or "en".

    `address`: the browser's, also behind a trusted proxy; `veiled`: it is that of a proxy which no setting names.
    `token`: the secret of `session`; never to be shown.
    """

    request: web.Request
    at: datetime
    user: WebUser | None = None
    body: Any = None
    query: Any = None
    language: str = "ru"
    path: Mapping[str, str] = field(default_factory=dict)
    address: str = ""
    veiled: bool = False
    session: Session | None = None
    account: Account | None = None
    token: str = field(default="", repr=False)

    @property
    def me(self) -> WebUser:
        """Who is logged in, on a route that nobody else may ask for."""
        assert self.user is not None
        return self.user
