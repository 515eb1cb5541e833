"""The manager interface: what Asterisk's port gives whom, and our client against a server that is none."""

import asyncio
import contextlib
import json
import random
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ivr.ami.board import AmiBoard
from ivr.ami.client import AmiClient
from ivr.tasks import spawn
from tests.ami.fake import Peer, fake_asterisk, obedient
from tests.chaos.outside.caller_text import manager_bytes
from tests.chaos.outside.siege import Siege
from tests.chaos.sip_call import Dialog, sdp
from tests.chaos.sip_wire import UdpWire

#: Our manager users, their names among the secrets, and what of the deeds below they may do: all may read variables
#: of a call; who pauses recordings needs the class "call", which is more than that (see manager.conf).
MAY = {
    "controller": ("ami", {"Getvar"}),
    "dispatcher": ("dispatcher", {"Getvar"}),
    "recorder": ("recorder", {"Getvar", "Setvar", "Redirect", "BlindTransfer"}),
}
#: Deeds by which a manager could run a program, read or write a file, dial, or send a call elsewhere.
NEVER = (
    ("Command", {"Command": "core show version"}), ("Command", {"Command": "!touch TRAP"}),
    ("GetConfig", {"Filename": "manager.conf"}), ("GetConfigJSON", {"Filename": "pjsip.conf"}),
    ("UpdateConfig", {"SrcFilename": "manager.conf", "DstFilename": "zqxj.conf"}),
    ("CreateConfig", {"Filename": "zqxj.conf"}), ("ListCategories", {"Filename": "manager.conf"}),
    ("ModuleLoad", {"Module": "app_system.so", "LoadType": "load"}),
    ("Reload", {}), ("Setvar", {"Variable": "GLOBAL(x)", "Value": "${SHELL(touch TRAP)}"}),
    ("Getvar", {"Variable": "SHELL(touch TRAP)"}), ("Getvar", {"Variable": "FILE(/etc/passwd,0,9)"}),
    ("DBPut", {"Family": "x", "Key": "y", "Val": "z"}), ("DBDelTree", {"Family": "callback-20783"}),
    ("Redirect", {"Channel": "x", "Context": "callback-dial", "Exten": "s", "Priority": "1"}),
    ("AGI", {"Channel": "x", "Command": "EXEC System true"}), ("BlindTransfer", {"Channel": "x", "Context": "y"}),
    ("DialplanExtensionAdd", {"Context": "inbound", "Extension": "9", "Priority": "1", "Application": "NoOp"}),
    ("PJSIPNotify", {"Endpoint": "trunk-alpha", "Option": "x"}), ("MessageSend", {"To": "pjsip:x", "Body": "y"}),
)  # fmt: skip
#: Applications by which whoever may place calls could do more than that.
_APPLICATIONS = (
    ("System", "touch TRAP"), ("TrySystem", "touch TRAP"), ("AGI", "/bin/touch,TRAP"), ("EAGI", "/bin/touch,TRAP"),
    ("MixMonitor", "zqxj.wav,,touch TRAP"), ("ExecIf", "1?MixMonitor(zqxj.wav,,touch TRAP)"),
    ("Set", "X=${SHELL(touch TRAP)}"), ("Exec", "MixMonitor(zqxj.wav,,touch TRAP)"), ("ExternalIVR", "touch TRAP"),
    ("Wait", "${SHELL(touch TRAP)}"),
)  # fmt: skip


#: What is sent in place of a login.
_NOISE = (
    b"A" * 300_000, b"\r\n" * 5000, b"\0" * 5000, b"Action: Login\r\n" * 3000 + b"\r\n", b"GET / HTTP/1.1\r\n\r\n",
    b"Action: Challenge\r\nAuthType: MD5\r\n\r\nAction: Command\r\nCommand: core stop now\r\n\r\n",
)  # fmt: skip
_REFUSED = ("Permission denied", "Invalid/unknown command", "Access Forbidden")
_SPACE = re.compile(r"\s+")


@dataclass
class Tried:
    """`allowed`: user -> deeds of `NEVER` that he may do."""

    allowed: dict[str, list[str]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)


async def ami_fuzz(siege: Siege, tried: Tried, rounds: int = 60, seed: int = 1) -> None:
    """The real port first, then our client and its board against garbled copies of what the real port says."""
    pid = (siege.line.state / "asterisk" / "run" / "asterisk.pid").read_text()
    await wrong_logins(siege, tried)
    await rights(siege, tried)
    await garbled(await recorded(siege), tried, rounds, seed)
    if (siege.line.state / "asterisk" / "run" / "asterisk.pid").read_text() != pid:
        tried.faults.append("Asterisk is another process than before")
    tried.figures["answered after, s"] = round(await siege.serves(), 2)
    tried.faults += await siege.broken()


async def _open(siege: Siege) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(siege.line.env["IVR_AMI_PORT"]), limit=2**20)
    await reader.readline()
    return reader, writer


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, **fields: str) -> str:
    """The message that answers an action; "" when the connection was closed instead."""
    writer.write("".join(f"{k}: {v}\r\n" for k, v in {**fields, "ActionID": "zqxj"}.items()).encode() + b"\r\n")
    try:
        async with asyncio.timeout(5):
            while True:
                block = (await reader.readuntil(b"\r\n\r\n")).decode("utf-8", "replace")
                if "ActionID: zqxj" in block and "Response:" in block:
                    return block
    except (TimeoutError, asyncio.IncompleteReadError, ConnectionError):
        return ""


async def wrong_logins(siege: Siege, tried: Tried) -> None:
    """Who has no password is told nothing, and is put out; users there are and users there are not look alike."""
    looks: dict[str, set[str]] = {}
    for user in ("controller", "dispatcher", "recorder", "admin", "", "x" * 200, "controller%00", "' OR 1=1 --"):
        reader, writer = await _open(siege)
        said = await _ask(reader, writer, Action="Login", Username=user, Secret="zqxj")
        kind = "somebody" if user in MAY else "nobody"
        looks.setdefault(kind, set()).add(re.sub(r"\s+", " ", said))
        if "Success" in said:
            tried.faults.append(f"manager: {user[:20]!r} came in with a wrong password")
        after = await _ask(reader, writer, Action="CoreShowChannels")
        if "Success" in after or "Event" in after:
            tried.faults.append(f"manager: {user[:20]!r} was told something without a password")
        writer.close()
    if looks["somebody"] != looks["nobody"]:
        tried.faults.append(f"manager: users there are and there are not look different: {looks}")
    for raw in _NOISE:
        reader, writer = await _open(siege)
        writer.write(raw)
        with contextlib.suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(6.5):
                while await reader.read(65536):
                    pass
                tried.figures["put out without a password"] = tried.figures.get("put out without a password", 0) + 1
        writer.close()
    silent = [await _open(siege) for _ in range(200)]
    tried.figures["answered beside 200 silent managers, s"] = round(await siege.serves(), 2)
    for _, writer in silent:
        writer.close()
    await asyncio.sleep(6)  # authtimeout: until then it takes nobody, too many have not said who they are


async def rights(siege: Siege, tried: Tried) -> None:
    """What each of our users may do beyond what he is for."""
    trap = siege.line.state / "zqxj-manager"
    for user, (name, meant) in MAY.items():
        reader, writer = await _open(siege)
        said = await _ask(reader, writer, Action="Login", Username=user, Secret=str(siege.secrets[name]), Events="off")
        assert "Success" in said, said
        allowed = tried.allowed.setdefault(user, [])
        for action, fields in NEVER:
            more = {key: value.replace("TRAP", str(trap)) for key, value in fields.items()}
            said = await _ask(reader, writer, Action=action, **more)
            if not said:
                tried.faults.append(f"manager: {user}: {action} was not answered")
                break
            if not any(words in said for words in _REFUSED):
                tried.faults += [] if action in meant else [f"manager: {user} may do {action} {fields}"]
                allowed.append(f"{action} {json.dumps(fields)}: {_SPACE.sub(' ', said)[:90]}")
        for application, data in _APPLICATIONS:
            said = await _ask(reader, writer, Action="Originate", Channel="Local/s@inbound", Application=application,
                              Data=data.replace("TRAP", str(trap)), Timeout="1500", Async="true")  # fmt: skip
            if "Success" in said:
                tried.faults.append(f"manager: {user} may have {application}({data}) done")
                allowed.append(f"Originate {application}({data})")
        writer.close()
    await asyncio.sleep(3)
    await siege.hotline.command("channel request hangup all")
    if trap.exists():
        tried.faults.append("manager: a program was run by a user of ours")


async def recorded(siege: Siege) -> bytes:
    """What Asterisk really tells the controller while an operator comes and goes, and during some calls."""
    phone = siege.network.phones["101"]
    async with manager_bytes(siege) as told:
        # most of it: of a call that comes to no queue the controller is told little
        await phone.code("*11")
        wire = await UdpWire.at(siege.place(2), siege.sip)
        for _ in range(6):
            call = Dialog(wire, f"sip:88005553535@{siege.sip}", b"<sip:+74951230004@alpha>")
            await call.invite(sdp(siege.place(2), 4))
            await asyncio.sleep(0.3)
            await call.hang_up()
        wire.close()
        await phone.code("*12")
        await asyncio.sleep(0.5)
        return bytes(told).partition(b"\r\n")[2]


async def garbled(stream: bytes, tried: Tried, rounds: int, seed: int) -> None:
    """Our client takes any bytes for what they are: it comes back, and the board is right again."""
    assert stream.count(b"Event: ") > 20, stream[:200]
    dice = random.Random(seed)
    complaints: list[str] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: complaints.append(str(context)[:300]))
    mad = True
    async with fake_asterisk() as fake:
        fake.handler = lambda peer, action: _garble(peer, action, stream, dice, mad)
        client = AmiClient("127.0.0.1", fake.port, "controller", "x", backoff=0.01, longest=0.05, patience=0.3)
        board = AmiBoard(client, lambda: datetime.now(UTC), settle=0, every=0.5)
        running = spawn(client.run(), "client"), spawn(board.run(), "board")
        async with asyncio.timeout(rounds * 2 + 60):
            while len(fake.peers) < rounds:
                await asyncio.sleep(0.05)
                board.view()
        mad = False
        try:
            async with asyncio.timeout(20):
                while not (board.fresh and board.view().queues.get("signin")):  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
        except TimeoutError:
            tried.faults.append("the board did not come back after a garbled manager interface")
        if any(task.done() for task in running):
            tried.faults.append(f"the client or the board ended: {[t for t in running if t.done()]}")
        for task in running:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
    loop.set_exception_handler(None)
    tried.figures["garbled connections"] = rounds
    tried.faults += [f"the client: {complaint}" for complaint in complaints[:5]]


async def _garble(peer: Peer, action: dict[str, str], stream: bytes, dice: random.Random, mad: bool) -> None:
    """Answer well, or with anything."""
    if not mad or (action["action"] == "Login" and dice.random() < 0.8):
        await obedient(peer, action)
        if not mad:
            return
    messages = stream.split(b"\r\n\r\n")
    for _ in range(dice.randrange(1, 12)):
        raw = dice.choice(messages) + b"\r\n\r\n"
        for _ in range(dice.randrange(4)):
            raw = _bent(raw, dice)
        await peer.send(raw.replace(b"ActionID: 1", b"ActionID: " + action.get("actionid", "").encode()))
    if dice.random() < 0.4:
        await obedient(peer, action)
    if dice.random() < 0.5:
        peer.cut()


def _bent(raw: bytes, dice: random.Random) -> bytes:
    at = dice.randrange(len(raw) + 1)
    match dice.randrange(8):
        case 0:
            return raw[:at] + dice.randbytes(dice.randrange(1, 40)) + raw[at:]
        case 1:
            return raw[:at]
        case 2:
            return raw[:at] + b"\r\n\r\n" + raw[at:]
        case 3:
            return raw.replace(b": ", b":", 1)
        case 4:
            return re.sub(rb"[0-9]+", lambda _: str(dice.choice((-1, 10**30, 0))).encode(), raw, count=3)
        case 5:
            return raw.replace(b"\r\n", b"\n")
        case 6:
            return raw[:at] + "\u202eЖ\0".encode() + raw[at:]
        case _:
            return raw[:at] + b"A" * dice.choice((100, 70_000)) + raw[at:]

