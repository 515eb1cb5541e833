"""Wish files: good ones become tickets once, bad ones are put aside, none is lost."""

import json
from pathlib import Path

from ivr.services.tickets import TicketDesk
from ivr.services.wishes import WishDesk
from ivr.storage.spool import FolderSpool
from ivr.testing import NOON, MemoryTickets


def leave(folder: Path, name: str, **told: object) -> None:
    folder.joinpath(name).write_text(json.dumps(told), "utf-8")


def desk(folder: Path, tickets: MemoryTickets) -> WishDesk:
    return WishDesk(FolderSpool(folder), TicketDesk(tickets, lambda n: len(tickets.tickets) + 7))


async def test_wishes_become_tickets_once_and_bad_files_are_put_aside(tmp_path: Path) -> None:
    leave(tmp_path, "a.json", call_id="1.1", caller="89161234567", language="tt", at="2026-03-01T12:00:00+03:00")
    leave(tmp_path, "b.json", call_id="1.2", caller="")
    leave(tmp_path, "c.json", call_id="1.3", caller="12; DROP TABLE", language="ru")
    leave(tmp_path, "d.json", call_id="1.4", at="2026-03-01T12:00:00")
    (tmp_path / "e.json").write_bytes(b"\xff\xfe{")
    (tmp_path / "f.json").write_text("[" * 4000)
    (tmp_path / ".g.tmp").write_text("{")
    tickets = MemoryTickets()
    assert await desk(tmp_path, tickets).pick_up(NOON) == 2
    first = await tickets.for_call("1.1")
    assert first is not None
    assert (first.caller, first.language, first.purpose, first.category) == ("+79161234567", "tt", "callback", "other")
    assert [e.event for e in tickets.events if e.number == first.number] == ["opened", "note"]
    assert sorted(p.name for p in tmp_path.iterdir()) == [".g.tmp", "c.bad", "d.bad", "e.bad", "f.bad"]
    assert await desk(tmp_path, tickets).pick_up(NOON) == 0


async def test_wishes_wait_while_the_database_is_away(tmp_path: Path) -> None:
    leave(tmp_path, "a.json", call_id="1.1", caller="+79161234567", language="ru", at="2026-03-01T12:00:00+03:00")
    tickets = MemoryTickets()
    tickets.away = True
    assert await desk(tmp_path, tickets).pick_up(NOON) == 0
    assert (tmp_path / "a.json").exists()
    tickets.away = False
    assert await desk(tmp_path, tickets).pick_up(NOON) == 1


async def test_no_folder_means_no_wishes(tmp_path: Path) -> None:
    assert await desk(tmp_path / "none", MemoryTickets()).pick_up(NOON) == 0
