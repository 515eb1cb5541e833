"""The controller's side of `ivr run`: the accounts, how the controller is started, watched and stopped. The database is
brought to this version by the controller itself; it may be away, and callers do not wait for it."""

import asyncio
import os
import sys
from collections.abc import Sequence

import aiohttp

from ivr.commands import _setup
from ivr.commands._accounts import Welcome
from ivr.commands._watchdog import lives
from ivr.config import Config
from ivr.errors import StorageError
from ivr.pbx.child import Child, start
from ivr.pbx.paths import InstancePaths
from ivr.pbx.supervisor import Say, Service
from ivr.storage.engine import database_url
from ivr.storage.schema import UnknownRevision, fits

#: Seconds that a start waits for the database's word.
_LIMIT_S = 2.0
#: Seconds until a database that is away is looked for again.
_AGAIN_S = 2.0


class ControllerSide:
    """The controller as a process of its own. `drain`: seconds that menus may last on a clean stop. `demo`: with
    accounts to try the pages with."""

    def __init__(self, config: Config, paths: InstancePaths, drain: float, demo: bool = False) -> None:
        self._config, self._sounds, self._drain = config, paths.sounds, drain
        self._base = f"http://{_setup.host(config.web_host)}:{config.web_port}/health"
        self.ready_at = f"{self._base}/ready"
        self.welcome = Welcome(config, demo)
        self._lines: Sequence[str] | None = None

    async def set_up(self) -> None:
        """The accounts, when the database is there and ready. Raises `UnknownRevision` for one of a newer version, and
        `StorageError` for what is no address."""
        database_url(self._config.database)
        await self._look()

    async def upgrade(self) -> None:
        """The database at this version now, and the accounts. Raises `StorageError`."""
        await _setup.database(self._config)
        self._lines = await self.welcome.lines()

    async def tell(self, say: Say) -> None:
        """Say what is to be said of the accounts, as soon as the database is there; say so when it is not."""
        try:
            missing = await self._look()
            if missing:
                for line in _away(missing):
                    say(line)
                while await self._look():  # noqa: ASYNC110 - its coming is told by nobody
                    await asyncio.sleep(_AGAIN_S)
                say("the database is there, and ready")
        except UnknownRevision as error:
            # whoever calls is still served; the controller refuses it with the same words
            say(str(error))
        for line in self._lines or ():
            say(line)

    def service(self) -> Service:
        """What keeps it running."""
        argv = [sys.executable, "-m", "ivr", "controller"]
        env = {**os.environ, **_setup.environment(self._config), **self.welcome.environment}

        async def begin() -> Child:
            # tied to us: a controller without its supervisor would block the ports of the next one
            return start(argv, env=env, die_with_us=True)

        async def end(child: Child, at_once: bool) -> None:
            await child.stop(0 if at_once else self._drain + 5)
            self._forget()

        return Service("controller", begin, end, died=self._forget, answers=self._answers)

    async def state(self, session: aiohttp.ClientSession) -> str:
        """ "ready", or in words what is not."""
        try:
            async with session.get(self.ready_at) as answer:
                if answer.status == 200:
                    return "ready"
                parts = (await answer.json()).get("parts", {})
                return ", ".join(f"{name}: {part['state']}" for name, part in parts.items() if not part["ok"])
        except (aiohttp.ClientError, TimeoutError, ValueError, KeyError, TypeError):
            return "the controller does not answer"

    async def _look(self) -> str:
        """See to the accounts, unless that was done; why it cannot be done yet, in words. Raises `UnknownRevision`."""
        if self._lines is not None:
            return ""
        try:
            if not await fits(self._config.database, _LIMIT_S):
                return "has not the tables of this version yet; the controller says why"
            self._lines = await self.welcome.lines()
        except UnknownRevision:
            raise
        except StorageError as error:
            return str(error)
        return ""

    def _forget(self) -> None:
        _setup.forget_announcements(self._sounds)

    async def _answers(self) -> bool:
        """Does the controller's event loop still turn?"""
        return await lives(f"{self._base}/live")


def _away(missing: str) -> list[str]:
    """What it means that the database cannot be used."""
    return [
        f"  database   {missing}",
        "             calls are served all the same, without ticket numbers; it is tried again and upgraded when it is",
        "             there. Of the accounts, also how the first one is made, is told then",
    ]
