"""Malformed SIP by UDP, by Asterisk's WebSocket, by the web server's; TCP is not spoken at all."""

import asyncio
import contextlib
import random
import secrets
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as some

from tests.chaos.outside.siege import Siege
from tests.chaos.outside.torture import ODD, WRONG, written
from tests.chaos.sip_wire import UdpWire
from tests.web.running import Browser

_METHODS = (b"INVITE", b"REGISTER", b"OPTIONS", b"BYE", b"CANCEL", b"ACK", b"REFER", b"SUBSCRIBE", b"NOTIFY", b"UPDATE")
#: What is put into a message somewhere.
_SPLINTERS = (b"\0", b"\r\n", b"\n", b"\r\n\r\n", b"\xff\xfe", b'"', b"<", b">", b";", b":", b",", b"%00", b"%0d%0a",
              b"9" * 40, b"-1", b"A" * 3000, b";tag=", b"sip:", b"@", b"\x1b[2J", "\u202e".encode(), b"  ", b"\t")


#: Tokens that one address is given in a minute.
_TOKENS = 12


@dataclass
class Tried:
    """`sent`: messages; `answered`: of the odd ones that are right."""

    sent: int = 0
    answered: int = 0
    faults: list[str] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)


async def malformed(siege: Siege, tried: Tried, mutants: int = 3000, seed: int = 1) -> None:
    """The corpus from a trunk and from nobody, then messages grown from it; after each kind a call is answered."""
    pid = _pid(siege)
    messages = grown(mutants, seed)
    for last, who in ((2, "a trunk"), (8, "nobody")):
        wire = await UdpWire.at(siege.place(last), siege.sip)
        await _corpus(siege, wire, who, tried)
        await _still_there(siege, pid, f"the corpus from {who}", tried)
        await _shower(siege, wire, messages, tried)
        await _still_there(siege, pid, f"{len(messages)} grown messages from {who}", tried)
        wire.close()
    await _by_socket(siege, messages, tried)
    await _still_there(siege, pid, "messages by WebSocket", tried)
    await _by_page(siege, messages, tried)
    await _still_there(siege, pid, "messages by the pages' door", tried)
    with contextlib.suppress(OSError):
        _, writer = await asyncio.open_connection(siege.sip, 5060)
        writer.close()
        tried.faults.append("Asterisk speaks SIP over TCP")
    tried.faults += await siege.broken()


async def shortly(siege: Siege, tried: Tried, seed: int) -> None:
    """By UDP alone, and without looking whether somebody's call is left: others are there."""
    pid, before = _pid(siege), await _channels(siege)
    for last, who in ((8, "nobody"), (2, "a trunk")):
        wire = await UdpWire.at(siege.place(last), siege.sip)
        await _corpus(siege, wire, who, tried)
        await _shower(siege, wire, grown(200, seed), tried, clear=False)
        wire.close()
    await _hang_up_ours(siege, before)
    await _still_there(siege, pid, "malformed messages", tried)


async def _channels(siege: Siege) -> set[str]:
    shown = await siege.hotline.command("core show channels concise") or ""
    return {line.split("!")[0] for line in shown.splitlines() if "!" in line}


async def _hang_up_ours(siege: Siege, before: set[str]) -> None:
    """What has become a call by chance is nobody's; it would keep an operator until it is found silent."""
    for channel in sorted(await _channels(siege) - before):
        if channel.startswith("PJSIP/trunk-alpha"):
            await siege.hotline.command(f"channel request hangup {channel}")


def _pid(siege: Siege) -> str:
    return (siege.line.state / "asterisk" / "run" / "asterisk.pid").read_text()


async def _still_there(siege: Siege, pid: str, after: str, tried: Tried) -> None:
    if _pid(siege) != pid:
        tried.faults.append(f"after {after} Asterisk is another process")
    try:
        tried.figures[f"answered after {after}, s"] = round(await siege.serves(), 2)
    except TimeoutError as error:
        tried.faults.append(f"after {after} no call is answered: {error}")


async def _corpus(siege: Siege, wire: UdpWire, who: str, tried: Tried) -> None:
    silent = []
    for name, template in {**ODD, **WRONG}.items():
        own = secrets.token_hex(8)
        raw = written(template, wire.via, wire.contact, siege.sip, own)
        heard = asyncio.Event()
        for call_id in (own, f"{own}@x"):
            wire.listen(call_id, lambda _, heard=heard: heard.set())
        wire.send(raw)
        tried.sent += 1
        try:
            async with asyncio.timeout(1.5 if name in ODD else 0.02):
                await heard.wait()
                tried.answered += name in ODD
        except TimeoutError:
            if name in ODD:
                silent.append(name)
        _end(wire, siege, own)
    tried.figures[f"without an answer, from {who}"] = silent


def _end(wire: UdpWire, siege: Siege, own: str) -> None:
    """What may have become a call is none any more."""
    cancel = (f"CANCEL sip:88005553535@{siege.sip} SIP/2.0\r\nVia: SIP/2.0/{wire.via};branch=z9hG4bK{own};rport\r\n"
              f"Max-Forwards: 70\r\nFrom: <sip:+74951230003@alpha>;tag={own}\r\nTo: <sip:88005553535@{siege.sip}>\r\n"
              f"Call-ID: {own}@x\r\nCSeq: 1 CANCEL\r\nContent-Length: 0\r\n\r\n")  # fmt: skip
    wire.send(cancel.encode())


async def _shower(siege: Siege, wire: UdpWire, messages: list[bytes], tried: Tried, clear: bool = True) -> None:
    """So fast that nothing is lost between the sockets."""
    for number, raw in enumerate(messages):
        wire.send(_own(raw, wire.via, wire.contact, siege.sip))
        tried.sent += 1
        if number % 20 == 19:
            await asyncio.sleep(0.02)
    await asyncio.sleep(2)
    if not clear:
        return
    # nobody hangs up what has become a call by chance
    await siege.hotline.command("channel request hangup all")
    await asyncio.sleep(1)


def _own(raw: bytes, via: str, us: str, sip: str) -> bytes:
    for name, value in ((b"{via}", via), (b"{us}", us), (b"{sip}", sip), (b"{own}", secrets.token_hex(8))):
        raw = raw.replace(name, value.encode())
    return raw[:65000]


async def _by_socket(siege: Siege, messages: list[bytes], tried: Tried) -> None:
    """Straight to Asterisk's WebSocket, as text and as bytes, in frames that fit and that do not."""
    url = f"http://127.0.0.1:{siege.line.env['IVR_WS_PORT']}/ws"
    dice = random.Random(1)
    corpus = [template.encode("utf-8", "surrogateescape") for template in (*ODD.values(), *WRONG.values())]
    queue = [*corpus, *messages[: len(messages) // 3]]
    closed = 0
    async with aiohttp.ClientSession() as session:
        while queue:
            async with session.ws_connect(url, protocols=("sip",)) as socket:
                while queue and not socket.closed:
                    raw = _own(queue.pop(), "WS x.invalid", "x.invalid;transport=ws", siege.sip)
                    try:
                        if dice.random() < 0.5:
                            await socket.send_str(raw.decode())
                        else:
                            await socket.send_bytes(raw)
                    except UnicodeDecodeError:
                        await socket.send_bytes(raw)
                    except ConnectionError:
                        break
                    tried.sent += 1
                    if dice.random() < 0.05:
                        break  # gone in the middle
            closed += 1
    tried.figures["WebSockets opened"] = closed


async def _by_page(siege: Siege, messages: list[bytes], tried: Tried) -> None:
    """Through the door of the pages, with a guest's token: what is no SIP of a page ends that socket alone."""
    ended = 0
    left = list(messages)
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        browser = Browser(http, siege.pages)
        await browser.ask("GET", "/api/session")
        for _ in range(_TOKENS):
            status, told = await browser.ask("POST", "/api/call/token", {"category": "signin", "language": "ru"})
            if status != 200:
                tried.faults.append(f"no token for a call from the page: {status}: {str(told)[:80]}")
                return
            words, origin = ("sip", f"guest.{told['token']}"), {"Origin": siege.pages}
            async with http.ws_connect(f"{siege.pages}/sip", protocols=words, headers=origin) as line:
                while left and not line.closed:
                    raw = _own(left.pop(), "WS x.invalid", "x.invalid;transport=ws", siege.sip)
                    with contextlib.suppress(UnicodeDecodeError, ConnectionError):
                        await line.send_str(raw.decode())
                        tried.sent += 1
                        with contextlib.suppress(TimeoutError):
                            await line.receive(0.2)
            ended += 1
    tried.figures["sockets of pages ended"] = ended


def grown(count: int, seed: int) -> list[bytes]:
    """Messages that hypothesis grew out of the corpus: pieces changed, doubled, left out, put elsewhere."""
    corpus = [text.encode("utf-8", "surrogateescape") for text in (*ODD.values(), *WRONG.values()) if text]
    found: list[bytes] = []
    change = some.tuples(some.sampled_from(("put", "cut", "double", "flip", "swap", "method")), some.integers(0, 10**6),
                         some.integers(1, 60), some.sampled_from(_SPLINTERS))

    @seeded(seed)
    @settings(max_examples=count, deadline=None, database=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))
    @given(some.sampled_from(corpus), some.lists(change, min_size=1, max_size=6))
    def grow(base: bytes, changes: list[tuple[str, int, int, bytes]]) -> None:
        for kind, place, size, splinter in changes:
            base = _changed(base, kind, place % (len(base) + 1), size, splinter)
        found.append(base)

    grow()
    return found


def _changed(base: bytes, kind: str, at: int, size: int, splinter: bytes) -> bytes:
    piece = base[at : at + size]
    match kind:
        case "put":
            return base[:at] + splinter + base[at:]
        case "cut":
            return base[:at] + base[at + size :]
        case "double":
            return base[:at] + piece * 3 + base[at + size :]
        case "flip":
            return base[:at] + bytes(byte ^ (1 << size % 8) for byte in piece) + base[at + size :]
        case "swap":
            lines = base.split(b"\r\n")
            random.Random(at).shuffle(lines)
            return b"\r\n".join(lines)
        case _:
            return base.replace(b"INVITE", _METHODS[size % len(_METHODS)])
