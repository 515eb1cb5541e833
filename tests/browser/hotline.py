"""A whole hotline as `ivr run` starts it, for browsers: its pages, its Asterisk, its commands."""

import asyncio
import itertools
import json
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from ivr.config import Config
from ivr.datafiles import data_reader
from ivr.pbx.paths import InstancePaths
from ivr.pbx.process import Asterisk
from ivr.pbx.provision import Provisioner, choose
from ivr.pbx.secrets import PbxSecrets, load_secrets
from ivr.prompts.catalogue import load_catalogue
from tests.addresses import BROWSERS, free_port, loopback
from tests.web.running import PASSWORD

#: A Tuesday, 9:30 in Moscow: every site is at work.
NOW = "2026-11-24T06:30:00+00:00"
OPERATORS = ("101", "102")
#: An address that no provider calls from.
STRANGER = loopback(4, BROWSERS[0])
_HOUSES = itertools.cycle(BROWSERS)
#: Russian words of every sound.
TEXTS = {prompt.key: prompt.text for prompt in load_catalogue(data_reader(None), ["ru"])}


@dataclass
class Hotline:
    """`sip`: address of its SIP socket; `ws_port`: Asterisk's WebSocket."""

    process: asyncio.subprocess.Process
    state: Path
    env: dict[str, str]
    asterisk: Asterisk
    secrets: PbxSecrets

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.env['IVR_WEB_PORT']}"

    @property
    def sip(self) -> str:
        return self.env["IVR_SIP_BIND"]

    @property
    def ws_port(self) -> int:
        return int(self.env["IVR_WS_PORT"])

    async def ivr(self, *args: str, words: str = "") -> Any:
        """Run an `ivr` command with --json on these settings; what it printed. `words`: its standard input."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "ivr", *args, "--json", env=self.env,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, _ = await process.communicate(words.encode())
        assert process.returncode == 0, out
        return json.loads(out)

    async def person(self, login: str, *roles: str, phone: str = "") -> None:
        """An account with `PASSWORD`."""
        words = ["users", "add", login, "--roles", ",".join(roles), "--stdin"]
        await self.ivr(*words, *(["--phone", phone] if phone else []), words=PASSWORD + "\n")

    async def steps(self) -> list[tuple[str, dict[str, Any]]]:
        """What the journal tells of the newest call."""
        newest = (await self.ivr("calls", "list", "--limit", "1"))[0]["call_id"]
        return [(s["kind"], s["data"]) for s in (await self.ivr("calls", "show", newest))["steps"]]

    async def until_told(self, kind: str, limit: float = 60) -> dict[str, Any]:
        """Wait until the newest call has an event of `kind`; the last one's data."""
        async with asyncio.timeout(limit):
            while True:
                told = [data for that, data in await self.steps() if that == kind]
                if told:
                    return told[-1]

    async def channels(self) -> int:
        """Calls (legs) that Asterisk has now; -1 when it does not say."""
        said = await self.asterisk.command("core show channels count") or ""
        counted = re.search(r"(\d+) active channel", said)
        return int(counted[1]) if counted else -1

    async def until_channels(self, count: int, limit: float) -> float:
        """Wait until there are so many; the seconds it took."""
        clock = asyncio.get_running_loop().time
        begun = clock()
        async with asyncio.timeout(limit):
            while await self.channels() != count:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        return clock() - begun

    async def until_ready(self, limit: float = 300) -> None:
        """Wait until it says that it can take calls."""
        async with asyncio.timeout(limit), aiohttp.ClientSession() as session:
            while True:
                assert self.process.returncode is None, (self.state / "run.log").read_text()
                try:
                    async with session.get(f"{self.base}/health/ready") as answer:
                        if answer.status == 200:
                            return
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.1)


@asynccontextmanager
async def hotline(state: Path) -> AsyncIterator[Hotline]:
    """One in `state`, with two operators."""
    house = next(_HOUSES)
    state.mkdir(mode=0o700)
    config = state / "hotline.toml"
    operators = "".join(f'[[operators]]\nlogin = "{login}"\n' for login in OPERATORS)
    config.write_text(
        "key_timeout = 3.0\nannounce_every = 15\nring_timeout = 25\nwrapup = 0\n" + f'test_time = "{NOW}"\n'
        f'[[trunks]]\nname = "alpha"\naddresses = ["{loopback(2, house)}"]\n{operators}'
    )
    env = {
        **os.environ,
        "IVR_CONFIG_FILE": str(config),
        "IVR_STATE_DIR": str(state),
        "IVR_SIP_BIND": loopback(1, house),
        "IVR_RTP_START": "36000",
        "IVR_RTP_END": "37999",
        **{f"IVR_{name}_PORT": str(free_port()) for name in ("AGI", "AMI", "WEB", "WS")},
        "PYTHONUNBUFFERED": "1",
    }
    with (state / "run.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "ivr", "run", "--drain", "1", env=env, stdout=log, stderr=log
        )
    install = choose(os.environ.get("IVR_ASTERISK", ""), Provisioner(Config().asterisk_cache, print))
    asterisk = Asterisk(install, InstancePaths.under(state))
    try:
        found = Hotline(process, state, env, asterisk, PbxSecrets("", {}))
        await found.until_ready()
        found.secrets = load_secrets(state / "secrets.json", OPERATORS)
        yield found
    finally:
        if process.returncode is None:
            process.terminate()
        async with asyncio.timeout(40):
            await process.wait()
        print((state / "run.log").read_text()[-4000:])
