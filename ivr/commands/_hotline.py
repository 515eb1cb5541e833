"""What `ivr run` does, step by step: set-up, the two processes, readiness, the words for the user."""

import asyncio
import fcntl
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import aiohttp

from ivr.commands import _setup
from ivr.commands._accounts import Welcome, welcome
from ivr.commands._watchdog import lives
from ivr.commands._words import Words
from ivr.config import Config
from ivr.errors import PbxError
from ivr.pbx.child import Child, start
from ivr.pbx.instance import Instance
from ivr.pbx.paths import InstancePaths
from ivr.pbx.ports import fault_of
from ivr.pbx.process import Asterisk
from ivr.pbx.provision import Provisioner, choose
from ivr.pbx.supervisor import Service, Supervisor
from ivr.web.pages import built

log = logging.getLogger(__name__)


class Hotline:
    """One hotline in one state folder. `drain`: seconds that calls may last on a clean stop.
    `demo`: make accounts to try the pages with."""

    def __init__(self, config: Config, words: Words, drain: float, demo: bool = False) -> None:
        self._demo, self._welcome = demo, Welcome()
        self._config, self._words, self._drain = config, words, drain
        self._paths = InstancePaths.under(config.state_dir)
        self.say = words.say

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Make the state folder (0700) and hold its lock. Raises `PbxError` when another run has it."""
        state = self._config.state_dir
        try:
            state.mkdir(mode=0o700, parents=True, exist_ok=True)
            state.chmod(0o700)
            file = (state / "run.lock").open("a+")
        except OSError as error:
            raise PbxError(f"state_dir {state}: {error.strerror}; set state_dir (IVR_STATE_DIR, --state-dir)") from None
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.seek(0)
                raise PbxError(f"{state}: a hotline runs here already (process {file.read().strip() or '?'}); "
                               "stop it, or use another --state-dir and other ports") from None
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            yield

    async def set_up(self) -> Supervisor:
        """All that is done before anything runs; quick when it was done before."""
        config, step = self._config, self._words.step
        provisioner = Provisioner(config.asterisk_cache.expanduser(), step)
        install = await asyncio.to_thread(choose, config.asterisk, provisioner)
        instance = Instance(self._paths, install)
        asterisk = Asterisk(install, self._paths)
        step("checking the ports")
        left = asterisk.left_over()
        faults = [f for port in _setup.ports(config, asterisk=left is None) if (f := fault_of(port))]
        if faults:
            raise PbxError("\n".join(faults))
        step("writing the configuration of Asterisk")
        changed, edited = instance.write(_setup.configuration(config, self._paths, install.modules))
        for name in edited:
            self.say(f"{self._paths.etc / name}: was edited by hand; replaced, the edited one is {name}.by-hand")
        if left is not None and changed:
            self.say("stopping the Asterisk of an earlier run: the configuration is another one now")
            await asterisk.stop(left, 0)
            left = None
        await asyncio.to_thread(_setup.music, config, self._paths, install.data / "moh", step)
        step("building the prompts")
        for warning in await asyncio.to_thread(_setup.prompts, config, step):
            self.say(warning)
        step("upgrading the database")
        await _setup.database(config)
        self._welcome = await welcome(config, self._demo)
        if not built():
            self.say("the pages are not built (make setup, which needs node and npm): calls are served, browsers not")
        self._words.rest()
        self.say(f"Asterisk {install.version} ({install.origin}) is used")
        return Supervisor([self._asterisk(asterisk, left), self._controller()], self.say)

    async def ready(self) -> None:
        """Wait until the controller says that it can take calls, then print the addresses."""
        url = f"http://{_setup.host(self._config.web_host)}:{self._config.web_port}/health/ready"
        loop = asyncio.get_running_loop()
        warn_at = loop.time() + 30
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
            while (state := await _ask(session, url)) != "ready":
                if loop.time() > warn_at:
                    self.say(f"not ready yet: {state} ({url})")
                    warn_at = loop.time() + 30
                await asyncio.sleep(0.2)
        for line in (*_setup.addresses(self._config), *self._welcome.lines):
            self.say(line)

    def _asterisk(self, asterisk: Asterisk, left: Child | None) -> Service:
        adopted = [left] if left else []

        async def begin() -> Child:
            if adopted:
                self.say("the Asterisk of an earlier run still serves; going on with it")
                return adopted.pop()
            return await asterisk.start()

        async def end(child: Child, at_once: bool) -> None:
            await asterisk.stop(child, 0 if at_once else self._drain)

        return Service("Asterisk", begin, end)

    def _controller(self) -> Service:
        sounds = self._paths.sounds
        argv = [sys.executable, "-m", "ivr", "controller"]
        env = {**os.environ, **_setup.environment(self._config), **self._welcome.environment}

        async def begin() -> Child:
            # tied to us: a controller without its supervisor would block the ports of the next one
            return start(argv, env=env, die_with_us=True)

        async def end(child: Child, at_once: bool) -> None:
            await child.stop(0 if at_once else self._drain + 5)
            _setup.forget_announcements(sounds)

        return Service("controller", begin, end, died=lambda: _setup.forget_announcements(sounds),
                       answers=self._controller_answers)

    async def _controller_answers(self) -> bool:
        """Does the controller's event loop still turn?"""
        return await lives(f"http://{_setup.host(self._config.web_host)}:{self._config.web_port}/health/live")


async def _ask(session: aiohttp.ClientSession, url: str) -> str:
    try:
        async with session.get(url) as answer:
            if answer.status == 200:
                return "ready"
            parts = (await answer.json()).get("parts", {})
            return ", ".join(f"{name}: {part['state']}" for name, part in parts.items() if not part["ok"])
    except (aiohttp.ClientError, TimeoutError, ValueError, KeyError, TypeError):
        return "the controller does not answer"


def lock_holder(state: Path) -> str:
    """The process id of the `ivr run` that holds `state`, or ""."""
    try:
        with (state / "run.lock").open("r") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return file.read().strip() or "?"
    except OSError:
        pass
    return ""
