"""Due moments in both databases: stored with every move, found by them, recomputed in batches."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from ivr.domain import tickets as rules
from ivr.domain.tickets import Ticket
from ivr.storage import schema
from ivr.storage.schema import upgrade
from ivr.storage.store import Storage, open_storage

AT = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


async def stored(storage: Storage, body: int, due: datetime | None, digest: str = "one") -> Ticket:
    ticket, event = rules.open_ticket(
        rules.new_number(lambda _: body),
        category="signin",
        language="ru",
        call_id="",
        caller="",
        purpose="operator",
        at=AT,
        region="25",
    )
    ticket = replace(ticket, due_at=due, due_digest=digest)
    assert await storage.tickets.add(ticket, event)
    return ticket


async def moved(storage: Storage, ticket: Ticket, event: str) -> Ticket:
    after, told = rules.move(ticket, event, AT + HOUR)
    assert await storage.tickets.append(told, after)
    return after


async def test_what_is_due_is_stored_with_the_ticket_and_with_each_move(storage: Storage) -> None:
    ticket = await stored(storage, 1, AT + 5 * HOUR)
    assert await storage.tickets.get(ticket.number) == ticket
    changed, event = rules.prioritise(ticket, "high", AT + HOUR)
    changed = replace(changed, due_at=AT + 1.5 * HOUR, due_digest="two")
    assert await storage.tickets.append(event, changed)
    assert await storage.tickets.get(ticket.number) == changed
    late, event = rules.prioritise(ticket, "complex", AT + HOUR)
    assert not await storage.tickets.append(event, late)  # somebody else was first


async def test_overdue_are_those_still_to_be_answered_the_longest_first(storage: Storage) -> None:
    one, two = await stored(storage, 1, AT + 2 * HOUR), await stored(storage, 2, AT + HOUR)
    await stored(storage, 3, AT + 3 * HOUR)
    await stored(storage, 4, None)
    waiting = await moved(storage, await stored(storage, 5, AT), "ask_citizen")
    await moved(storage, await stored(storage, 6, AT), "resolve")
    taken = await moved(storage, await stored(storage, 7, AT), "take")
    assert await storage.tickets.overdue(AT + 3 * HOUR, 50) == [taken, two, one]
    assert await storage.tickets.overdue(AT + 3 * HOUR, 1) == [taken]
    assert await storage.tickets.overdue(AT, 50) == []
    assert waiting.due_at == AT


async def test_stale_are_those_of_other_calendars_that_matter_and_those_never_worked_out(storage: Storage) -> None:
    tickets = [
        await stored(storage, 1, AT),
        await stored(storage, 2, AT, "two"),
        await moved(storage, await stored(storage, 3, AT), "ask_citizen"),
        await moved(storage, await stored(storage, 4, AT), "close"),
        await moved(storage, await stored(storage, 5, None, ""), "close"),
    ]
    stale = [tickets[0], tickets[2], tickets[4]]
    assert await storage.tickets.stale("two", "", 50) == stale
    assert await storage.tickets.stale("two", "", 2) == stale[:2]
    assert await storage.tickets.stale("two", stale[1].number, 50) == stale[2:]
    assert await storage.tickets.stale_count("two") == 3


async def test_histories_of_several_tickets_are_each_ticket_s_own(storage: Storage) -> None:
    one, two = await stored(storage, 1, AT), await stored(storage, 2, AT)
    await moved(storage, one, "take")
    found = await storage.tickets.histories([one.number, two.number, "00000000"])
    assert {number: [event.event for event in events] for number, events in found.items()} == {
        one.number: ["opened", "take"],
        two.number: ["opened"],
    }
    assert await storage.tickets.histories([]) == {}


async def test_a_due_moment_is_not_written_over_a_ticket_moved_meanwhile(storage: Storage) -> None:
    one, two = await stored(storage, 1, AT), await stored(storage, 2, AT)
    taken = await moved(storage, one, "take")
    news = [replace(ticket, due_at=AT + 9 * HOUR, due_digest="two") for ticket in (one, two)]
    await storage.tickets.set_due(news)
    assert await storage.tickets.get(one.number) == taken
    assert await storage.tickets.get(two.number) == news[1]
    await storage.tickets.set_due([])


async def test_tickets_from_before_the_deadlines_are_ordinary_and_wait_to_be_worked_out(empty_url: str) -> None:
    await upgrade(empty_url)
    async with open_storage(empty_url, 60) as storage:
        await storage.database.write(_downgrade)
    await upgrade(empty_url)
    async with open_storage(empty_url, 30) as storage:
        (ticket,) = await storage.tickets.stale("one", "", 50)
        assert (ticket.priority, ticket.due_at, ticket.due_digest) == ("ordinary", None, "")


def _downgrade(connection: Connection) -> None:
    """Back to the tables before the deadlines, with one ticket."""
    config = Config()
    config.set_main_option("script_location", str(Path(schema.__file__).with_name("migrations")))
    config.attributes["connection"] = connection
    command.downgrade(config, "0002")
    connection.execute(
        text(
            "INSERT INTO tickets (number, category, language, caller, status, purpose, opened_at, version) "
            "VALUES ('00000000', 'signin', 'ru', '', 'open', 'operator', '2026-11-23 07:00:00', 1)"
        )
    )


@pytest.mark.parametrize("words", ["status", "due_digest"])
async def test_the_queries_of_deadlines_have_an_index(storage: Storage, words: str) -> None:
    query = (
        "SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'tickets'"
        if storage.database.sqlite
        else "SELECT indexdef FROM pg_indexes WHERE tablename = 'tickets'"
    )
    found = await storage.database.read(lambda connection: [row[0] or "" for row in connection.execute(text(query))])
    assert any(f"({words}, {'due_at' if words == 'status' else 'number'})" in sql for sql in found)
