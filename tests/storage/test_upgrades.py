"""A database of every older version is brought to this one, and nothing of it is lost. On both databases."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, select, text

from ivr.cli import main
from ivr.config import load_config
from ivr.doctor import state
from ivr.domain.call_summary import CallSearch
from ivr.services.live_ports import LogPlace
from ivr.storage import tables
from ivr.storage.engine import Database
from ivr.storage.schema import newest
from ivr.storage.store import Storage, open_storage
from tests.addresses import free_port
from tests.storage import old_rows
from tests.storage.old_rows import AT, CALLER, LATER, ROWS

OLDER = old_rows.revisions()[:-1]
#: The revision that made a table.
SINCE = {"callbacks": "0004", "users": "0007", "contacts": "0008", "queue_counts": "0009", "audit": "0012",
         "incidents": "0013"}  # fmt: skip


def test_every_table_has_rows_of_its_time() -> None:
    assert {*ROWS} == {*old_rows.metadata.tables}
    assert (OLDER[0], newest()) == ("0001", old_rows.revisions()[-1])


async def filled(url: str, revision: str) -> old_rows.Found:
    database = Database(url, limit=60, create=True)
    found = await database.write(lambda connection: old_rows.fill(connection, revision))
    await database.close()
    return found


async def now(url: str, before: old_rows.Found) -> old_rows.Found:
    """What has become of the rows of that time, in the columns of that time."""
    database = Database(url, limit=60)

    def work(connection: Connection) -> old_rows.Found:
        return old_rows.read(connection, {name: sorted(rows[0]) for name, rows in before.items()})

    found = await database.read(work)
    await database.close()
    return found


@pytest.mark.parametrize("revision", OLDER)
async def test_an_older_database_is_brought_here_and_nothing_is_lost(
    empty_url: str, revision: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = await filled(empty_url, revision)
    assert all(len(rows) == len(ROWS[name]) for name, rows in before.items() if name != "callback_asks")
    monkeypatch.setenv("IVR_DATABASE_URL", empty_url)
    assert await asyncio.to_thread(main, ["db", "upgrade"]) == 0
    assert f"revision {newest()}" in capsys.readouterr().out
    after = await now(empty_url, before)
    assert after == before
    async with open_storage(empty_url, 30) as storage:
        await use(storage, revision)


async def test_keys_that_stood_in_the_journal_are_counted_only(
    empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyed = [{"step": "menu/main", "keys": keys} for keys in ("1", "112233", "", "••")] + [{"step": "x"}, {"keys": 7}]
    rows = [{"run": "r", "seq": seq, "call_id": "c9", "at": AT, "kind": "ask", "data": data}
            for seq, data in enumerate([*keyed, *([{"keys": "5"}] * 1500)])]  # fmt: skip
    other = {"run": "s", "seq": 1, "call_id": "c9", "at": AT, "kind": "note", "data": {"keys": "9"}}

    def put(connection: Connection) -> None:
        old_rows.fill(connection, "0016")
        connection.execute(tables.journal.insert(), [*rows, other])

    database = Database(empty_url, limit=60, create=True)
    await database.write(put)
    monkeypatch.setenv("IVR_DATABASE_URL", empty_url)
    assert await asyncio.to_thread(main, ["db", "upgrade"]) == 0
    read = select(tables.journal.c.data).where(tables.journal.c.call_id == "c9").order_by(tables.journal.c.id)
    data = await database.read(lambda connection: connection.execute(read).scalars().all())
    await database.close()
    assert [each.get("keys") for each in data[:6]] == ["•", "••••••", "", "••", None, 7]
    assert data[0]["step"] == "menu/main" and {each["keys"] for each in data[6:-1]} == {"•"}
    assert data[-1] == {"keys": "9"}


async def use(storage: Storage, revision: str) -> None:
    """This version understands the rows, and goes on with them."""

    def there(table: str) -> bool:
        return revision >= SINCE[table]

    ticket = await storage.tickets.get("48215513")
    assert ticket is not None
    assert (ticket.caller, ticket.status, ticket.priority, ticket.opened_at) == (CALLER, "open", "ordinary", AT)
    assert [event.event for event in await storage.tickets.events("48215513")] == ["opened"]
    (message,) = await storage.outbox.queued()
    assert (message.number, message.callback) == (CALLER, "")
    call = await storage.calls.get("c1")
    assert call is not None
    assert (len(call.steps), call.score, call.caller) == (6, 5, CALLER)
    lines = {line.call_id: line.summary for line in await storage.calls.search(CallSearch(number=CALLER))}
    assert {*lines} == {"c1", "c2"}
    if revision < "0010":
        # made of the journal by the upgrade
        one = lines["c1"]
        assert (one.operator, one.queue, one.waited_s, one.talked_s, one.ended_at, one.ticket) == (
            "op-101", "common", 20, 60, AT, "48215513",
        )  # fmt: skip
        assert (lines["c2"].language, lines["c2"].ended_at) == ("ru", None)
    if there("callbacks"):
        pending = await storage.callbacks.get("b1")
        assert pending is not None
        assert (pending.state, pending.number, pending.asked_by, pending.zones) == (
            "waiting", CALLER, "", ("Europe/Moscow", "Asia/Omsk"),
        )  # fmt: skip
        if revision < "0006":
            # wishes so far count against the daily limit
            assert await storage.callbacks.requests_since(CALLER, AT - timedelta(days=1)) == 2
    if there("users"):
        account = await storage.accounts.get("anna")
        assert account is not None and account.name == "Анна"
    if there("contacts"):
        (contact,) = await storage.contacts.of_calls(["c1"])
        assert (contact.purpose, contact.clarified, contact.closed_at) == ("вход", (("Caps Lock?", "no"),), None)
    if there("queue_counts"):
        assert (await storage.counts.place())[0] == LogPlace("100|…", 77)
        assert ("queue", "common", AT) in await storage.counts.since(AT)
    if there("audit"):
        assert [entry.why for entry in await storage.audit.latest(5)] == ["обед"]
    if there("incidents"):
        (incident,) = await storage.incidents.open()
        assert (incident.id, dict(incident.texts)) == ("i1", {"ru": "Не работает."})
        assert await storage.incidents.end("i1", "anna", LATER) == 1


async def test_an_upgrade_that_fails_on_the_way_leaves_all_as_it_was(
    empty_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = await filled(empty_url, "0009")
    database = Database(empty_url, limit=60)
    await database.write(lambda connection: connection.execute(text("CREATE TABLE audit (mine TEXT)")))
    await database.close()
    monkeypatch.setenv("IVR_DATABASE_URL", empty_url)
    assert await asyncio.to_thread(main, ["db", "upgrade"]) == 2
    assert "audit" in capsys.readouterr().err
    assert await now(empty_url, before) == before
    assert await asyncio.to_thread(main, ["db", "check"]) == 1
    assert "is at revision 0009" in capsys.readouterr().out


async def _newer(url: str) -> None:
    database = Database(url, 60)
    await database.write(lambda connection: connection.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    await database.close()


def test_a_database_of_a_newer_version_is_refused_plainly_by_all_that_could_touch_it(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(_newer(url))
    monkeypatch.setenv("IVR_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("IVR_DATABASE_URL", url)
    for name in ("AGI", "WEB"):
        monkeypatch.setenv(f"IVR_{name}_PORT", str(free_port()))
    start = ["run", "--part", "controller"]
    for words in (["db", "upgrade"], ["retention", "run"], ["users", "list"], ["controller"], start):
        assert main(words) == 2, words
        assert "made by a newer version; install that one" in capsys.readouterr().err
    assert main(["db", "check"]) == 1
    said = capsys.readouterr().out
    assert "made by a newer version" in said and "ivr db upgrade" not in said
    found = state.database(load_config())
    assert (found.status, found.remedy) == ("fail", "install the newer version, or restore the backup made before")
