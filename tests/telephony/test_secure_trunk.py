"""A provider over TLS whose sound is encrypted (SRTP): keys and words both ways, and nothing is taken without it."""

import asyncio
import ssl
from pathlib import Path

import pytest

from ivr.errors import PbxError
from ivr.testnet.hearing import read_wav
from tests.telephony.certificates import authority, pair
from tests.telephony.conftest import DID, Line
from tests.telephony.test_callbacks import operator
from tests.telephony.tone import tone_heard

pytestmark = pytest.mark.asyncio(loop_scope="session")


def messages(file: Path) -> list[str]:
    """The SIP messages of a pcap file, with what is before them in each packet."""
    data, at, found = file.read_bytes(), 24, []
    while at < len(data):
        length = int.from_bytes(data[at + 8 : at + 12], "little")
        found.append(data[at + 16 : at + 16 + length].decode("latin-1"))
        at += 16 + length
    return found


async def test_keys_and_words_go_both_ways_over_tls_and_srtp(line: Line) -> None:
    number = "+74951230701"
    written = line.state / "provider-c.pcap"
    await line.network.console(f"pjsip set logger pcap {written}")
    await line.network.console("pjsip set logger on")
    try:
        async with operator(line) as phone:
            citizen = await line.calls(number, trunk="c")
            await citizen.hears("say/hello")
            for key in "110":
                await citizen.press(key)
                await asyncio.sleep(0.4)  # what is pressed between two words of the controller's is lost
            await citizen.hears("ticket/repeat", limit=30)
            await citizen.press("2")
            talk = await phone.talk()
            await citizen.call.speak(line.network.tone(700, 2.0))
            await talk.hangup()
            await citizen.hears("rating/ask", limit=30)
            await citizen.call.hangup()
    finally:
        await line.network.console("pjsip set logger off")
    assert tone_heard(read_wav(talk.heard), 700)
    assert tone_heard(citizen._audio(), 440)
    # both sides of the provider's call named encrypted sound, over TLS; its sound had keys of its own
    address = line.network.exchange.secure.address  # type: ignore[union-attr]
    media = [said for said in messages(written) if "m=audio" in said and f"/TLS {address}:" in said]
    assert {said.partition("SIP/2.0 200")[1] != "" for said in media} == {True, False}
    assert all("RTP/SAVP " in said and "a=crypto:" in said and "RTP/AVP " not in said for said in media)
    assert (await line.until_told(number, "start"))["trunk"] == "gamma"


async def test_where_we_registered_by_tls_calls_come_in_by_that_connection(line: Line) -> None:
    await line.network.registered(tls=True)
    number = "+74951230702"
    citizen = await line.calls(number, trunk="b-tls")
    await citizen.hears("say/hello")
    await citizen.press("1")
    await citizen.hears("menu/main")
    await citizen.call.hangup()
    assert (await line.until_told(number, "start"))["trunk"] == "delta"


@pytest.mark.parametrize(("trunk", "cause"), [("c-rtp", 0), ("c-udp", 21)])
async def test_without_srtp_or_without_tls_nothing_is_taken(line: Line, trunk: str, cause: int) -> None:
    number = f"+7495123071{cause % 10}"
    call = await line.network.call(number, DID, trunk)
    with pytest.raises(PbxError, match="was not answered") as refused:
        await call.answered(10)
    assert not cause or f": {cause} " in str(refused.value)
    assert await line.steps(number) == []


async def test_who_connects_is_shown_our_certificate(line: Line) -> None:
    certificate, _ = pair(line.state, "hotline")
    assert await shown(line, line.env["IVR_SIP_BIND"]) == ssl.PEM_cert_to_DER_cert(certificate.read_text("ascii"))


async def shown(line: Line, address: str) -> bytes:
    """The certificate that Asterisk shows who connects now; checked as providers do."""
    checked = ssl.create_default_context(cafile=str(authority(line.state)))
    _, writer = await asyncio.open_connection(address, 5061, ssl=checked, server_hostname=address)
    certificate = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    return bytes(certificate)
