"""Everything a hotline writes or tells, searched for the canary's numbers."""

import json
import re
import sqlite3
from pathlib import Path
from typing import Any

import aiohttp

from ivr.testnet.manager import Message
from tests.canary.search import Sighting, search_bytes
from tests.canary.trails import search_trail
from tests.canary.tree import search_tree
from tests.telephony.conftest import Line
from tests.web.running import PASSWORD, Browser

#: Keys as Asterisk itself tells them to whoever may hear of keys: no user that we configure may.
KEY_EVENTS = frozenset(("DTMFBegin", "DTMFEnd"))
#: What is asked of the web server by who may see all.
_PAGES = ("/metrics", "/api/board", "/api/board/metrics", "/api/history?limit=200", "/api/incidents", "/api/audit",
          "/api/users", "/api/session", "/api/account", "/api/call/options", "/api/openapi.json", "/health/ready",
          "/api/history/export/calls.csv", "/api/history/export/calls.xlsx")  # fmt: skip
_LISTINGS = (("calls", "list", "--limit", "5000"), ("tickets", "list", "--limit", "5000"), ("callbacks", "list"),
             ("callbacks", "notices"), ("incidents", "list"), ("audit",), ("promises",))  # fmt: skip


def search_files(line: Line) -> set[Sighting]:
    """Every file of the hotline's state, but for the test network's own."""
    return search_tree(line.state, left_out=[line.state / "network"])


#: Of RTCP (RFC 3550).
_OF_PACKETS = frozenset(("SSRC", "SentNTP", "SentRTP", "SentPackets", "SentOctets", "RTT"))


def search_events(events: list[Message], place: str = "manager") -> set[Sighting]:
    """Every event but those that are keys by their name; what is found, also by the event that it is in."""
    told = [
        (event["Event"], "\n".join(f"{name}: {event[name]}" for name in event if not _by_chance(event, name)))
        for event in events
        if event["Event"] not in KEY_EVENTS
    ]
    texts = [text for _, text in told]
    found = search_bytes("\nx\n".join(texts).encode(), place) | search_trail(texts, place)
    return found and found.union(*(search_bytes(text.encode(), f"{place}: {event}") for event, text in told))


def _by_chance(event: Message, name: str) -> bool:
    """Numbers that Asterisk throws dice for, and counts of packets: some of thousands of them look like anything."""
    match event["Event"]:
        case "RTCPSent" | "RTCPReceived":
            return name in _OF_PACKETS or name.startswith("Report")
        case "AGIExecStart" | "AGIExecEnd":
            return name == "CommandId"
        case "VarSet":
            return name == "Value" and event["Variable"].startswith("RTPAUDIOQOS")
    return False


async def search_commands(line: Line) -> set[Sighting]:
    """What the commands print, of all calls and of each."""
    found: set[Sighting] = set()
    for words in _LISTINGS:
        found |= _in_answer(await line.ivr(*words), " ".join(words))
    return found


async def search_web(line: Line) -> set[Sighting]:
    """What the web server answers to an administrator, and each call's journey."""
    await line.ivr_told(f"{PASSWORD}\n", "users", "add", "canary", "--roles", "administrator,supervisor", "--stdin")
    found: set[Sighting] = set()
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        browser = Browser(http, f"http://127.0.0.1:{line.web_port}")
        assert await browser.log_in("canary") == 200
        for path in _PAGES:
            async with http.get(browser.base + path) as answer:
                assert answer.status == 200, (path, answer.status)
                found |= search_bytes(await answer.read(), path)
        calls = (await browser.ask("GET", "/api/history?limit=200"))[1]
        for call in calls["calls"]:
            path = f"/api/history/{call['call_id']}"
            status, journey = await browser.ask("GET", path)
            assert status == 200
            found |= _in_answer(journey, path)
    return found


def _in_answer(answer: Any, place: str) -> set[Sighting]:
    return search_bytes(json.dumps(answer, ensure_ascii=False).encode(), place)


def manager_rights(text: str) -> dict[str, str]:
    """User -> what it may read, by the text of a manager.conf."""
    parts = re.split(r"^\[([^\]]+)\]\s*$", text, flags=re.MULTILINE)
    users = dict(zip(parts[1::2], parts[2::2], strict=True))
    return {name: (re.search(r"^read\s*=\s*(.*)$", told, re.MULTILINE) or [None, ""])[1]
            for name, told in users.items() if "secret" in told}  # fmt: skip


def journal_steps(database: Path) -> set[str]:
    """Steps of the flow at which something was pressed, by the journal."""
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        rows = connection.execute("select data from journal where kind = 'ask'")
        return {data["step"] for (text,) in rows if (data := json.loads(text)).get("keys")}
