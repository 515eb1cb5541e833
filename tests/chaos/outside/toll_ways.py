"""Ways in: trunks, strangers, telephones with a password, pages; each dials, and asks otherwise for numbers outside."""

import asyncio
import contextlib
import itertools
import re
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field

import aiohttp

from ivr.tasks import spawn
from tests.chaos.outside.siege import Siege
from tests.chaos.outside.toll_numbers import ALLOWED, Tried, nothing_left
from tests.chaos.sip_call import Account, Dialog, sdp
from tests.chaos.sip_wire import SocketWire, UdpWire, Wire

_AT_ONCE = 12


@dataclass(frozen=True)
class Way:
    """A way in; `headers` go with every call. `wire` opens the line of one call, or lends the one of all."""

    name: str
    wire: Callable[[], contextlib.AbstractAsyncContextManager[Wire]]
    sender: bytes
    host: str
    account: Account | None = None
    headers: dict[str, str] = field(default_factory=dict)
    suffix: str = ""


@contextlib.asynccontextmanager
async def ways_in(siege: Siege) -> AsyncIterator[list[Way]]:
    """From a trunk, from one where we are registered, from nowhere, from every telephone that has a password."""
    async with contextlib.AsyncExitStack() as stack:

        session = await stack.enter_async_context(aiohttp.ClientSession())

        async def udp(last: int) -> Callable[[], contextlib.AbstractAsyncContextManager[Wire]]:
            wire = await UdpWire.at(siege.place(last), siege.sip)
            stack.callback(wire.close)
            return lambda: contextlib.nullcontext(wire)

        @contextlib.asynccontextmanager
        async def socket() -> AsyncIterator[Wire]:
            url = f"http://127.0.0.1:{siege.line.env['IVR_WS_PORT']}/ws"
            # Asterisk closes the socket of who sends what it cannot read
            async with session.ws_connect(url, protocols=("sip",)) as opened:
                wire = SocketWire(opened)
                task = spawn(wire.run(), "a page's telephone")
                yield wire
                task.cancel()

        known = siege.secrets
        door = str(known["door"])

        def word(phone: str) -> dict[str, str]:
            return {"X-Hotline-Door": f"{door}.{phone}"}

        sip = siege.sip
        operator = Account("op-101", known["operators"]["101"])
        yield [
            Way("trunk", await udp(2), b"<sip:+74951230001@alpha>", sip),
            Way("registered trunk", await udp(7), b"<sip:+74951230001@beta>", sip, suffix=await _line(siege)),
            Way("stranger", await udp(8), b"<sip:+79161234567@nowhere>", sip),
            Way("stranger as trunk", await udp(8), b"<sip:trunk-alpha@nowhere>", sip),
            Way("stranger as operator", await udp(8), f"<sip:op-101@{sip}>".encode(), sip),
            Way("stranger guessing", await udp(8), f"<sip:op-101@{sip}>".encode(), sip, Account("op-101", "101")),
            Way("operator's phone", await udp(9), f"<sip:op-101@{sip}>".encode(), sip, operator),
            Way("page without the door", socket, b"<sip:web-guest@x>", "hotline.invalid"),
            Way("guest's page", socket, b"<sip:web-guest@x>", "hotline.invalid", headers=word("web-guest")),
            Way("operator's page", socket, b"<sip:web-101@x>", "hotline.invalid",
                Account("web-101", known["browsers"]["web-101"]), word("web-101")),
            Way("supervisor's page", socket, b"<sip:sup-1@x>", "hotline.invalid",
                Account("sup-1", known["browsers"]["sup-1"]), word("sup-1")),
        ]  # fmt: skip


async def _line(siege: Siege) -> str:
    """What the hotline has registered as its contact at the trunk "beta": the word that makes a call the trunk's."""
    await siege.network.registered()
    shown = await siege.network._asterisk.command("database show registrar") or ""
    found = re.search(r";line=\w+", shown)
    assert found, shown
    return found[0]


async def _dial(way: Way, name: str, tried: Tried, headers: dict[str, str] | None = None) -> None:
    async with way.wire() as wire:
        call = Dialog(wire, f"sip:{name}@{way.host}{way.suffix}", way.sender, way.account)
        try:
            answer = await call.invite(sdp("127.0.0.1", 4), {**way.headers, **(headers or {})}, limit=8)
            tried.note(way.name, answer.status)
            await call.hang_up(2)
        except TimeoutError:
            tried.note(way.name, 0)  # it cannot be read
        wire.forget(call.call_id)


async def dials(way: Way, names: Sequence[str], tried: Tried) -> None:
    """Dial each of `names` by this way, some at once."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(name: str) -> None:
        async with gate:
            await _dial(way, name, tried)

    await asyncio.gather(*(one(name) for name in names))


async def cunning_headers(siege: Siege, ways: list[Way], tried: Tried) -> None:
    """The number stands elsewhere than in the Request-URI; and calls in progress are asked to go elsewhere."""
    far = siege.place(2)
    headers: list[dict[str, str]] = [
        {"Diversion": f"<sip:{ALLOWED}@{far}>;reason=unconditional"},
        {"History-Info": f"<sip:{ALLOWED}@{far}>;index=1"},
        {"To": f"<sip:{ALLOWED}@{far}>"},
        {"Route": f"<sip:{far}:5060;lr>"},
        {"Route": f"<sip:{siege.sip}:5060;lr>, <sip:{ALLOWED}@{far};lr>"},
        {"P-Asserted-Identity": f"<sip:{ALLOWED}@{far}>", "Privacy": "id"},
        {"Contact": f"<sip:{ALLOWED}@{far}:5060>"},
        {"Refer-To": f"<sip:{ALLOWED}@{far}>", "Referred-By": f"<sip:101@{siege.sip}>"},
        {"Replaces": "0000@x;to-tag=1;from-tag=2", "Require": "replaces"},
        {"Alert-Info": f"<sip:{ALLOWED}@{far}>", "Call-Info": f"<sip:{ALLOWED}@{far}>;answer-after=0"},
        {"X-Asterisk-Context": "callback-dial", "X-Exten": "cb20783abcdef", "Supported": "replaces, 100rel, timer",
         "Session-Expires": "90;refresher=uas"},
    ]  # fmt: skip
    for way in ways:
        target = "hotline" if "guest" in way.name else "*13" if way.account else "88005553535"
        for more in headers:
            await _dial(way, target, tried, more)
        await _refers(siege, way, target, tried)
        await nothing_left(siege, tried, f"{way.name}: headers and REFER")


async def _refers(siege: Siege, way: Way, target: str, tried: Tried) -> None:
    """REFER inside a call and outside of any; MESSAGE, SUBSCRIBE, PUBLISH, NOTIFY and a second INVITE for elsewhere."""
    far = siege.place(2)
    wanted = [
        f"<sip:{ALLOWED}@{siege.sip}>", f"<sip:{ALLOWED}@{far}>", f"<tel:{ALLOWED}>", f"<sip:{ALLOWED}@trunk-alpha>",
        "<sip:cb20783abcdef@callback-dial>", f"<sip:112@{siege.sip}?Replaces=1%40x%3Bto-tag%3D1%3Bfrom-tag%3D2>",
    ]  # fmt: skip
    guest = {"X-Hotline-Guest": "0123456789abcdef"} if "guest" in way.name else {}
    async with way.wire() as wire:
        call = Dialog(wire, f"sip:{target}@{way.host}{way.suffix}", way.sender, way.account)
        with contextlib.suppress(TimeoutError):
            await call.invite(sdp("127.0.0.1", 4), {**way.headers, **guest}, limit=8)
            for to in wanted:
                if call.ended.is_set():
                    break
                answer = await call.request("REFER", {**way.headers, "Refer-To": to}, limit=3)
                tried.note(f"{way.name}: REFER in a call", answer.status)
                if not way.account and answer.status == 202:
                    tried.faults.append(f"{way.name}: REFER to {to} was accepted")
        await call.hang_up(2)
    for to, method in itertools.product(wanted[:2], ("REFER", "SUBSCRIBE", "MESSAGE", "PUBLISH", "NOTIFY")):
        async with way.wire() as wire:
            alone = Dialog(wire, f"sip:{ALLOWED}@{way.host}{way.suffix}", way.sender, way.account)
            with contextlib.suppress(TimeoutError):
                words = {**way.headers, "Refer-To": to, "Event": "refer", "Expires": "60"}
                answer = await alone.request(method, words, limit=2)
                tried.note(f"{way.name}: {method} alone", answer.status)
                if answer.status == 202:
                    tried.faults.append(f"{way.name}: {method} outside of a call was accepted")
