"""The two Asterisks: the hotline as `ivr run` starts it, and one with the same configuration that has no controller,
where the dialplan alone and the servers of others are called."""

import asyncio
import os
import sys
import urllib.request
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from ivr.config import Config, load_config
from ivr.datafiles import read_data
from ivr.domain.queue_plan import load_queue_plan
from ivr.pbx.child import Child
from ivr.pbx.instance import Instance
from ivr.pbx.paths import AsteriskInstall, InstancePaths
from ivr.pbx.plan import make_plan
from ivr.pbx.process import Asterisk
from ivr.pbx.provision import Provisioner, choose
from ivr.pbx.render import render
from ivr.pbx.secrets import load_secrets
from tests.addresses import free_port
from tests.bench.refcall.dialplans import MODULES, contexts
from tests.bench.refcall.processes import family
from tests.bench.refcall.story import NOW, QUEUE, Said

TRUNK, DID = "bench", "88005553535"
#: A first start builds the prompts.
_READY_S = 400
#: An operator who is there, and takes no call: he is at rest.
_MEMBER = "Local/s@language/n"
_SETTINGS = """max_calls = 5000
test_time = "{now}"
record = "off"
[[trunks]]
name = "{trunk}"
addresses = ["{hosts}0/24"]
[[operators]]
login = "101"
"""


@dataclass(frozen=True)
class House:
    """One of the two: its SIP address, and its Asterisk. `owner`: the process of `ivr run`, 0 where there is none."""

    target: str
    asterisk: Asterisk
    pbx: int
    owner: int = 0

    def controllers(self) -> tuple[int, ...]:
        """Everything that `ivr run` runs but Asterisk."""
        return tuple(pid for pid in family(self.owner) if pid != self.pbx) if self.owner else ()


def hosts() -> str:
    """The first three numbers of loopback addresses that this process alone uses."""
    return f"127.{os.getpid() % 200 + 20}.{os.getpid() // 200 % 200 + 50}."


@asynccontextmanager
async def hotline(state: Path, cores: Sequence[int]) -> AsyncIterator[House]:
    """`ivr run`, ready, with an operator at rest in the common queue."""
    host, web = f"{hosts()}1", free_port()
    state.mkdir(mode=0o700)
    (state / "hotline.toml").write_text(_SETTINGS.format(now=NOW, trunk=TRUNK, hosts=hosts()), "utf-8")
    env = {
        **os.environ,
        "IVR_CONFIG_FILE": str(state / "hotline.toml"),
        "IVR_STATE_DIR": str(state),
        "IVR_SIP_BIND": host,
        "IVR_RTP_START": "50000",
        "IVR_RTP_END": "59999",
        **{f"IVR_{name}_PORT": str(free_port()) for name in ("AGI", "AMI", "WS")},
        "IVR_WEB_PORT": str(web),
    }
    with (state / "run.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "ivr", "run", "--drain", "1", env=env, stdout=log, stderr=log,
            preexec_fn=lambda: os.sched_setaffinity(0, cores),
        )  # fmt: skip
    try:
        await _ready(web, process, state / "run.log")
        paths = InstancePaths.under(state)
        asterisk = Asterisk(_install(Config(state_dir=state)), paths)
        await _operator(asterisk)
        yield House(f"{host}:5060", asterisk, int(paths.pid.read_text()), process.pid)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


@asynccontextmanager
async def beside(
    state: Path, sounds: Path, told: Sequence[Said], agi: Mapping[str, str], cores: Sequence[int]
) -> AsyncIterator[House]:
    """An Asterisk without a controller, with the hotline's `sounds`; `agi`: see `dialplans.contexts`."""
    host = f"{hosts()}2"
    state.mkdir(mode=0o700)
    (state / "hotline.toml").write_text(_SETTINGS.format(now=NOW, trunk=TRUNK, hosts=hosts()), "utf-8")
    config = load_config(
        environ={"IVR_CONFIG_FILE": str(state / "hotline.toml"), "IVR_STATE_DIR": str(state), "IVR_SIP_BIND": host,
         "IVR_RTP_START": "50000", "IVR_RTP_END": "59999",
         **{f"IVR_{name}_PORT": str(free_port()) for name in ("AGI", "AMI", "WS")}}
    )  # fmt: skip
    install, paths = _install(config), InstancePaths(state.resolve() / "asterisk", sounds)
    secrets = load_secrets(state / "secrets.json", [one.login for one in config.operators])
    plan = make_plan(config, secrets, load_queue_plan(read_data("queues.toml", None)), paths)
    files = render(plan, install.modules)
    files["extensions.conf"] += contexts(TRUNK, told, agi)
    files["modules.conf"] += "".join(f"load = {name}.so\n" for name in MODULES)
    Instance(paths, install).write(files)
    asterisk, before = Asterisk(install, paths), os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        child: Child = await asterisk.start()
    finally:
        os.sched_setaffinity(0, before)
    try:
        await _operator(asterisk)
        yield House(f"{host}:5060", asterisk, child.pid)
    finally:
        await asterisk.stop(child, patience=0)


async def hang_up_all(house: House) -> None:
    """End every call and wait until they are gone."""
    shown = ""
    for _ in range(20):
        await house.asterisk.command("channel request hangup all")
        for _ in range(20):
            shown = await house.asterisk.command("core show channels count") or ""
            if shown.startswith("0 active channels"):
                return
            await asyncio.sleep(0.2)
    raise RuntimeError(f"calls do not end: {shown.strip()}")


def _install(config: Config) -> AsteriskInstall:
    return choose(config.asterisk, Provisioner(config.asterisk_cache.expanduser(), print))


async def _operator(asterisk: Asterisk) -> None:
    for words in (f"queue add member {_MEMBER} to {QUEUE} penalty 0 as 101",
                  f"queue pause member {_MEMBER} queue {QUEUE} reason bench"):  # fmt: skip
        answer = await asterisk.command(words) or ""
        if "Added" not in answer and "aused" not in answer:
            raise RuntimeError(f"the operator at rest could not be made: {answer.strip() or words}")


async def _ready(port: int, process: asyncio.subprocess.Process, log: Path) -> None:
    async with asyncio.timeout(_READY_S):
        while True:
            if process.returncode is not None:
                raise RuntimeError(f"the hotline did not start: {log.read_text('utf-8', 'replace')[-800:]}")
            if await asyncio.to_thread(_answers, f"http://127.0.0.1:{port}/health/ready"):
                return
            await asyncio.sleep(0.3)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
