"""Scanners at the SIP port: sipvicious (`.ci/setup.sh chaos` installs it), and what the answers tell of who exists."""

import asyncio
import re
import secrets
import shutil
import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.chaos.outside.siege import Siege
from tests.chaos.sip_call import Account, Dialog, sdp
from tests.chaos.sip_wire import Message, UdpWire

#: Names that are somebody's, and names like them that are nobody's.
REAL = ("op-101", "op-102", "web-101", "sup-1", "web-guest", "trunk-alpha", "trunk-beta")
FALSE = ("op-105", "op-199", "web-109", "sup-9", "web-guesu", "trunk-alphb", "trunk-bete")
#: Seconds a scanner may take.
_LIMIT = 90
#: Times that each question is asked, for the median; a difference below both is noise.
_ASKED, _NOISE_S, _NOISE = 40, 0.0005, 0.3
#: What differs from answer to answer anyway.
_FIRST = r"\1"
_OWN = re.compile(r'(nonce|opaque|branch|tag|rport|received)="?[^",;]*"?')


@dataclass
class Tried:
    """What the scanners said, and how fast each kind of name was answered (median, in ms)."""

    faults: list[str] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)


async def scanned(siege: Siege, tried: Tried) -> None:
    """sipvicious, then our own look at the answers."""
    await vicious(siege, tried)
    await alike(siege, tried)


async def vicious(siege: Siege, tried: Tried) -> None:
    """svmap, svwar by three methods, svcrack."""
    folder = siege.line.state / "scan"
    folder.mkdir(exist_ok=True)
    names = folder / "names.txt"
    names.write_text("\n".join([*REAL, *FALSE, "88005553535", "101", "100", "admin", "hotline", "s"]) + "\n")
    words = folder / "words.txt"
    guesses = ["101", "op-101", "1234", "password", "admin", *(str(n) for n in range(1000, 1300))]
    words.write_text("\n".join(guesses) + "\n")
    told = await _vicious("svmap", tried, folder, siege, siege.sip)
    tried.figures["svmap says"] = next((line.strip() for line in told.splitlines() if siege.sip in line), "")
    for method in ("REGISTER", "INVITE", "OPTIONS"):
        told = await _vicious("svwar", tried, folder, siege, "-m", method, "-d", str(names), "--force", siege.sip)
        found = [name for name in (*REAL, *FALSE) if re.search(rf"\|\s*{name}\s*\|", told)]
        tried.figures[f"svwar {method} found"] = len(found)
        tried.faults += [f"svwar {method} found {name}" for name in found]
    told = await _vicious("svcrack", tried, folder, siege, "-u", "op-101", "-d", str(words), siege.sip)
    if re.search(r"\|\s*op-101\s*\|", told) or "The password for" in told:
        tried.faults.append("svcrack found a password")


async def _vicious(name: str, tried: Tried, folder: Path, siege: Siege, *args: str) -> str:
    """Run one of them, from 127.0.0.1, which is nobody's address here (it does not bind where -b says); its words."""
    program = shutil.which(name) or shutil.which(f"sipvicious_{name}")
    assert program, f"{name} is not installed; run .ci/setup.sh chaos"
    begun = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        program, *args, cwd=folder, stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        env={"HOME": str(folder), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    try:
        async with asyncio.timeout(_LIMIT):
            out, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        out, _ = await process.communicate()
        tried.figures[f"{name} gave up after"] = _LIMIT
    text = out.decode(errors="replace")
    tried.figures[f"{name} took"] = round(time.monotonic() - begun, 1)
    with (folder / "told.log").open("a") as log:
        log.write(f"== {name} {' '.join(args)}\n{text}\n")
    if "Traceback" in text:
        tried.faults.append(f"{name} itself broke: {text[-300:]}")
    return text


async def alike(siege: Siege, tried: Tried, asked: int = _ASKED, timed: bool = True) -> None:
    """Whoever asks for somebody is answered as whoever asks for nobody: the same words, in the same time."""
    wire = await UdpWire.at(siege.place(8), siege.sip)
    try:
        for method in ("REGISTER", "INVITE", "OPTIONS", "SUBSCRIBE", "MESSAGE"):
            for password in ("", "wrong"):
                await _compare(siege, wire, method, password, tried, asked, timed)
    finally:
        wire.close()


async def _compare(
    siege: Siege, wire: UdpWire, method: str, password: str, tried: Tried, asked: int, timed: bool
) -> None:
    looks: dict[bool, set[str]] = {True: set(), False: set()}
    times: dict[bool, list[float]] = {True: [], False: []}
    for turn in range(asked):
        pairs = [(True, REAL[turn % len(REAL)]), (False, FALSE[turn % len(FALSE)])]
        for real, name in pairs if turn % 2 else reversed(pairs):
            answer, took = await _ask(siege, wire, method, name, password)
            looks[real].add(_look(answer, name))
            times[real].append(took)
    what = f"{method}{' with a wrong password' if password else ''}"
    if looks[True] != looks[False] or len(looks[True]) != 1:
        only = sorted(looks[True] ^ looks[False]) or sorted(looks[True])
        tried.faults.append(f"{what}: answers to somebody and to nobody differ: {only}")
    real, false = statistics.median(times[True]), statistics.median(times[False])
    tried.figures[f"{what}, ms"] = (round(real * 1000, 2), round(false * 1000, 2))
    if timed and abs(real - false) > max(_NOISE_S, _NOISE * min(real, false)):
        tried.faults.append(f"{what}: somebody is answered in {real * 1000:.2f} ms, nobody in {false * 1000:.2f} ms")


async def _ask(siege: Siege, wire: UdpWire, method: str, name: str, password: str) -> tuple[Message, float]:
    sender = f"<sip:{name}@{siege.sip}>".encode()
    to = {"To": f"<sip:{name}@{siege.sip}>", "Event": "presence", "Expires": "60"}
    account = Account(name, secrets.token_hex(4)) if password else None
    call = Dialog(wire, f"sip:{siege.sip if method == 'REGISTER' else '88005553535@' + siege.sip}", sender, account)
    begun = time.perf_counter()
    try:
        if method == "INVITE":
            answer = await call.invite(sdp(siege.place(8), 4), to, limit=5)
        else:
            answer = await call.request(method, to, limit=5)
    finally:
        took = time.perf_counter() - begun
        wire.forget(call.call_id)
    return answer, took


def _look(answer: Message, name: str) -> str:
    """What can be told of an answer: its status and headers without what is ours or chance."""
    own = ("via", "from", "to", "call-id", "cseq", "date")
    kept = [f"{key}: {_OWN.sub(_FIRST, value)}" for key, value in answer.headers if key not in own]
    return "\n".join([answer.first, *kept]).replace(name, "NAME")
