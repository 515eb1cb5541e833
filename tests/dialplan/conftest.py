"""A hotline (Asterisk and dialplan only) and the telephone network, both private, on addresses of their own."""

import asyncio
import os
import time
import wave
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytest_asyncio

from ivr.config import Config, Operator, Secret, Trunk
from ivr.datafiles import read_data
from ivr.domain.queue_plan import QueuePlan, QueueRule, load_queue_plan
from ivr.pbx.instance import Instance
from ivr.pbx.paths import AsteriskInstall, InstancePaths
from ivr.pbx.plan import make_plan
from ivr.pbx.process import Asterisk
from ivr.pbx.provision import Provisioner, choose
from ivr.pbx.render import render
from ivr.pbx.secrets import load_secrets
from ivr.prompts.formats import alaw
from ivr.testnet.calls import NetworkCall
from ivr.testnet.configuration import Exchange
from ivr.testnet.hearing import complete
from ivr.testnet.network import TelephoneNetwork
from tests.addresses import DIALPLAN, free_port, loopback

SHIPPED = {queue.name: queue.weight for queue in load_queue_plan(read_data("queues.toml", None)).queues}
WEIGHTS = {"east": SHIPPED["kazan"], "west": SHIPPED["moscow"], "common": SHIPPED["common"]}
QUEUES = QueuePlan(tuple(QueueRule(name, weight=weight) for name, weight in WEIGHTS.items()))
#: The phone of a supervisor.
SUPERVISOR = "109"
PROMPTS = ("fallback/greeting", "fallback/nobody", "fallback/wish", "fallback/wish-taken", "queue/hold",
           "say/goodbye", "operator/logged-in", "operator/logged-out", "operator/paused", "operator/resumed",
           "operator/unknown", "operator/callback", "operator/about-signin", "operator/callback-answered",
           "operator/callback-busy", "operator/callback-no-answer", "operator/callback-gone",
           "operator/moved", "operator/place-kept")


@dataclass
class Bench:
    hotline: Asterisk
    paths: InstancePaths
    network: TelephoneNetwork
    config: Config
    boot_log: str
    dispatcher_secret: str = ""

    def frequencies(self, file: Path) -> list[float]:
        return frequencies(file)

    async def heard(self, call: NetworkCall, key: str, limit: float = 30) -> None:
        """Wait until the prompt has begun in the call."""
        pitch = 500 + 150 * PROMPTS.index(key)
        async with asyncio.timeout(limit):
            while True:
                raw = call.heard.read_bytes()[44:] if call.heard.exists() else b""
                samples = np.frombuffer(raw[:len(raw) // 2 * 2], "<i2").astype(float)
                if pitch in tones(samples):
                    return
                await asyncio.sleep(0.1)

    async def queued(self, queue: str, count: int, limit: float = 30) -> None:
        """Wait until so many callers are in the queue."""
        async with asyncio.timeout(limit):
            while f"has {count} calls" not in (await self.hotline.command(f"queue show {queue}") or ""):  # noqa: ASYNC110
                await asyncio.sleep(0.1)

    @property
    def wishes(self) -> Path:
        return self.config.state_dir / "spool" / "wishes"


@pytest.fixture
def pitches() -> Callable[[Path], list[str]]:
    """What was heard, as the keys of the placeholder prompts, in order."""
    by_pitch = {500 + 150 * n: key for n, key in enumerate(PROMPTS)}
    return lambda file: [by_pitch[f] for f in frequencies(file) if f in by_pitch]


def _host(last: int) -> str:
    return loopback(last, DIALPLAN)


def _has_sound(file: Path) -> bool:
    return file.exists() and file.stat().st_size > 44  # its header


def frequencies(file: Path) -> list[float]:
    """The tones of a recording in order (to 10 Hz), each at least 0.2 s; runs counted once."""
    begun = time.monotonic()
    # Asterisk closes the file a moment after the call is over; one without a sound is never complete
    while not complete(file) and time.monotonic() < begun + (20 if _has_sound(file) else 3):
        time.sleep(0.02)
    with wave.open(str(file), "rb") as sound:
        samples = np.frombuffer(sound.readframes(sound.getnframes()), "<i2").astype(float)
    return tones(samples)


def tones(samples: "np.ndarray[Any, np.dtype[np.float64]]") -> list[float]:
    found: list[float] = []
    previous, length = 0.0, 0
    for start in range(0, len(samples) - 800, 800):
        window = samples[start:start + 800]
        spectrum = np.abs(np.fft.rfft(window * np.hanning(800)))
        peak = float(np.argmax(spectrum)) * 10
        loud = np.sqrt(np.mean(window**2)) > 500 and spectrum.max() > 0.3 * spectrum.sum() / 3
        peak = peak if loud else 0.0
        length = length + 1 if peak == previous else 1
        if length == 2 and peak and (not found or found[-1] != peak):
            found.append(peak)
        previous = peak
    return found


@pytest.fixture(scope="session")
def install() -> AsteriskInstall:
    return choose(os.environ.get("IVR_ASTERISK", ""), Provisioner(Config().asterisk_cache.expanduser(), print))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bench(install: AsteriskInstall, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bench]:
    folder = tmp_path_factory.mktemp("hotline")
    config = Config(
        state_dir=folder, sip_bind=_host(1), sip_port=5060, rtp_start=30000, rtp_end=30999,
        agi_port=free_port(), ami_port=free_port(), ws_port=free_port(), ring_timeout=5, wrapup=0, announce_every=2,
        trunks=(Trunk("alpha", addresses=(_host(2),)),
                Trunk("beta", host=f"{_host(3)}:5060", username="hotline", password=Secret("b-password"))),
        operators=(Operator("101"), Operator("102"), Operator("103", queues=("west",)), Operator(SUPERVISOR)),
    )
    secrets = load_secrets(folder / "secrets.json", [o.login for o in config.operators])
    exchange = Exchange(
        hotline=config.sip_bind, hotline_port=config.sip_port, provider_a=_host(2), provider_b=_host(3),
        stranger=_host(4), phones_at=_host(2).rsplit(".", 1)[0] + ".5", manager_port=free_port(),
        password="b-password", rtp_start=31000, rtp_end=31999,
        phones={o.login: secrets.operators[o.login] for o in config.operators}, citizens=True,
    )
    paths = InstancePaths.under(folder)
    plan = replace(make_plan(config, secrets, QUEUES, paths), callback_ring=3, callback_operator=4)
    files = render(plan, install.modules)
    head = f"[op-{SUPERVISOR}](operator)\n"
    assert head in files["pjsip.conf"]
    # a plain SIP phone in place of a supervisor's browser
    files["pjsip.conf"] = files["pjsip.conf"].replace(head, f"{head}context = supervisors\n")
    Instance(paths, install).write(files)
    placeholders(paths.sounds / "ru" / "ivr")
    hotline = Asterisk(install, paths)
    child = await hotline.start()
    try:
        boot_log = (paths.log / "messages.log").read_text()
        async with TelephoneNetwork(install, folder / "network", exchange) as network:
            yield Bench(hotline, paths, network, config, boot_log, secrets.dispatcher)
    finally:
        await hotline.stop(child, patience=0)


def placeholders(folder: Path) -> None:
    """A short tone of its own for every prompt."""
    for number, key in enumerate(PROMPTS):
        file = (folder / key).with_suffix(".alaw")
        file.parent.mkdir(parents=True, exist_ok=True)
        # an operator hangs up during this one
        length = 24000 if key == "operator/about-signin" else 4000
        tone = 9000 * np.sin(2 * np.pi * (500 + 150 * number) * np.arange(length) / 8000)
        file.write_bytes(alaw(tone.astype(np.int16)))
