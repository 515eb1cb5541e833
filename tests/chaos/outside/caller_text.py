"""What a caller may write where his number and his name belong: everywhere it arrives, it must be data."""

import asyncio
import contextlib
import csv
import io
import random
import re
import secrets
import sqlite3
import sys
import time
import zipfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
from playwright.async_api import Page

from ivr.domain.phones import to_e164
from tests.browser.conftest import FLAGS
from tests.browser.people import VERA, crowd
from tests.chaos.keys import KeyPad
from tests.chaos.outside.siege import Siege
from tests.chaos.sip_call import Dialog, sdp
from tests.chaos.sip_wire import UdpWire
from tests.web.running import PASSWORD, Browser

#: A word that stands in every text, and nowhere else.
CANARY = "zqxj"
_SHELL = "${SHELL(touch FILE)}"
#: What is written; FILE is a file that must not come to be, by whichever way.
TEXTS = {
    "quotes": 'a\\"b\\\\c\'d',
    "broken quotes": 'a"b',
    "line end, escaped": "a%0D%0AX-Zqxj: 1%0D%0A%0D%0A",
    "line end, quoted": "a\\\r\\\nX-Zqxj: 1",
    "line end, folded": "a\r\n X-Zqxj: 1",
    "AMI event": "a%0D%0A%0D%0AEvent: Zqxj%0D%0AChannel: x%0D%0A%0D%0A",
    "AGI answer": "a%0A200 result=1%0AHANGUP%0A",
    "AGI command": "1%0AEXEC System touch FILE%0A",
    "dialplan function": _SHELL,
    "dialplan function, escaped": "%24%7BSHELL(touch FILE)%7D",
    "dialplan expression": "$[1/0]${EVAL(${CALLERID(all)})}",
    "dialplan words": "1,2)&Set(x=y)|System(touch FILE)&Local/1@inbound",
    "SQL": "'); DROP TABLE calls; --",
    "HTML": '<img src=x onerror=\\"window.zqxj=1\\"><script>window.zqxj=1</script>',
    "formula": '=cmd|\' /C touch FILE\'!A0',
    "format": "%n%s%s{0}{x}${jndi:ldap://127.0.0.1/x}",
    "emoji": "😀\U0001f4a9👨‍👩‍👧",
    "right to left": "\u202e\u2066+79161234567\u202c",
    "NUL, escaped": "a%00b",
    "NUL": "a\0b",
    "no UTF-8": "a\udcff\udcfeb",
    "other digits": "٧٩١٦١٢٣٤٥٦٧",
    "10 kB": "A" * 10_000,
    "10 kB of digits": "9" * 10_000,
    "path": "../../../../etc/passwd",
    "nothing": "",
}
#: Where it is written: name of the place -> From, further headers. TEXT stands for it.
PLACES: dict[str, tuple[str, dict[str, str]]] = {
    "name": ('"TEXT" <sip:+74951230002@alpha>', {}),
    "number": ('"x" <sip:TEXT@alpha>', {}),
    "number and canary": ('"x" <sip:+74951230002TEXT@alpha>', {}),
    "host": ("<sip:+74951230002@TEXT>", {}),
    "asserted name": ("<sip:a@alpha>", {"P-Asserted-Identity": '"TEXT" <sip:+74951230002@alpha>'}),
    "asserted number": ("<sip:a@alpha>", {"P-Asserted-Identity": "<sip:TEXT@alpha>"}),
    "remote party": ("<sip:a@alpha>", {"Remote-Party-ID": '"TEXT" <sip:TEXT@alpha>;party=calling'}),
    "diversion": ("<sip:+74951230002@alpha>", {"Diversion": '"TEXT" <sip:TEXT@alpha>;reason="TEXT"'}),
    "agent and subject": ("<sip:+74951230002@alpha>", {"User-Agent": "TEXT", "Subject": "TEXT", "Reason": "TEXT"}),
    "contact": ("<sip:+74951230002@alpha>", {"Contact": '"TEXT" <sip:TEXT@127.0.0.1>'}),
    "called": ("<sip:+74951230002@alpha>", {"To": '"TEXT" <sip:TEXT@alpha>'}),
    "token": ("<sip:+74951230002@alpha>", {"Privacy": "TEXT", "X-Hotline-Guest": "TEXT", "Supported": "TEXT"}),
}  # fmt: skip


@dataclass
class Tried:
    """Calls by how they were answered (0: no answer); what was found that should not be."""

    answers: dict[int, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    figures: dict[str, int] = field(default_factory=dict)


async def caller_text(siege: Siege, tried: Tried) -> None:
    """Every text in every place, from a trunk, from nobody, with a wrong password; then it is looked for everywhere."""
    trap = siege.line.state / f"{CANARY}-trap"
    async with manager_bytes(siege) as told:
        for last in (2, 8):
            await calls(siege, tried, last, trap)
        await asyncio.sleep(2)
        events = bytes(told)
    tried.figures["manager bytes"] = len(events)
    await _waits_in_queue(siege, tried, trap)
    await look_everywhere(siege, tried, events)
    if trap.exists():
        tried.faults.append(f"a caller's text ran a program: {trap.name} is there")
    tried.faults += await siege.broken()


async def calls(
    siege: Siege, tried: Tried, last: int, trap: Path, places: Sequence[str] = tuple(PLACES), at_once: int = 10
) -> None:
    """Each text in each of these places, from that address."""
    wire = await UdpWire.at(siege.place(last), siege.sip)
    gate = asyncio.Semaphore(at_once)

    async def one(sender: str, headers: dict[str, str], text: str) -> None:
        async with gate:
            call = _dialog(wire, siege, sender, text, trap)
            more = {name: _fill(value, text, trap) for name, value in headers.items()}
            try:
                status = (await call.invite(sdp(siege.place(last), 4), more, limit=2)).status
                if status == 200:
                    await asyncio.sleep(0.8)  # the menu begins
                    await call.hang_up(1)
            except TimeoutError:
                status = 0  # it cannot be read
            tried.answers[status] = tried.answers.get(status, 0) + 1
            wire.forget(call.call_id)

    await asyncio.gather(*(one(*PLACES[place], text) for place in places for text in TEXTS.values()))
    wire.close()


def _dialog(wire: UdpWire, siege: Siege, sender: str, text: str, trap: Path) -> Dialog:
    return Dialog(wire, f"sip:88005553535@{siege.sip}", _fill(sender, text, trap).encode("utf-8", "surrogateescape"))


def _fill(template: str, text: str, trap: Path) -> str:
    return template.replace("TEXT", text.replace("FILE", str(trap)) + CANARY)


@contextlib.asynccontextmanager
async def manager_bytes(siege: Siege) -> AsyncIterator[bytearray]:
    """All that Asterisk tells the controller's manager user meanwhile."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(siege.line.env["IVR_AMI_PORT"]))
    writer.write(f"Action: Login\r\nUsername: controller\r\nSecret: {siege.secrets['ami']}\r\n\r\n".encode())
    told = bytearray()

    async def listen() -> None:
        while chunk := await reader.read(65536):
            told.extend(chunk)

    task = asyncio.ensure_future(listen())
    try:
        yield told
    finally:
        task.cancel()
        writer.close()


async def _waits_in_queue(siege: Siege, tried: Tried, trap: Path) -> None:
    """Callers with such names wait in the queue while a supervisor has the board, and the history, before her."""
    await _account(siege)
    await siege.network.phones["101"].behave("ring")  # somebody is there, and does not answer
    await siege.network.phones["101"].code("*11")
    wire = await UdpWire.at(siege.place(2), siege.sip)
    waiting, pads = list[Dialog](), list[KeyPad]()
    async with crowd(siege.pages, siege.line.state / "microphones", FLAGS) as people:
        (siege.line.state / "microphones").mkdir(exist_ok=True)
        board = await people.open(VERA, "/board")
        for place in ("name", "number and canary", "asserted number"):
            for text in ("HTML", "right to left", "emoji", "SQL", "10 kB"):
                call = _dialog(wire, siege, PLACES[place][0], TEXTS[text], trap)
                pad = KeyPad(siege.place(2), random.Random(text))
                more = {name: _fill(value, TEXTS[text], trap) for name, value in PLACES[place][1].items()}
                with contextlib.suppress(TimeoutError):
                    pad.answered((await call.invite(sdp(siege.place(2), pad.port), more, limit=3)).body)
                    waiting.append(call)
                    pads.append(pad)
        for key in "101":  # language, operator, "that is my hour"; then the number of the ticket is said
            await asyncio.sleep(4)
            await asyncio.gather(*(pad.press(key) for pad in pads))
        count = await _until_they_wait(siege)
        tried.figures["callers waiting before the board"] = count
        if not count:
            tried.faults.append("nobody waited before the board")
        await asyncio.sleep(3)
        await _page_is_clean(board, tried)
        for call in waiting:
            await call.hang_up(1)
        await asyncio.sleep(3)
        history = await people.open(VERA, "/history")
        await asyncio.sleep(2)
        await _page_is_clean(history, tried)
        tried.faults += [f"browser: {fault[:200]}" for fault in people.faults]
        await siege.network.phones["101"].code("*12")
        await _exports(siege, tried)
    wire.close()


async def _until_they_wait(siege: Siege, limit: float = 60) -> int:
    """How many wait in the queues, once somebody does and no more come."""
    until, before = time.monotonic() + limit, -1
    while time.monotonic() < until:
        said = await siege.hotline.command("queue show") or ""
        if 0 < (count := said.count("(wait:")) == before:
            return count
        before = count
        await asyncio.sleep(2)
    return max(0, before)


async def _page_is_clean(page: Page, tried: Tried) -> None:
    """No script of a caller ran, no element is his, and his text is not on the page."""
    if await page.evaluate("window.zqxj !== undefined"):
        tried.faults.append(f"{page.url}: a caller's script ran")
    if (count := await page.locator("img[src=x]").count()) or CANARY in (await page.content()).lower():
        tried.faults.append(f"{page.url}: a caller's text is in the page ({count} elements)")


async def _account(siege: Siege) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ivr", "users", "add", "vera", "--roles", "supervisor", "--stdin", "--json",
        env=siege.line.env, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await process.communicate(f"{PASSWORD}\n".encode())
    assert process.returncode == 0, out


async def _exports(siege: Siege, tried: Tried) -> None:
    """In the files, every number is one, and no cell begins as a formula does."""
    base = siege.pages
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        browser = Browser(http, base)
        await browser.ask("GET", "/api/session")
        status, told = await browser.ask("POST", "/api/login", {"login": "vera", "password": PASSWORD})
        assert status == 200, told
        async with http.get(f"{base}/api/history/export/calls.csv") as answer:
            rows = list(csv.reader(io.StringIO((await answer.read()).decode("utf-8-sig")), delimiter=","))
        async with http.get(f"{base}/api/history/export/calls.xlsx") as answer:
            book = zipfile.ZipFile(io.BytesIO(await answer.read()))
    tried.figures["rows exported"] = len(rows) - 1
    if len(rows) < 2:
        tried.faults.append("nothing was exported")
    tried.faults += [f"CSV: {cell[:60]!r}" for row in rows for cell in row if cell[:1] in "=@\t\r" and cell]
    sheets = {name: book.read(name).decode() for name in book.namelist() if name.endswith(".xml")}
    for name, text in (("calls.csv", str(rows)), *sheets.items()):
        if CANARY in text.lower():
            tried.faults.append(f"{name}: a caller's text is in it")
        if "<f>" in text:
            tried.faults.append(f"{name}: there is a formula in it")


async def look_everywhere(siege: Siege, tried: Tried, events: bytes) -> None:
    """The journal has numbers or nothing; no event and no line of a log was begun by a caller."""
    for line in events.split(b"\r\n"):
        if line[:6].lower().startswith((b"x-zqxj", b"200 res")) or line.lower() == b"event: zqxj":
            tried.faults.append(f"manager: a caller began the line {line[:80]!r}")
        if b"\n" in line or b"\r" in line:
            tried.faults.append(f"manager: half a line end in {line[:80]!r}")
    calls = await siege.line.ivr("calls", "list", "--limit", "5000")
    tried.figures["calls in the journal"] = len(calls)
    for call in calls:
        if call["caller"] and to_e164(call["caller"]) != call["caller"]:
            tried.faults.append(f"journal: caller {call['caller'][:60]!r}")
    tried.faults += _in_database(siege.line.state / "hotline.db")
    for file in siege.logs:
        for line in file.read_text("utf-8", "replace").split("\n"):
            if CANARY in line.lower() and not re.match(r"\[\d{4}-|\d{4}-\d\d-\d\d ", line):
                tried.faults.append(f"{file.name}: a caller began the line {line[:80]!r}")
            # no more than came in one packet
            if len(line) > 65_535:
                tried.faults.append(f"{file.name}: a line of {len(line)} bytes")


def _in_database(file: Path) -> list[str]:
    """Rows, and bytes of the files beside it, in which a caller's text stands."""
    found = []
    copy = file.with_name(f"{secrets.token_hex(4)}.db")
    with contextlib.closing(sqlite3.connect(file)) as here, contextlib.closing(sqlite3.connect(copy)) as there:
        here.backup(there)
        for line in there.iterdump():
            if CANARY in line.lower():
                found.append(f"database: {line[:120]}")
    copy.unlink()
    return found
