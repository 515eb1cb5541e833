"""People at both images: an operator, callers, and each part away for a while."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from ivr.config import Config
from ivr.pbx.paths import InstancePaths
from ivr.pbx.provision import Provisioner, choose
from ivr.testnet.configuration import Exchange
from ivr.testnet.hearing import Ear
from ivr.testnet.network import TelephoneNetwork
from tests.addresses import free_port
from tests.docker.composed import POSTGRESQL
from tests.docker.containers import DID, NET, PROVIDER, STRANGER, Containers
from tests.docker.images import Images
from tests.postgres import private_postgres
from tests.telephony.conftest import Citizen

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="root file systems are made and entered by root only")

#: In the address of the database, which lets everybody in.
PASSWORD = "of-a-test-7f3a91"
BEFORE, SERVED, MEANWHILE = "+74951110001", "+74951110002", "+74951110003"


@pytest.fixture
async def containers(images: Images, tmp_path: Path) -> AsyncIterator[Containers]:
    # this machine only: what SIP is told is where it is
    sip = f"{NET}.34"
    here = Containers(images, POSTGRESQL, tmp_path, {"HOTLINE_NET": NET, "IVR_PUBLIC_ADDRESS": sip})
    with private_postgres() as database:
        here.secret("database_url", database.url.replace("@", f":{PASSWORD}@", 1))
        here.secret("database_password", PASSWORD)
        for service in ("asterisk", "controller"):
            here.start(service)
        for service in ("asterisk", "controller"):
            await asyncio.to_thread(here.until_healthy, service)
        await asyncio.to_thread(here.until_ready)
        yield here
        for service in list(here.started):
            await asyncio.to_thread(here.stop, service)


@pytest_asyncio.fixture
async def network(containers: Containers, tmp_path: Path) -> AsyncIterator[TelephoneNetwork]:
    """The telephone network, with the phone of the operator 101."""
    phones = json.loads((containers.folder / "state/secrets.json").read_text())["operators"]
    exchange = Exchange(hotline=containers.settings("asterisk")["IVR_SIP_BIND"], provider_a=PROVIDER,
                        provider_b=f"{NET}.52", stranger=STRANGER, phones_at=f"{NET}.53", manager_port=free_port(),
                        rtp_start=34000, rtp_end=34999, phones=phones)  # fmt: skip
    install = choose("", Provisioner(Config().asterisk_cache.expanduser(), print))
    async with TelephoneNetwork(install, tmp_path / "network", exchange) as network:
        await network.phones["101"].registered()
        yield network


async def test_each_part_may_be_away_and_what_was_and_what_was_wished_is_there_afterwards(
    containers: Containers, network: TelephoneNetwork
) -> None:
    ears = {"ru": Ear(containers.folder / "state/sounds/ru/ivr")}

    async def calls(number: str) -> Citizen:
        call = await network.call(number, DID)
        await call.answered(15)
        return Citizen(call, ears)

    async def ivr(*words: str) -> Any:
        return json.loads(await asyncio.to_thread(containers.execute, "controller", "ivr", *words, "--json"))

    containers.assert_least_rights([PASSWORD])
    phone = network.phones["101"]
    await phone.code("*11")
    citizen = await calls(BEFORE)
    await citizen.hears("say/hello")
    await citizen.call.hangup()
    async with asyncio.timeout(60):
        while BEFORE not in {call["caller"] for call in await ivr("calls", "list")}:  # it is written some moments later
            pass

    containers.kill("controller")
    assert "gives no sign of life" in await asyncio.to_thread(containers.health, "controller")
    assert not await asyncio.to_thread(containers.health, "asterisk")
    citizen = await calls(SERVED)
    await citizen.hears("fallback/greeting")
    talk = await phone.talk(40)
    await citizen.call.speak(network.tone(700, 4.0))
    await talk.hangup()
    await citizen.call.hangup()
    await phone.code("*12")
    [recording] = (containers.folder / "recordings").rglob("*.wav")
    async with asyncio.timeout(20):
        while recording.stat().st_size <= 3 * 2 * 8000:  # noqa: ASYNC110 - complete some moments after the talk
            await asyncio.sleep(0.1)
    assert (recording.stat().st_uid, recording.stat().st_mode & 0o077) == (10001, 0)
    citizen = await calls(MEANWHILE)
    await citizen.hears("fallback/greeting")
    await citizen.hears("fallback/nobody", limit=40)
    await citizen.hears("fallback/wish")
    await citizen.press("1")
    await citizen.hears("fallback/wish-taken")
    await citizen.call.hangup()

    containers.start("controller")
    await asyncio.to_thread(containers.until_healthy, "controller")
    await asyncio.to_thread(containers.until_ready)
    async with asyncio.timeout(20):
        wishes: list[dict[str, Any]] = []
        while not wishes:
            wishes = await ivr("callbacks", "list", "--number", MEANWHILE)
    [ticket] = [t for t in await ivr("tickets", "list") if t["caller"] == MEANWHILE]
    assert [(wish["ticket"], wish["source"]) for wish in wishes] == [(ticket["number"], "closed")]
    assert {call["caller"] for call in await ivr("calls", "list")} >= {BEFORE}

    asterisk = int(InstancePaths.under(containers.folder / "state").pid.read_text())
    os.kill(asterisk, signal.SIGSTOP)
    try:
        assert "does not answer" in await asyncio.to_thread(containers.health, "asterisk")
    finally:
        os.kill(asterisk, signal.SIGCONT)
    assert not await asyncio.to_thread(containers.health, "asterisk")
    assert "recordings" in await asyncio.to_thread(containers.execute, "retention", "ivr", "retention", "run")
    backup = await asyncio.to_thread(containers.backup)
    for service in ("controller", "asterisk"):
        assert await asyncio.to_thread(containers.stop, service) == 0, containers.log(service)
    assert not list((containers.folder / "tables").iterdir())
    await asyncio.to_thread(containers.put_back, backup)
    assert await ivr("callbacks", "list", "--number", MEANWHILE) == wishes
