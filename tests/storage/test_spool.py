"""Wish files: good ones become tickets once, bad ones are put aside, none is lost."""

import errno
import json
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from ivr.domain.tickets import Ticket, TicketEvent
from ivr.errors import StorageError
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
    os.utime(tmp_path / "b.json", (NOON.timestamp(),) * 2)
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


@pytest.mark.parametrize(("told", "did"), [("88005553535", "88005553535"), ("8 (800)", ""), (7, ""), (None, "")])
def test_the_number_that_was_dialled_is_kept_and_an_odd_one_loses_no_wish(
    tmp_path: Path, told: object, did: str
) -> None:
    leave(tmp_path, "a.json", call_id="1.1", caller="+79161234567", at=NOON.isoformat(), did=told)
    (wish,) = FolderSpool(tmp_path).read(NOON)
    assert (wish.did, wish.caller) == (did, "+79161234567")


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


def fifo(file: Path) -> None:
    os.mkfifo(file)


def link(file: Path) -> None:
    target = file.with_name("elsewhere")
    leave(file.parent, target.name, call_id="9.9")
    file.symlink_to(target)


def old(file: Path) -> None:
    leave(file.parent, file.name, call_id="9.9")
    os.utime(file, (0, 0))


def at(text: str) -> Callable[[Path], None]:
    return lambda file: leave(file.parent, file.name, call_id="9.9", at=text)


STRANGE: dict[str, Callable[[Path], None]] = {
    "fifo": fifo,
    "link": link,
    "folder": Path.mkdir,
    "first year": at("0001-01-01T00:00:00+14:00"),
    "last year": at("9999-12-31T23:59:59-14:00"),
    "over a year ago": at((NOON - timedelta(days=367)).isoformat()),
    "in over a year": at((NOON + timedelta(days=367)).isoformat()),
    "mtime of 1970": old,
    "number too long": lambda file: file.write_text('{"call_id": ' + "9" * 4000 + "}") and None,
    "lone surrogate": lambda file: file.write_text('{"call_id": "\\ud800"}') and None,
}


@pytest.mark.parametrize("make", STRANGE.values(), ids=STRANGE)
async def test_one_strange_file_is_put_aside_and_the_others_are_picked_up(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    make(tmp_path / "a.json")
    (tmp_path / "a.bad").write_text("an earlier one")
    leave(tmp_path, "b.json", call_id="1.1", at=NOON.isoformat())
    tickets = MemoryTickets()
    assert await desk(tmp_path, tickets).pick_up(NOON) == 1
    assert [ticket.call_id for ticket in tickets.tickets.values()] == ["1.1"]
    assert list(tmp_path.glob("*.json")) == []
    assert (tmp_path / "a.bad").read_text() == "an earlier one"
    assert os.path.lexists(tmp_path / "a.bad2")


async def test_a_good_file_is_not_put_aside_when_the_process_has_too_many_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave(tmp_path, "a.json", call_id="1.1", at=NOON.isoformat())

    def full(*_: object) -> int:
        raise OSError(errno.EMFILE, "Too many open files")

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", full)
        assert FolderSpool(tmp_path).read(NOON) == []
    assert len(FolderSpool(tmp_path).read(NOON)) == 1


async def test_a_file_that_cannot_be_removed_gives_one_ticket_with_one_note(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave(tmp_path, "a.json", call_id="1.1", at=NOON.isoformat())
    leave(tmp_path, "b.json", call_id="1.2", at=NOON.isoformat())
    tickets = MemoryTickets()
    wishes = desk(tmp_path, tickets)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "unlink", refuse)
    assert await wishes.pick_up(NOON) == 2
    assert await wishes.pick_up(NOON) == 0
    assert [e.event for e in tickets.events] == ["opened", "note"] * 2


class Refusing(MemoryTickets):
    """Refuses these calls with this error."""

    def __init__(self, error: Exception, *calls: str) -> None:
        super().__init__()
        self.error, self.calls = error, calls

    async def add(self, ticket: Ticket, event: TicketEvent) -> bool:
        if ticket.call_id in self.calls:
            raise self.error
        return await super().add(ticket, event)


@pytest.mark.parametrize("error", [ValueError("out of range"), StorageError("refused")], ids=repr)
async def test_a_wish_that_cannot_be_stored_does_not_stop_the_others_for_good(tmp_path: Path, error: Exception) -> None:
    for n in range(4):
        leave(tmp_path, f"{n}.json", call_id=f"1.{n}", at=(NOON + timedelta(minutes=n)).isoformat())
    tickets = Refusing(error, "1.0", "1.1")
    wishes = desk(tmp_path, tickets)
    taken = [await wishes.pick_up(NOON) for _ in range(4)]
    assert sum(taken) == 2
    assert {t.call_id for t in tickets.tickets.values()} == {"1.2", "1.3"}
    assert sorted(p.name for p in tmp_path.iterdir()) == ["0.json", "1.json"]
    tickets.calls = ()
    assert await wishes.pick_up(NOON) == 2


async def test_a_database_away_is_asked_once_and_not_for_every_wish(tmp_path: Path) -> None:
    for n in range(5):
        leave(tmp_path, f"{n}.json", call_id=f"1.{n}", at=NOON.isoformat())
    asked = []

    class Away(MemoryTickets):
        async def for_call(self, call_id: str) -> Ticket | None:
            asked.append(call_id)
            raise StorageError

    assert await desk(tmp_path, Away()).pick_up(NOON) == 0
    assert len(asked) == 1
    assert len(list(tmp_path.glob("*.json"))) == 5
