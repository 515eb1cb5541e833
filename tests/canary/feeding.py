"""Callers who go their way through the menus, key a number in at its end, and hang up; many at once."""

import asyncio
from collections.abc import Iterable

from tests.canary.conftest import Cage
from tests.canary.documents import Document
from tests.canary.tap import Caller
from tests.canary.ways import Press, Way
from tests.canary.worlds import MOBILE, Sort

#: Callers at once; two cores are shared with the far side's Asterisk.
_AT_ONCE = 24
#: After so many calls a line of progress, which `make chaos` passes on.
_TOLD_EACH = 100


async def follow(caller: Caller, way: Way, language: str = "1") -> None:
    """Go the way to its question, in the language of that key."""
    await caller.calls()
    for press in way.presses:
        await caller.hears(press.sound)
        await caller.press(_keys(caller, press, way, language))
    await caller.hears(way.sound)


def _keys(caller: Caller, press: Press, way: Way, language: str) -> str:
    if press == way.presses[0] and press.keys == "1":
        return language
    return f"916555{caller.number[-4:]}" if press.keys == MOBILE else press.keys


async def feed(caller: Caller, way: Way, document: Document, language: str = "1") -> None:
    """Key the number in at the end of the way, and hang up."""
    await follow(caller, way, language)
    await caller.press(document.digits)
    await caller.keyed(document.digits)
    await asyncio.sleep(0.3)
    await caller.hangup()


async def feed_all(cage: Cage, calls: Iterable[tuple[Sort, Way, Document, str]]) -> None:
    """Each by a caller of his own; raises `AssertionError` naming every one who did not come to his question."""
    room = asyncio.Semaphore(_AT_ONCE)
    wanted = list(calls)
    done = 0

    async def one(sort: Sort, way: Way, document: Document, language: str) -> None:
        nonlocal done
        caller = cage.caller(sort.prefix)
        async with room:
            if sort.promised:
                await cage.line.ivr("callbacks", "add", "--number", caller.number, "--category", "signin")
            await feed(caller, way, document, language)
        done += 1
        if done % _TOLD_EACH == 0 or done == len(wanted):
            print(f"canary: {done} of {len(wanted)} calls")

    lost = await asyncio.gather(*(one(*call) for call in wanted), return_exceptions=True)
    assert not any(lost), "\n".join(str(each) for each in lost if each)
