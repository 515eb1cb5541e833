"""The whole hotline as `ivr run` starts it, and the telephone network that calls it."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import pytest
import pytest_asyncio

from ivr.config import Config
from ivr.pbx.paths import AsteriskInstall, InstancePaths
from ivr.pbx.provision import Provisioner, choose
from ivr.storage.store import open_storage
from ivr.testnet.calls import NetworkCall
from ivr.testnet.configuration import Exchange, Secure
from ivr.testnet.hearing import RATE, Audio, Ear, complete
from ivr.testnet.network import TelephoneNetwork
from tests.addresses import TELEPHONY, free_port, loopback
from tests.telephony.certificates import authority, make_authority, make_pair, pair

DID = "88005553535"
KEY_TIMEOUT = 4.0
#: The moment that routing and the spoken local time take for now: a Tuesday, 9:30 in Moscow; every site is at work.
NOW = "2026-11-24T06:30:00+00:00"
#: Seconds until a hotline is ready that has to build its prompts first.
_FIRST_START = 300
SHIPPED = Path(__file__).parents[2] / "ivr" / "data"


@dataclass
class Citizen:
    """A caller: presses keys when the awaited words have begun."""

    call: NetworkCall
    ears: dict[str, Ear]
    since: float = 0.0
    log: list[str] = field(default_factory=list)

    async def hears(self, *keys: str, language: str = "ru", limit: float = 20) -> str:
        """Wait until one of `keys` is heard after what was heard before; returns it."""
        loop = asyncio.get_running_loop()
        until = loop.time() + limit
        ended = 0.0
        while True:
            if not ended and not self.call.live:
                ended = loop.time()
            # the end of what was heard is written a moment after the call is over
            over = bool(ended) and (complete(self.call.heard) or loop.time() > ended + 3)
            tail = self._audio()[int(self.since * RATE) :]
            for heard in self.ears[language].listen(tail, keys):
                self.since += heard.end
                self.log.append(heard.key)
                return heard.key
            if over or loop.time() > until:
                raise AssertionError(f"heard none of {keys} ({language}) in {limit} s; before: {self.log}")
            await asyncio.sleep(0.15)

    async def press(self, keys: str) -> None:
        await self.call.press(keys)

    async def all_heard(self, keys: list[str], language: str = "ru") -> list[str]:
        """After the call: everything of `keys` that was heard, in order."""
        await self.call.ended()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(10):
                while not complete(self.call.heard):  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
        return self.ears[language].heard(self._audio(), keys)

    def _audio(self) -> Audio:
        raw = self.call.heard.read_bytes()[44:] if self.call.heard.exists() else b""
        return np.frombuffer(raw[: len(raw) // 2 * 2], "<i2").astype(np.float32) / 32768


@dataclass
class Line:
    """The running hotline."""

    network: TelephoneNetwork
    process: asyncio.subprocess.Process
    state: Path
    env: dict[str, str]
    web_port: int
    ears: dict[str, Ear]
    citizens: list[Citizen] = field(default_factory=list)

    @property
    def database(self) -> str:
        """Its URL."""
        return self.env.get("IVR_DATABASE_URL", f"sqlite:///{self.state / 'hotline.db'}")

    async def calls(self, number: str = "+79161234567", did: str = DID, trunk: str = "a") -> Citizen:
        """A citizen calls and is answered."""
        call = await self.network.call(number, did, trunk)
        await call.answered(15)
        self.citizens.append(Citizen(call, self.ears))
        return self.citizens[-1]

    async def called(self, number: str) -> Citizen:
        """The hotline calls a citizen, who answers."""
        call = await self.network.citizens.talk(number, 30)
        self.citizens.append(Citizen(call, self.ears))
        return self.citizens[-1]

    async def steps(self, number: str) -> list[tuple[str, dict[str, Any]]]:
        """What the journal tells of the newest call from `number`: kind and data of each event."""
        # not by a command: where many wait for news at once, its start would take longer than the news
        async with open_storage(self.database, 30) as storage:
            calls = await storage.calls.list(200)
        return next(([(s.kind, dict(s.data)) for s in call.steps] for call in calls if call.caller == number), [])

    async def until_told(self, number: str, kind: str, limit: float = 15) -> dict[str, Any]:
        """Wait until the newest call from `number` has an event of `kind`; returns the last one's data."""
        async with asyncio.timeout(limit):
            while True:
                told = [data for that, data in await self.steps(number) if that == kind]
                if told:
                    return told[-1]

    async def chooses(self, keys: str, language: int = 1, number: str = "+74951234567") -> Citizen:
        """A citizen calls, chooses the language and presses `keys` in the menus, each during the menu's words."""
        citizen = await self.calls(number)
        await citizen.hears("say/hello")
        for key in str(language) + keys:
            await citizen.press(key)
            await asyncio.sleep(0.4)  # what is pressed between two words of the controller's is lost
        return citizen

    async def ivr(self, *args: str, env: dict[str, str] | None = None) -> Any:
        """Run an `ivr` command with --json on the hotline's settings (or `env`); returns what it printed."""
        return await self.ivr_told("", *args, env=env)

    async def ivr_told(self, words: str, *args: str, env: dict[str, str] | None = None) -> Any:
        """The same; `words`: its standard input."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "ivr", *args, "--json", env=env or self.env,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, _ = await process.communicate(words.encode())
        assert process.returncode == 0, out
        return json.loads(out)

    async def until_ready(self, limit: float = 90) -> None:
        """Wait until the hotline says that it can take calls."""
        async with asyncio.timeout(limit), aiohttp.ClientSession() as session:
            while True:
                assert self.process.returncode is None, (self.state / "run.log").read_text()
                try:
                    async with session.get(f"http://127.0.0.1:{self.web_port}/health/ready") as answer:
                        if answer.status == 200:
                            return
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.1)

    async def kill_asterisk(self) -> None:
        """kill -9, and wait until it is gone: until then its ports take connections."""
        pid = int(InstancePaths.under(self.state).pid.read_text())
        loop, gone = asyncio.get_running_loop(), asyncio.Event()
        process = os.pidfd_open(pid)
        loop.add_reader(process, gone.set)
        try:
            os.kill(pid, signal.SIGKILL)
            await asyncio.wait_for(gone.wait(), 20)
        finally:
            loop.remove_reader(process)
            os.close(process)

    async def until_up(self, limit: float = 40) -> None:
        """Wait until Asterisk, killed, is there again (its supervisor waits longer from time to time)."""
        async with asyncio.timeout(limit):
            while True:
                with contextlib.suppress(OSError):
                    _, writer = await asyncio.open_connection("127.0.0.1", int(self.env["IVR_AMI_PORT"]))
                    writer.close()
                    return
                await asyncio.sleep(0.2)

    def controller(self) -> int:
        """The process id of the controller now running; raises when there is none."""
        for folder in Path("/proc").iterdir():
            try:
                words = (folder / "cmdline").read_bytes().split(b"\0")
                mine = f"IVR_STATE_DIR={self.state}".encode() in (folder / "environ").read_bytes()
            except (OSError, ValueError):
                continue
            if b"controller" in words and b"ivr" in words and mine:
                return int(folder.name)
        raise AssertionError("no controller runs")


@pytest.fixture(scope="session")
def install() -> AsteriskInstall:
    return choose(os.environ.get("IVR_ASTERISK", ""), Provisioner(Config().asterisk_cache, print))


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def everybody_hangs_up(line: "Line") -> AsyncIterator[None]:
    """A test that failed leaves no caller behind for the next one."""
    yield
    for citizen in line.citizens:
        if citizen.call.live:
            await citizen.call.hangup()
    line.citizens.clear()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def line(install: AsteriskInstall, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Line]:
    async with hotline(install, tmp_path_factory.mktemp("line") / "var") as running:
        yield running


@asynccontextmanager
async def hotline(
    install: AsteriskInstall, state: Path, number: int = 0, database_url: str = "", *,
    program: str = "ivr", more: Mapping[str, str] | None = None, say: Callable[[str], None] = print,
) -> AsyncIterator[Line]:
    """A hotline with its network; `number`: another one for each that runs at once; no `database_url`: SQLite.

    `program`: a module that takes the arguments of `ivr`; `more`: further variables; `say` gets its last words.
    """
    config = _settings(state, number)
    env = {
        **os.environ,
        "IVR_CONFIG_FILE": str(config),
        "IVR_STATE_DIR": str(state),
        "IVR_SIP_BIND": _host(number, 1),
        "IVR_RTP_START": str(32000 + 4000 * number),
        "IVR_RTP_END": str(33999 + 4000 * number),
        "IVR_AGI_PORT": str(free_port()),
        "IVR_AMI_PORT": str(free_port()),
        "IVR_WEB_PORT": str(free_port()),
        "IVR_WS_PORT": str(free_port()),
        "PYTHONUNBUFFERED": "1",
        **({"IVR_DATABASE_URL": database_url} if database_url else {}),
        **(more or {}),
    }
    with (state / "run.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", program, "run", "--drain", "1", env=env, stdout=log, stderr=log
        )
    ears = {language: Ear(state / "sounds" / language / "ivr") for language in ("ru", "en", "tt")}
    try:
        ready = Line(None, process, state, env, int(env["IVR_WEB_PORT"]), ears)  # type: ignore[arg-type]
        await ready.until_ready(_FIRST_START)
        phones = json.loads((state / "secrets.json").read_text())["operators"]
        exchange = Exchange(
            hotline=_host(number, 1), provider_a=_host(number, 2), provider_b=_host(number, 3),
            stranger=_host(number, 4), phones_at=_host(number, 5), manager_port=free_port(), password="b-password",
            rtp_start=34000 + 4000 * number, rtp_end=35999 + 4000 * number, phones=phones, citizens=True,
            secure=Secure(_host(number, 6), *pair(state, "provider"), authority(state)),
        )  # fmt: skip
        async with TelephoneNetwork(install, state / "network", exchange) as network:
            ready.network = network
            for phone in network.phones.values():
                await phone.registered()
            yield ready
    finally:
        if process.returncode is None:
            process.terminate()
        async with asyncio.timeout(40):
            await process.wait()
        say((state / "run.log").read_text()[-4000:])


def _settings(state: Path, number: int) -> Path:
    """Make the state folder with the deployment's own data; returns its settings file."""
    state.mkdir(mode=0o700)
    (state / "data").mkdir()
    plan = (SHIPPED / "queues.toml").read_text("utf-8")
    for queue, own in (
        ("kamchatka", "overflow_s = 30"), ("moscow", "overflow_s = 900"), ("kazan", 'callback = "agent_first"'),
    ):  # fmt: skip
        head = f"[queues.{queue}]\n"
        assert head in plan
        plan = plan.replace(head, f"{head}{own}\n")
    (state / "data" / "queues.toml").write_text(plan, "utf-8")
    make_authority(state)
    make_pair(state, "hotline", _host(number, 1))
    make_pair(state, "provider", _host(number, 6))
    certificate, key = pair(state, "hotline")
    config = state / "hotline.toml"
    config.write_text(
        f'sip_certificate = "{certificate}"\nsip_key = "{key}"\nsip_ca = "{authority(state)}"\n'
        f"key_timeout = {KEY_TIMEOUT}\nslow_key_timeout = 5.0\nannounce_every = 15\nring_timeout = 8\nwrapup = 0\n"
        f'data_dir = "{state / "data"}"\ntest_time = "{NOW}"\n'
        f'[[trunks]]\nname = "alpha"\naddresses = ["{_host(number, 2)}"]\n'
        f'[[trunks]]\nname = "beta"\nhost = "{_host(number, 3)}:5060"\nusername = "hotline"\npassword = "b-password"\n'
        f'[[trunks]]\nname = "gamma"\naddresses = ["{_host(number, 6)}"]\ntransport = "tls"\nmedia = "srtp"\n'
        f'[[trunks]]\nname = "delta"\nhost = "{_host(number, 6)}:5061"\nusername = "hotline-tls"\n'
        'password = "b-password"\ntransport = "tls"\nmedia = "srtp"\n'
        '[[operators]]\nlogin = "101"\n[[operators]]\nlogin = "102"\nqueues = ["kamchatka"]\n'
        '[[operators]]\nlogin = "103"\nqueues = ["vladivostok"]\n'
    )
    return config


def _host(number: int, last: int) -> str:
    return loopback(10 * number + last, TELEPHONY)
