"""Out of a talk to a number outside: by keys, by passing on, by a telephone that forwards."""

import asyncio
import contextlib

from ivr.errors import PbxError
from tests.chaos.outside.siege import Siege
from tests.chaos.outside.toll_numbers import ALLOWED, Tried, nothing_left
from tests.chaos.sip_call import Account, Dialog
from tests.chaos.sip_wire import Message, UdpWire

#: What may be transfer, pick-up or recording elsewhere, pressed in a talk.
_CODES = ("#1", "##", "*1", "*2", "#", "*", "*8", "#89161234567#", "*289161234567#", "A", "D")


async def from_talks(siege: Siege, tried: Tried) -> None:
    """A caller and an operator press keys in their talk; the operator passes him on (SIP REFER) to numbers outside, and
    to a colleague whose telephone forwards every call (302) there."""
    phone = siege.network.phones["101"]
    await phone.behave("answer")
    await phone.code("*11")
    colleague = await UdpWire.at(siege.place(9), siege.sip)
    forwarded: list[str] = []
    far = f"{siege.place(2)}:5060"
    wanted = (f"sip:{ALLOWED}@{siege.sip}", f"sip:{ALLOWED}@{far}", f"tel:{ALLOWED}", f"sip:89161234567@{siege.sip}",
              f"sip:op-102@{siege.sip}")  # fmt: skip
    for count, to in enumerate(wanted):
        phone.forget()
        citizen = await siege.line.calls(f"+7495777{count:04}")
        await citizen.hears("say/hello")
        await citizen.press("1")
        async with asyncio.timeout(60):
            waiting = asyncio.ensure_future(phone.talk(60))
            while not waiting.done():
                await citizen.press("0")
                await asyncio.wait({waiting}, timeout=1.5)
                if not waiting.done():
                    await citizen.press("1")  # "that is my hour"
                    await asyncio.wait({waiting}, timeout=1.5)
        talk = waiting.result()
        if not count:
            for keys in _CODES:
                await citizen.press(keys)
                await talk.press(keys)
            await nothing_left(siege, tried, "keys in a talk")
        if "op-102" in to:
            await _forwards(colleague, siege, forwarded)
        with contextlib.suppress(PbxError, TimeoutError):
            tried.tries[f"talk passed on to {to.split(':')[0]}: {await talk.pass_on(to)}"] += 1
        await asyncio.sleep(3)
        await nothing_left(siege, tried, f"talk passed on to {to}")
        if "op-102" in to:
            tried.figures["forwarded by a telephone"] = len(forwarded)
            tried.faults += [] if forwarded else ["the telephone that forwards was never rung"]
        await citizen.call.hangup()
    await phone.code("*12")
    colleague.close()
    siege.line.citizens.clear()


async def _forwards(wire: UdpWire, siege: Siege, done: list[str]) -> None:
    """The colleague's telephone is this one now; it sends every call on to a number outside. `done`: each of them."""

    def moved(message: Message) -> None:
        if message.method == "INVITE":
            done.append(message.first)
            wire.send((f"SIP/2.0 302 Moved\r\nVia: {message.one('via')}\r\nFrom: {message.one('from')}\r\n"
                       f"To: {message.one('to')};tag=moved\r\nCall-ID: {message.one('call-id')}\r\n"
                       f"CSeq: {message.one('cseq')}\r\nContact: <sip:{ALLOWED}@{siege.place(2)}:5060>\r\n"
                       f"Diversion: <sip:102@{siege.sip}>\r\nContent-Length: 0\r\n\r\n").encode())  # fmt: skip

    wire.stranger = moved
    name = f"<sip:op-102@{siege.sip}>"
    account = Account("op-102", str(siege.secrets["operators"]["102"]))
    asked = Dialog(wire, f"sip:{siege.sip}", name.encode(), account)
    answer = await asked.request("REGISTER", {"To": name, "Expires": "300"})
    assert answer.status == 200, answer.first
