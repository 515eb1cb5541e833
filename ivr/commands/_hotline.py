"""What `ivr run` does, step by step: set-up, the two processes, readiness, the words for the user."""

import asyncio
import fcntl
import os
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import aiohttp

from ivr.commands import _setup
from ivr.commands._asterisk_side import AsteriskSide
from ivr.commands._controller_side import ControllerSide
from ivr.commands._words import Words
from ivr.config import Config
from ivr.errors import PbxError
from ivr.pbx.paths import InstancePaths
from ivr.pbx.ports import fault_of
from ivr.pbx.supervisor import Service, Supervisor
from ivr.web.pages import built

#: The parts of a hotline; each has a lock of its own, so that they can be in two containers.
_LOCKS = {"asterisk": "run.lock", "controller": "controller.lock"}
PARTS = tuple(_LOCKS)


class Hotline:
    """One hotline, or some `parts` of it, in one state folder. `drain`: seconds that calls may last on a clean stop.
    `demo`: make accounts to try the pages with."""

    def __init__(
        self, config: Config, words: Words, drain: float, demo: bool = False, parts: Collection[str] = PARTS
    ) -> None:
        self._parts = parts
        self._config, self._words, self._drain = config, words, drain
        self._paths = InstancePaths.under(config.state_dir)
        self._controller = ControllerSide(config, self._paths, drain, demo)
        self.say = words.say

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Make the state folder (0700) and hold its locks. Raises `PbxError` when another run has one."""
        state = self._config.state_dir
        try:
            state.mkdir(mode=0o700, parents=True, exist_ok=True)
            state.chmod(0o700)
        except OSError as error:
            raise PbxError(f"state_dir {state}: {error.strerror}; set state_dir (IVR_STATE_DIR, --state-dir)") from None
        with ExitStack() as held:
            for part in self._parts:
                held.enter_context(_held(state / _LOCKS[part]))
            yield

    async def set_up(self) -> Supervisor:
        """All that is done before anything runs; quick when it was done before."""
        config, step = self._config, self._words.step
        services: list[Service] = []
        used = ""
        side = None
        if "asterisk" in self._parts:
            side = await AsteriskSide.find(config, self._paths, self._words, self._drain)
        step("checking the ports")
        ours = _setup.ports(config, side is not None and side.left is None, "controller" in self._parts)
        if faults := [f for port in ours if (f := fault_of(port))]:
            raise PbxError("\n".join(faults))
        if side is not None:
            await side.set_up()
            services.append(side.service())
            used = f"Asterisk {side.install.version} ({side.install.origin}) is used"
        if "controller" in self._parts:
            step("looking at the database")
            await self._controller.set_up()
            services.append(self._controller.service())
            if not built():
                self.say("the pages are not built (make setup, which needs node and npm): "
                         "calls are served, browsers not")
        self._words.rest()
        if used:
            self.say(used)
        return Supervisor(services, self.say)

    async def upgrade(self) -> None:
        """Where nothing is started: the database at this version, as the controller would bring it. Raises
        `StorageError`."""
        if "controller" in self._parts:
            self._words.step("upgrading the database")
            await self._controller.upgrade()

    async def ready(self) -> None:
        """Wait until the controller, if it is ours, says that it can take calls, then print the addresses, and
        the accounts once the database is there."""
        if "controller" not in self._parts:
            self.say(f"Asterisk is ready: {_setup.calls(self._config)}")
            return
        loop = asyncio.get_running_loop()
        warn_at = loop.time() + 30
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
            while (state := await self._controller.state(session)) != "ready":
                if loop.time() > warn_at:
                    self.say(f"not ready yet: {state} ({self._controller.ready_at})")
                    warn_at = loop.time() + 30
                await asyncio.sleep(0.2)
        for line in _setup.addresses(self._config):
            self.say(line)
        await self._controller.tell(self.say)


@contextmanager
def _held(path: Path) -> Iterator[None]:
    """Hold the lock file `path`, which says whose it is."""
    try:
        file = path.open("a+")
    except OSError as error:
        raise PbxError(f"{path}: {error.strerror}; set state_dir (IVR_STATE_DIR, --state-dir)") from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise PbxError(f"{path.parent}: a hotline runs here already (process {file.read().strip() or '?'}); "
                           "stop it, or use another --state-dir and other ports") from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def lock_holder(state: Path) -> str:
    """The process id of an `ivr run` that holds `state` or a part of it, or ""."""
    for name in _LOCKS.values():
        try:
            with (state / name).open("r") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except BlockingIOError:
                    return file.read().strip() or "?"
        except OSError:
            continue
    return ""
