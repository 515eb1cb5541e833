"""The accounts at a start of `ivr run`: those of a demonstration, or the link that makes the first administrator."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from ivr.commands._setup import web_address
from ivr.config import Config
from ivr.passwords import Argon2
from ivr.services.account_desk import AccountDesk, AccountFault, make_password
from ivr.storage.store import open_storage

#: Seconds for each question to the database; who starts does not wait for a lock, it is asked again.
_LIMIT = 3.0
_NAMES = ("Анна Демидова", "Борис Демин", "Вера Демченко", "Глеб Демьянов")


class Welcome:
    """What a start has to do with the accounts, and to say of them. `demo`: make those of a demonstration."""

    def __init__(self, config: Config, demo: bool) -> None:
        self._config, self._demo = config, demo
        # made before it is known whether it is needed: the controller is started also while the database is away
        self._token = secrets.token_urlsafe(24)

    @property
    def environment(self) -> Mapping[str, str]:
        """For the controller: what the link is known by. It is good only while there is no account."""
        return {"IVR_SETUP_DIGEST": hashlib.sha256(self._token.encode()).hexdigest()}

    async def lines(self) -> Sequence[str]:
        """Make or remove the demonstration's accounts; the words for the user: with no account at all, a link for one.
        Raises `StorageError`."""
        async with open_storage(self._config.database, _LIMIT) as storage:
            desk = AccountDesk(storage.accounts, storage.sessions, Argon2())
            await desk.remove_demo()
            if self._demo:
                return await _demo(desk, self._config)
            if await desk.any():
                return []
        return [
            "  accounts   there is none yet; this link, good until the hotline stops, makes the first administrator:",
            f"             {web_address(self._config)}/setup#{self._token}",
        ]


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
