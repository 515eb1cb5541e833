"""Asterisk's doors: who comes without the web server's word, or by UDP, is nobody; who comes in reaches what is his."""

import asyncio
import secrets
import socket

import aiohttp
import pytest

from tests.web.test_sip_text import sip

from .hotline import STRANGER, Hotline

pytestmark = pytest.mark.asyncio(loop_scope="session")
#: Asterisk, which waits for an ACK, does not answer the closing of a refused call's connection.
_WS = aiohttp.ClientWSTimeout(ws_close=1)
_OUTSIDE = ("+79161234567", "89161234567", "88005553535", "112", "*11", "s", "queues", "op-101", "web-101", "1")
_PLAIN = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 8\r\n"
    "a=rtpmap:8 PCMA/8000\r\n"
)


def invite(dialled: str, user: str, *more: str) -> str:
    """A call of its own each time: Asterisk takes the same once more for a repetition."""
    text = sip(
        f"INVITE sip:{dialled}@hotline.invalid SIP/2.0", "Content-Type: application/sdp", *more, user=user,
        to=f"<sip:{dialled}@hotline.invalid>", body=_PLAIN,
    )  # fmt: skip
    own = secrets.token_hex(8)
    return text.replace("Call-ID: 1234567890", f"Call-ID: {own}").replace("z9hG4bK1", f"z9hG4bK{own}")


def _final(answer: str) -> int:
    """The status of a final answer; 0 for any other message."""
    status = int(answer.split(" ")[1]) if answer.startswith("SIP/2.0 ") else 0
    return status if status >= 200 else 0


async def by_udp(line: Hotline, message: str) -> int:
    """The status of Asterisk's final answer."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plain:
        plain.setblocking(False)
        plain.bind((STRANGER, 0))
        text = message.replace("SIP/2.0/WS abc.invalid", f"SIP/2.0/UDP {STRANGER}:{plain.getsockname()[1]}")
        await loop.sock_sendto(plain, text.encode(), (line.sip, 5060))
        async with asyncio.timeout(20):
            while not (status := _final((await loop.sock_recv(plain, 65536)).decode())):
                pass
    return status


async def by_websocket(line: Hotline, message: str) -> int:
    """The same, straight to Asterisk's own WebSocket, past the web server."""
    url = f"http://127.0.0.1:{line.ws_port}/ws"
    async with aiohttp.ClientSession() as session, session.ws_connect(url, protocols=("sip",), timeout=_WS) as socket_:
        await socket_.send_str(message)
        async with asyncio.timeout(20):
            while not (status := _final((await socket_.receive()).data)):
                pass
    return status


@pytest.mark.parametrize("user", ["web-guest", "web-101", "sup-1"])
async def test_browsers_phones_are_nobody_by_udp_and_without_the_word_of_the_door(line: Hotline, user: str) -> None:
    forged = "X-Hotline-Door: word." + user
    for more in ((), (forged,), (f"{forged}", "X-Hotline-Guest: 0123456789abcdef")):
        assert await by_udp(line, invite("hotline", user, *more)) == 401
        assert await by_websocket(line, invite("hotline", user, *more)) == 401
    await line.until_channels(0, 30)


@pytest.mark.parametrize("dialled", _OUTSIDE)
async def test_a_guest_reaches_nothing_but_the_hotline_even_past_the_web_server(line: Hotline, dialled: str) -> None:
    words = (f"X-Hotline-Door: {line.secrets.door}.web-guest", "X-Hotline-Guest: 0123456789abcdef")
    assert await by_websocket(line, invite(dialled, "web-guest", *words)) == 404
    await line.until_channels(0, 20)


async def test_a_guest_without_a_call_of_his_own_is_refused(line: Hotline) -> None:
    word = f"X-Hotline-Door: {line.secrets.door}.web-guest"
    assert await by_websocket(line, invite("hotline", "web-guest", word)) >= 400
    await line.until_channels(0, 20)


@pytest.mark.parametrize("phone", ["web-101", "sup-1"])
async def test_staff_s_phones_need_their_password_too(line: Hotline, phone: str) -> None:
    word = f"X-Hotline-Door: {line.secrets.door}.{phone}"
    assert await by_websocket(line, invite("*11", phone, word)) == 401


async def test_nothing_but_the_websocket_is_served_on_asterisk_s_port(line: Hotline) -> None:
    async with aiohttp.ClientSession() as session:
        for path in ("/", "/httpstatus", "/static/", "/rawman", "/ari/channels", "/media/x"):
            async with session.get(f"http://127.0.0.1:{line.ws_port}{path}") as answer:
                assert answer.status == 404, path
