"""The accounts at a start of `ivr run`: those of a demonstration, or the link that makes the first administrator."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ivr.commands._setup import web_address
from ivr.config import Config
from ivr.passwords import Argon2
from ivr.services.account_desk import AccountDesk, AccountFault, make_password
from ivr.storage.store import open_storage

_LIMIT = 15.0
_NAMES = ("Анна Демидова", "Борис Демин", "Вера Демченко", "Глеб Демьянов")


@dataclass(frozen=True)
class Welcome:
    """`lines` for the user, once the hotline is ready; `environment` for the controller."""

    lines: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


async def welcome(config: Config, demo: bool) -> Welcome:
    """Make or remove the demonstration's accounts; with no account at all, a link for one. Raises `StorageError`."""
    async with open_storage(config.database, _LIMIT) as storage:
        desk = AccountDesk(storage.accounts, storage.sessions, Argon2())
        await desk.remove_demo()
        if demo:
            return Welcome(await _demo(desk, config))
        if await desk.any():
            return Welcome()
    token = secrets.token_urlsafe(24)
    return Welcome(
        ["  accounts   there is none yet; this link, good until the hotline stops, makes the first administrator:",
         f"             {web_address(config)}/setup#{token}"],
        {"IVR_SETUP_DIGEST": hashlib.sha256(token.encode()).hexdigest()},
    )


async def _demo(desk: AccountDesk, config: Config) -> list[str]:
    phones = [operator.login for operator in config.operators[:2]]
    wanted = [(phone, {"operator"}, phone) for phone in phones]
    wanted += [("supervisor", {"supervisor"}, ""), ("administrator", {"administrator"}, "")]
    lines = ["  accounts   for trying things out only, gone at the next start without --demo:"]
    for (login, roles, phone), name in zip(wanted, _NAMES, strict=False):
        password = make_password()
        try:
            await desk.add(login, name, frozenset(roles), password, datetime.now(UTC), phone, demo=True)
            lines.append(f"             {login:<14} {password}")
        except AccountFault:
            lines.append(f"             {login:<14} is there already, with a password of its own")
    return lines
