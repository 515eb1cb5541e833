"""Logging in and out, and looking after the accounts. Passwords and session tokens are kept as hashes only."""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from ivr.domain.accounts import Account, login_of
from ivr.errors import StorageError

#: A session ends after so long, and when nothing is heard of its browser for so long: longer than any shift, and
#: longer than a lunch.
LIFETIME = timedelta(hours=16)
IDLE = timedelta(hours=2)
#: For so long at most a session that is too old goes on because its telephone has a call.
FINISHING = timedelta(hours=2)
#: "Last seen" is written at most so often.
_SEEN_EVERY = timedelta(seconds=60)


@dataclass(frozen=True)
class Session:
    """One browser of one person. `id` is the hash of the token that only the browser has."""

    id: str
    login: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


class Hasher(Protocol):
    """Slow hashes of passwords."""

    async def hash(self, password: str) -> str: ...

    async def matches(self, hash: str, password: str) -> bool:
        """Takes as long for "", the hash of nobody, as for any other."""

    def outdated(self, hash: str) -> bool:
        """Was it made with other parameters than are used now?"""


class Accounts(Protocol):
    """Storage of accounts; all may raise `StorageError`."""

    async def get(self, login: str) -> Account | None: ...

    async def list(self) -> Sequence[Account]:
        """All, by login."""

    async def count(self) -> int: ...

    async def add(self, account: Account) -> bool:
        """False: the login is taken."""

    async def save(self, account: Account, fields: Collection[str], instead_of: str | None = None) -> bool:
        """Store these fields of it and no others: of two changes at once neither takes the other back. False: there
        is none of this login, or not with the password (its hash) `instead_of`, where that is given."""

    async def remove(self, login: str) -> bool: ...


class Sessions(Protocol):
    """Storage of sessions; all may raise `StorageError`."""

    async def add(self, session: Session) -> None: ...

    async def find(self, id: str) -> tuple[Session, Account] | None:
        """The session with its person, also one that is over."""

    async def seen(self, id: str, at: datetime) -> None: ...

    async def end(self, id: str) -> None: ...

    async def end_all(self, login: str, but: str = "") -> None:
        """End every session of `login` except `but`."""

    async def sweep(self, at: datetime, idle_since: datetime) -> int:
        """Forget those that are over at `at` or were last seen before `idle_since`."""


def session_id(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def csrf_of(token: str) -> str:
    """The second secret of a session, that its own pages send in a header; it cannot be turned into the first."""
    return hmac.new(token.encode(), b"csrf", hashlib.sha256).hexdigest()


class SessionDesk:
    """Who is it? Sessions from the log-in to the log-out."""

    def __init__(self, accounts: Accounts, sessions: Sessions, hasher: Hasher) -> None:
        self._accounts, self._sessions, self._hasher = accounts, sessions, hasher
        #: has the telephone of the session with this id a call? Set by who knows
        self.in_call: Callable[[str], bool] = lambda session: False

    async def log_in(self, login: str, password: str, at: datetime) -> tuple[str, Account] | None:
        """A new session's token and its person; None when the password is not his, or he may not."""
        account = await self._accounts.get(login_of(login))
        known = account is not None and not account.disabled
        good = await self._hasher.matches(account.password if account and known else "", password)
        if account is None or not known or not good:
            return None
        if self._hasher.outdated(account.password):
            anew = replace(account, password=await self._hasher.hash(password))
            if await self._accounts.save(anew, ("password",), instead_of=account.password):
                account = anew
        token = await self.open(account, at)
        # hashing takes its time: who has set another password meanwhile has ended the sessions that there were, perhaps
        # before this one
        now = await self._accounts.get(account.login)
        if now is None or now.disabled or not await self._still(account, now, password):
            await self._sessions.end(session_id(token))
            return None
        return token, now

    async def _still(self, before: Account, now: Account, password: str) -> bool:
        """Is it still his password? Another log-in may have hashed it anew."""
        return now.password == before.password or await self._hasher.matches(now.password, password)

    async def open(self, account: Account, at: datetime) -> str:
        """A session for somebody who has proved who he is; its token."""
        token = secrets.token_urlsafe(32)
        await self._sessions.add(Session(session_id(token), account.login, at, at, at + LIFETIME))
        return token

    async def who(self, token: str, at: datetime) -> tuple[Session, Account] | None:
        """The session of this token and its person; None when it is over, or he is disabled. Nobody is torn out of a
        talk because his session has grown old."""
        found = await self._sessions.find(session_id(token))
        if found is None:
            return None
        session, account = found
        old = at >= session.expires_at + (FINISHING if self.in_call(session.id) else timedelta())
        if old or at - session.seen_at > IDLE or account.disabled:
            return None
        if at - session.seen_at > _SEEN_EVERY:
            with suppress(StorageError):  # written a little later then; he is who he is all the same
                await self._sessions.seen(session.id, at)
        return session, account

    async def log_out(self, session: Session) -> None:
        await self._sessions.end(session.id)

    async def log_out_everywhere(self, login: str, but: str = "") -> None:
        """`but`: the id of the session that goes on."""
        await self._sessions.end_all(login, but)

    async def sweep(self, at: datetime) -> None:
        """Forget the sessions that are over."""
        await self._sessions.sweep(at - FINISHING, at - IDLE)
