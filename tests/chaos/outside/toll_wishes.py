"""What the dispatcher alone may do, done by others: calls into any context, and wishes for any number."""

import asyncio
import contextlib
import json
import secrets
import sys
import time
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta

from ivr.dialler.link import Link
from ivr.domain.callbacks import Callback, CallbackEvent
from ivr.errors import PbxError
from ivr.storage.store import open_storage
from tests.chaos.outside.siege import Siege
from tests.chaos.outside.toll_numbers import ALLOWED, OUTSIDE, Tried, nothing_left
from tests.telephony.conftest import DID


@contextlib.asynccontextmanager
async def _dispatcher(siege: Siege) -> AsyncIterator[Link]:
    """The manager session of the dispatcher: the one who may place calls."""
    link = Link()
    await link.connect(int(siege.line.env["IVR_AMI_PORT"]), "dispatcher", str(siege.secrets["dispatcher"]))
    try:
        yield link
    finally:
        link.close()


#: What the controller, or a caller through it, might have written into the call's variables.
_ELSEWHERE = f"PJSIP/{ALLOWED}@trunk-alpha"
_VARIABLES = {
    "IVR_LEGS": f"{_ELSEWHERE}:0&common:0", "IVR_QUEUE": _ELSEWHERE, "IVR_NEXT": "queue", "IVR_TICKET": _ELSEWHERE,
    "IVR_CALLER": ALLOWED, "IVR_HELD": _ELSEWHERE, "IVR_SPY": _ELSEWHERE, "IVR_CATEGORY": "${EVAL(x)}&" + _ELSEWHERE,
    "IVR_ATTEMPT": f"cb20783x/{_ELSEWHERE}", "IVR_DID": ALLOWED, "IVR_PHONE": _ELSEWHERE, "IVR_OPERATOR": _ELSEWHERE,
    "IVR_OPERATOR_QUEUES": f"common&{_ELSEWHERE}", "IVR_LANGUAGE": "../x", "IVR_POSITION": "1)&Dial(x", "LEFT": "x",
}  # fmt: skip


async def every_context(siege: Siege, plan: dict[str, list[str]], names: Sequence[str], tried: Tried) -> None:
    """Suppose a caller came to any context with any number: nothing leaves, for no attempt was written down."""
    async with _dispatcher(siege) as link:
        for context, extensions in plan.items():
            own = [name for name in extensions if name[0] != "_"]
            for name in [n for n in [*own, *names] if all(c not in n for c in "\r\n\0")]:
                with contextlib.suppress(PbxError):
                    await link.action("Originate", Channel=f"Local/{name}@{context}/n", Application="Wait", Data="0.2",
                                      Timeout="1500", Async="true")  # fmt: skip
                    tried.tries["every context"] += 1
            for name in own:
                with contextlib.suppress(PbxError):
                    await link.action("Originate", _VARIABLES, Channel=f"Local/{name}@{context}/n", Application="Wait",
                                      Data="0.2", Timeout="1500", Async="true")  # fmt: skip
                    tried.tries["every context, with variables"] += 1
            await asyncio.sleep(0.5)
    await asyncio.sleep(4)
    await siege.hotline.command("channel request hangup all")
    await asyncio.sleep(1)
    await nothing_left(siege, tried, "every context")


#: What a row of the database, or whoever has the dispatcher's password, may hold in place of a number.
NUMBERS = (
    *OUTSIDE[1:8], *OUTSIDE[9:], f"{ALLOWED}@trunk-alpha", f"{ALLOWED}&PJSIP/112@trunk-alpha", f" {ALLOWED}",
    f"{ALLOWED} ", f"{ALLOWED}\t", "+7916123456", "+791612345678", "+7916123456٧", "＋79161234567", f"{ALLOWED}/n",
    f"{ALLOWED}^x", "+7(916)1234567", "+7 916 123 45 67", "${EVAL(+79161234567)}", "+79161234567\"",
    "+79161234567]", "+79161234567$", "", "+", "unfit", ".*", "+7916123456[0-9]", f"{ALLOWED}|1",
)  # fmt: skip


async def wishes(siege: Siege, tried: Tried) -> None:
    """A wish for any number but a telephone in Russia rings nobody: not when it stands in the database, nor when it
    comes straight to the dialplan. One wish is good, and rings once."""
    async with _dispatcher(siege) as link:
        day = int(time.time()) // 86400
        # blanks and quotes around a value are none for the manager interface: what comes to the dialplan is the number
        for count, number in enumerate(n for n in NUMBERS if n.strip(' \t"') != ALLOWED):
            for place, context in (("callback-dial", "callback"), ("callback-first", "callback-operator")):
                attempt = f"cb{day}{_word(count)}{place[9]}"
                # what the link refuses to send (a comma, a line's end) cannot come to Asterisk
                with contextlib.suppress(PbxError):
                    await link.action(
                        "Originate", {"IVR_ATTEMPT": attempt, "IVR_CALLBACK_NUMBER": number, "IVR_DID": DID,
                                      "IVR_LANGUAGE": "ru", "IVR_QUEUE": "common"},
                        Channel=f"Local/{attempt}@{place}/n", ChannelId=attempt, OtherChannelId=f"{attempt};2",
                        Context=context, Exten="s", Priority="1", Timeout="3000", Async="true")  # fmt: skip
                    tried.tries["wish at the dialplan"] += 1
    await asyncio.sleep(5)
    await nothing_left(siege, tried, "wishes at the dialplan")
    await siege.network.citizens.all_behave("reject")
    await siege.network.phones["101"].code("*11")
    now = datetime.now(UTC)
    async with open_storage(siege.line.database, 30) as storage:
        # one is dialled in a round, so not all of them
        for number in (*NUMBERS[::4], ALLOWED):
            wish = Callback(
                id=secrets.token_hex(8), number=number, service=DID, category="signin", queue="common", language="ru",
                region="77", zone="Europe/Moscow", ticket="", source="agent", state="waiting", virtual_start=now,
                created_at=now, window_from=now, window_to=now + timedelta(hours=20),
                expires_at=now + timedelta(hours=20),
            )  # fmt: skip
            # as if whoever looks at numbers had been passed by
            await storage.callbacks.add(wish, CallbackEvent(wish.id, now, "request", "", wish.state))
            tried.tries["wish in the database"] += 1
        for _ in range(60):
            if not await storage.callbacks.due(datetime.now(UTC), 1):
                break
            dispatcher = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.telephony.dispatch_later", "0", "4", "1.5", env=siege.line.env,
                stdout=asyncio.subprocess.DEVNULL)  # fmt: skip
            await dispatcher.wait()
        else:
            tried.faults.append("wishes: after 60 rounds of the dispatcher some still wait")
    await siege.network.phones["101"].code("*12")
    sent = await siege.left()
    tried.figures["meant"] = len(sent)
    strays = [one for one in sent if not one.uri.startswith(f"sip:{ALLOWED}@")]
    tried.faults += [f"wishes: INVITE {one.uri} left for {one.address}" for one in strays]
    if siege.network.citizens.rings[ALLOWED] != 1 or sum(siege.network.citizens.rings.values()) != 1:
        tried.faults.append(f"the one call that is meant: {dict(siege.network.citizens.rings)}, {sent}")


def _word(count: int) -> str:
    return "".join(chr(97 + int(digit)) for digit in json.dumps(count))
