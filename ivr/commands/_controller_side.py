"""The controller's side of `ivr run`: database and accounts, how the controller is started, watched and stopped."""

import os
import sys

import aiohttp

from ivr.commands import _setup
from ivr.commands._accounts import Welcome, welcome
from ivr.commands._watchdog import lives
from ivr.config import Config
from ivr.pbx.child import Child, start
from ivr.pbx.paths import InstancePaths
from ivr.pbx.supervisor import Service


class ControllerSide:
    """The controller as a process of its own. `drain`: seconds that menus may last on a clean stop."""

    def __init__(self, config: Config, paths: InstancePaths, drain: float) -> None:
        self._config, self._sounds, self._drain = config, paths.sounds, drain
        self._base = f"http://{_setup.host(config.web_host)}:{config.web_port}/health"
        self.ready_at = f"{self._base}/ready"
        self.welcome = Welcome()

    async def set_up(self, demo: bool) -> None:
        """The database at this version, and the accounts at a start. Raises `StorageError`."""
        await _setup.database(self._config)
        self.welcome = await welcome(self._config, demo)

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

    def _forget(self) -> None:
        _setup.forget_announcements(self._sounds)

    async def _answers(self) -> bool:
        """Does the controller's event loop still turn?"""
        return await lives(f"{self._base}/live")
