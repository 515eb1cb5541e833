"""Callers who press anything at any time: how each of their calls ends, and whether their way was a legal one."""

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ivr.datafiles import read_data
from ivr.flow.book import ACTIONS, Book, load_book
from ivr.storage.store import open_storage
from tests.chaos.keys import EVENTS, KeyPad
from tests.chaos.outside.siege import Siege
from tests.chaos.sip_call import Dialog, sdp
from tests.chaos.sip_wire import UdpWire

#: Keys as SIP INFO, which the hotline does not take: nothing may come of it.
_BODIES = {
    "application/dtmf-relay": "Signal={}\r\nDuration={}\r\n",
    "application/dtmf": "{}",
    "application/broadsoft": "event flashhook {} {}",
}


@dataclass
class Tried:
    """`ends`: reason in the journal -> calls."""

    calls: int = 0
    keys: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    places: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)


async def random_keys(siege: Siege, tried: Tried, seconds: float = 60, at_once: int = 40, seed: int = 1) -> None:
    """`at_once` callers for so many seconds; whoever's call is over calls again."""
    wire = await UdpWire.at(siege.place(2), siege.sip)
    dice = random.Random(seed)
    until = asyncio.get_running_loop().time() + seconds
    await siege.network.phones["101"].behave("answer")
    await siege.network.phones["101"].code("*11")

    async def goes_on(own: random.Random) -> None:
        while asyncio.get_running_loop().time() < until:
            await _one(siege, wire, own, tried, until)

    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(goes_on(random.Random(dice.random())))
    await siege.network.phones["101"].code("*12")
    await _all_over(siege, tried)
    wire.close()
    await judge(siege, tried)
    tried.faults += await siege.broken()


async def _one(siege: Siege, wire: UdpWire, dice: random.Random, tried: Tried, until: float) -> None:
    """One call: keys, garbage and silence for a while; then he hangs up, or is silent until it is over."""
    ours, loop = siege.place(2), asyncio.get_running_loop()
    pad = KeyPad(ours, dice)
    sender = f"<sip:+7{dice.choice(('495', '916', '423', '401'))}{dice.randrange(10**7):07}@alpha>"
    call = Dialog(wire, f"sip:88005553535@{siege.sip}", sender.encode())
    try:
        answer = await call.invite(sdp(ours, pad.port), limit=10)
        tried.calls += 1
        if answer.status != 200:
            tried.faults.append(f"call {tried.calls}: {answer.first}")
            return
        pad.answered(answer.body)
        stops = min(loop.time() + dice.uniform(1, 45), until)
        while loop.time() < stops and not call.ended.is_set():
            await _does(call, pad, dice, tried)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(call.ended.wait(), dice.choice((0, 0.05, 0.2, 0.5, 1, 2, 4)))
    except TimeoutError:
        tried.faults.append(f"call {tried.calls}: no answer within 10 s")
    finally:
        await call.hang_up(2)
        pad.close()


async def _does(call: Dialog, pad: KeyPad, dice: random.Random, tried: Tried) -> None:
    chance = dice.random()
    # 1 more often than the others: it is what leads on
    key = dice.choice("1111112345" + "".join(EVENTS))
    tried.keys += 1
    if chance < 0.75:
        await pad.press(key, dice.choice((0.02, 0.06, 0.1, 0.3)))
    elif chance < 0.85:
        await pad.garble()
    elif chance < 0.95:
        kind, body = dice.choice(list(_BODIES.items()))
        text = body.format(dice.choice((key, "99", "", "%s%n", "1\r\nSignal=2")), dice.randrange(70000)).encode()
        with contextlib.suppress(TimeoutError):
            await call.request("INFO", {"Content-Type": kind}, text, limit=1)
    elif chance < 0.97:
        with contextlib.suppress(TimeoutError):
            await call.request("INVITE", {"Content-Type": "application/sdp"}, sdp("0.0.0.0", pad.port), limit=1)
    else:
        await pad.press("0")


async def _all_over(siege: Siege, tried: Tried) -> None:
    """Nobody is left in Asterisk within half a minute after the last one hung up."""
    async with asyncio.timeout(60):
        while True:
            said = await siege.hotline.command("core show channels count") or ""
            if said.startswith("0 active channels"):
                return
            await asyncio.sleep(0.5)


async def judge(siege: Siege, tried: Tried) -> None:
    """Every call has its journal, with an end, and its way through the menus is one that the menus have."""
    book = load_book(read_data("menus.toml", siege.line.state / "data"))
    open_ones: list[str] = []
    async with asyncio.timeout(90):
        while True:
            calls = await siege.line.ivr("calls", "list", "--limit", "20000")
            open_ones = [call["call_id"] for call in calls if not call["reason"]]
            if not open_ones:
                break
            await asyncio.sleep(2)
    tried.figures["calls in the journal"] = len(calls)
    for call in calls:
        tried.ends[call["reason"]] += 1
    for steps in await _ways(siege):
        for kind, data in steps:
            tried.places[str(data.get("step") or kind)] += 1
        if fault := illegal(book, steps):
            tried.faults.append(fault)


async def _ways(siege: Siege) -> list[list[tuple[str, dict[str, Any]]]]:
    async with open_storage(siege.line.database, 30) as storage:
        return [[(s.kind, dict(s.data)) for s in call.steps] for call in await storage.calls.list(20000)]


def illegal(book: Book, steps: Sequence[tuple[str, dict[str, Any]]]) -> str:
    """The first menu or guide that no key pressed before leads to; "" when there is none."""
    here, pressed = "", set[str]()
    for kind, data in steps:
        step, keys = str(data.get("step") or ""), str(data.get("keys") or "")
        if kind == "ask" and step == here and here.startswith("menu/"):
            pressed.add(keys)
        if kind != "step" or not step.startswith(("menu/", "guide/")):
            continue
        if here and step not in _next(book, here, pressed):
            return f"journal: from {here} with the keys {sorted(pressed)} to {step}"
        here, pressed = step, set()
    return ""


def _next(book: Book, here: str, pressed: set[str]) -> set[str]:
    """Where those keys lead to, in the names of the journal; also back, and to the start where an action ends."""
    kind, _, name = here.partition("/")
    parents = {f"menu/{menu.id}" for menu in book.menus.values() if any(c.to == name for c in menu.choices)}
    if kind == "guide":
        return parents | {here}
    # the journal keeps how many keys were pressed, not which: any single one may have been it
    choices = {choice.key for choice in book.menus[name].choices} if pressed - set(EVENTS) - {""} else set()
    targets = {book.menus[name].target(key) for key in pressed | choices}
    legal = {here} | {f"menu/{to}" for to in targets if to in book.menus}
    legal |= {f"guide/{to}" for to in targets if to in book.guides}
    if "*" in pressed or choices:
        legal |= parents | {f"menu/{book.first}"}
    if targets & ACTIONS:
        legal |= {f"menu/{book.first}"}
    return legal
