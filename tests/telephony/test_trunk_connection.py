"""A provider over TLS is believed for the connection that his call came by, not for what the call says of itself."""

import asyncio
import base64
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from ivr.pbx.paths import AsteriskInstall, InstancePaths
from ivr.pbx.process import Asterisk
from tests.chaos.sip_call import Dialog, sdp
from tests.chaos.sip_wire import TlsWire, UdpWire
from tests.telephony.certificates import authority
from tests.telephony.conftest import DID, Line

pytestmark = pytest.mark.asyncio(loop_scope="session")


def offer(address: str) -> bytes:
    """Encrypted sound (SRTP), its keys in the offer (RFC 4568)."""
    key = base64.b64encode(secrets.token_bytes(30)).decode()
    return sdp(address, 40000).replace(b"RTP/AVP", b"RTP/SAVP") + (
        f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{key}\r\n".encode()
    )


def call(line: Line, wire: TlsWire | UdpWire, number: str) -> Dialog:
    return Dialog(wire, f"sip:{DID}@{line.env['IVR_SIP_BIND']}", f"<sip:{number}@provider.example>".encode())


@asynccontextmanager
async def by_tls(line: Line) -> AsyncIterator[TlsWire]:
    """A connection of provider C."""
    wire = await TlsWire.at(line.network.exchange.secure.address,  # type: ignore[union-attr]
                            line.env["IVR_SIP_BIND"], authority(line.state))  # fmt: skip
    async with asyncio.TaskGroup() as group:
        reading = group.create_task(wire.run())
        try:
            yield wire
        finally:
            reading.cancel()
            wire.close()


async def test_a_call_by_tls_is_taken_whatever_its_contact_says(line: Line, install: AsteriskInstall) -> None:
    number = "+74951230721"
    async with by_tls(line) as wire:
        assert "transport" not in wire.contact
        dialog = call(line, wire, number)
        assert (await dialog.invite(offer(wire.contact.partition(":")[0]))).status == 200
        assert (await line.until_told(number, "start"))["trunk"] == "gamma"
        # and what we say later comes by the same connection
        await Asterisk(install, InstancePaths.under(line.state)).command("channel request hangup all")
        async with asyncio.timeout(10):
            await dialog.ended.wait()
        assert dialog.hung_up_by_them


async def test_a_call_by_udp_that_says_it_is_tls_is_refused(line: Line) -> None:
    number = "+74951230722"
    address = line.network.exchange.secure.address  # type: ignore[union-attr]
    wire = await UdpWire.at(address, line.env["IVR_SIP_BIND"])
    try:
        wire.contact += ";transport=tls"
        dialog = call(line, wire, number)
        answer = await dialog.invite(offer(address))
    finally:
        wire.close()
    assert answer.status == 403, answer.first
    assert await line.steps(number) == []
