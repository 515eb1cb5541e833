"""The controller's AGI port: anybody's bytes, and an Asterisk that has lost its mind."""

import asyncio
import contextlib
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.outside.flood import memory_mb
from tests.chaos.outside.siege import Siege

#: What a call may say of itself, in place of an id, a number, a service, a trunk, a language.
ARGUMENTS = (
    "1795000000x{n}", "+79161234567", "88005553535", "alpha", "ru", "", "'; DROP TABLE calls; --",
    "<script>zqxj</script>", "zqxj\u202e", "zqxj" * 3000, "../../zqxj", "${SHELL(zqxj)}", "%s%n{0}",
    "\x1b[2Jzqxj", "-1", "9" * 40, "NaN", "xx", "cb20783zqxjab", "zqxj\tzqxj", "zqxj\0zqxj",
)  # fmt: skip
_ROUTES = ("inbound", "inbound", "inbound", "moved", "offer", "rating", "unanswered", "steered", "transferred",
           "callback", "listen", "nowhere")
_RIGHT = (b"200 result=1\n", b"200 result= (timeout)\n", b"200 result=0\n", b"200 result=2 (timeout)\n",
          b"200 result=1 (value)\n", b"200 result=12345678\n", b"200 result=#\n", b"200 result=*\n")
_WRONG = (
    b"HANGUP\n", b"511 Command Not Permitted on a dead channel\n", b"510 Invalid or unknown command\n", b"520-Usage\n",
    b"520 End of proper usage.\n", b"200\n", b"200 result\n", b"200 result=\n", b"200 result=-1\n", b"\n", b"\n" * 50,
    b"100 Trying\n" * 3, b"200 result=1 (" + b"(" * 500 + b")\n", b"200 result=" + b"9" * 5000 + b"\n",
    b"\xff\xfe\x80\n", b"200 result=1\r\n", b"HTTP/1.1 200 OK\r\n\r\n", b"200 result=1 (zqxj\0zqxj)\n",
    b"200 result=1 (" + b"'" * 99 + b")\n", b"200 result=ABCD*#\n",
    "200 result=١٢ (٣)\n".encode(), b"200 result=1" * 9 + b"\n", b"A" * 70_000,
)  # fmt: skip


@dataclass
class Tried:
    """`ends`: how the connections ended."""

    ends: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)


async def agi_fuzz(siege: Siege, tried: Tried, calls: int = 1500, seed: int = 1) -> None:
    """So many connections, a third of them without the secret word; real calls are answered all the time."""
    pid = siege.line.controller()
    before = memory_mb(pid)
    port, secret = int(siege.line.env["IVR_AGI_PORT"]), str(siege.secrets["agi"])
    gate, dice = asyncio.Semaphore(50), random.Random(seed)
    going = True
    waits: list[float] = []

    async def served() -> None:
        while going:
            try:
                waits.append(await siege.serves(15))
            except TimeoutError as error:
                tried.faults.append(f"beside the fuzzing a call was not answered: {error}")
            await asyncio.sleep(0.5)

    beside = asyncio.ensure_future(served())

    async def one(number: int) -> None:
        async with gate:
            own = random.Random(dice.random())
            with contextlib.suppress(OSError, TimeoutError):  # it is closed under our hands
                async with asyncio.timeout(8):
                    await (_stranger(port, own) if number % 3 == 0 else _mad(port, secret, own, number, tried))

    begun = time.monotonic()
    await asyncio.gather(*(one(number) for number in range(calls)))
    tried.figures["connections a second"] = round(calls / (time.monotonic() - begun))
    going = False
    await beside
    if siege.line.controller() != pid:
        tried.faults.append("the controller is another process than before")
    tried.figures |= {
        "MB before": round(before), "MB after": round(memory_mb(pid)), "real calls": len(waits),
        "longest wait of a real call, s": round(max(waits, default=0), 2),
    }  # fmt: skip
    journal = await siege.line.ivr("calls", "list", "--limit", "20000")
    tried.figures["calls in the journal"] = len(journal)
    # a call whose id is none has no announcement of its own
    everything, serious = await siege.broken(), await siege.broken(failed=False)
    tried.figures["calls that failed alone"] = len(everything) - len(serious)
    tried.faults += [words for words in serious if "an announcement could not be written" not in words]


async def _stranger(port: int, dice: random.Random) -> None:
    """Who does not know the secret word: nothing is ever said to him."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = dice.choice((
        dice.randbytes(dice.randrange(3000)), b"GET / HTTP/1.1\r\n\r\n", b"agi_network_script: inbound\n\n", b"",
        b"agi_network_script: /inbound\n\n", b"agi_network_script: x/inbound\nagi_arg_1: zqxj\n\n", b"\n" * 100,
        b"agi_network: yes\n" * 5000 + b"\n", b"agi_network_script\n\n", b"agi_network_script: \xff\n\n",
    ))  # fmt: skip
    writer.write(head)
    with contextlib.suppress(ConnectionError):
        if dice.random() < 0.7:
            writer.write_eof()
        said = await reader.read(100)
        if said:
            raise AssertionError(f"a stranger was told {said!r}")
    writer.close()


async def _mad(port: int, secret: str, dice: random.Random, number: int, tried: Tried) -> None:
    """An Asterisk whose calls are odd and whose answers are anything."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    words = [dice.choice(ARGUMENTS).replace("{n}", str(number)) for _ in range(5)]
    if dice.random() < 0.5:
        words[0] = f"1795000000x{number}"
    route = dice.choice(_ROUTES)
    lines = [f"agi_network_script: {secret}/{route}", "agi_uniqueid: 1795000000.1", "agi_channel: PJSIP/zqxj-1",
             f"agi_callerid: {dice.choice(ARGUMENTS)}"]  # fmt: skip
    lines += [f"agi_arg_{place}: {word}" for place, word in enumerate(words, 1)]
    writer.write("\n".join(lines).encode("utf-8", "surrogateescape") + b"\n\n")
    wrongs, said = dice.choice((0.0, 0.02, 0.1, 0.5)), 0
    try:
        while line := await reader.readline():
            if not line.endswith(b"\n") or len(line) > 2048:
                tried.faults.append(f"a command that Asterisk would cut: {line[:60]!r} of {len(line)} bytes")
            said += 1
            if said > 400:
                tried.faults.append(f"{route}: more than 400 commands in one call")
                break
            if dice.random() < 0.005:
                break  # gone in the middle
            writer.write(dice.choice(_WRONG if dice.random() < wrongs else _RIGHT))
        tried.ends["it hung up" if not reader.at_eof() else "closed"] += 1
    finally:
        writer.close()
