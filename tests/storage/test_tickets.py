"""Tickets on both databases: once stored they stay, and only one mover wins."""

import asyncio
import os
import signal
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from ivr.domain import tickets as rules
from ivr.domain.tickets import Ticket, TicketEvent
from ivr.errors import StorageError
from ivr.storage.store import Storage, open_storage

AT = datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=UTC)


def made(body: int = 4821551, call_id: str = "c1", at: datetime = AT) -> tuple[Ticket, TicketEvent]:
    return rules.open_ticket(
        rules.new_number(lambda _: body),
        category="signin",
        language="ru",
        call_id=call_id,
        caller="+79161234567",
        purpose="operator",
        at=at,
    )


async def test_what_is_stored_comes_back_whole_and_in_utc(storage: Storage) -> None:
    ticket, event = made(at=AT.astimezone(timezone(timedelta(hours=7))))
    assert await storage.tickets.add(ticket, event)
    back = await storage.tickets.get(ticket.number)
    assert back == ticket
    assert back.opened_at.utcoffset() == timedelta(0)
    assert await storage.tickets.for_call("c1") == ticket
    assert await storage.tickets.events(ticket.number) == [event]


async def test_a_taken_number_is_refused_and_nothing_of_it_stays(storage: Storage) -> None:
    assert await storage.tickets.add(*made())
    assert not await storage.tickets.add(*made(call_id="c2"))
    assert len(await storage.tickets.events(made()[0].number)) == 1


async def test_a_call_has_one_ticket_but_tickets_without_a_call_may_be_many(storage: Storage) -> None:
    assert await storage.tickets.add(*made())
    assert not await storage.tickets.add(*made(body=5, call_id="c1"))
    assert await storage.tickets.add(*made(body=6, call_id=""))
    assert await storage.tickets.add(*made(body=7, call_id=""))
    assert await storage.tickets.for_call("") is None


async def test_unknown_tickets_are_none_and_get_no_events(storage: Storage) -> None:
    ticket, event = made()
    assert await storage.tickets.get("00000000") is None
    assert not await storage.tickets.append(event)
    assert await storage.tickets.events(ticket.number) == []


async def test_of_two_movers_at_once_exactly_one_wins(storage: Storage) -> None:
    ticket, event = made()
    await storage.tickets.add(ticket, event)
    moves = [rules.move(ticket, name, AT) for name in ("take", "close", "resolve", "ask_citizen")]
    won = await asyncio.gather(*(storage.tickets.append(told, moved) for moved, told in moves))
    assert sum(won) == 1
    winner = moves[won.index(True)]
    assert await storage.tickets.get(ticket.number) == winner[0]
    assert await storage.tickets.events(ticket.number) == [event, winner[1]]


async def test_a_mover_who_looked_too_early_loses_even_if_the_status_is_the_same_again(storage: Storage) -> None:
    ticket, event = made()
    await storage.tickets.add(ticket, event)
    taken, told = rules.move(ticket, "take", AT)
    assert await storage.tickets.append(told, taken)
    free, told = rules.move(taken, "release", AT)
    assert await storage.tickets.append(told, free)
    late, told = rules.move(ticket, "close", AT)
    assert not await storage.tickets.append(told, late)


async def test_history_cannot_be_rewritten(storage: Storage) -> None:
    await storage.tickets.add(*made())
    with pytest.raises((IntegrityError, StorageError), match="append-only"):
        await storage.database.write(lambda c: c.execute(text("UPDATE ticket_events SET note = 'forged'")))


async def test_naive_times_do_not_get_in(storage: Storage) -> None:
    with pytest.raises(Exception, match="time zone"):
        await storage.outbox.queue("sms", "+7", "t", "ru", "", AT.replace(tzinfo=None))
    assert await storage.outbox.queued() == []


async def test_list_shows_the_newest_first_and_filters(storage: Storage) -> None:
    for body in range(3):
        await storage.tickets.add(*made(body, call_id=f"c{body}", at=AT + timedelta(minutes=body)))
    first = (await storage.tickets.list())[-1]
    moved, told = rules.move(first, "close", AT)
    await storage.tickets.append(told, moved)
    assert [t.call_id for t in await storage.tickets.list(limit=2)] == ["c2", "c1"]
    assert await storage.tickets.list(status="closed") == [moved]
    assert await storage.tickets.list(category="other") == []
    assert await storage.tickets.counts() == {"open": 2, "closed": 1}


_ADD_AND_WAIT = """
import asyncio, sys
from datetime import UTC, datetime
from ivr.domain.tickets import new_number, open_ticket
from ivr.storage.store import open_storage

async def main():
    async with open_storage(sys.argv[1], 30) as storage:
        made = open_ticket(new_number(lambda _: 99), category="other", language="ru", call_id="killed", caller="",
                           purpose="callback", at=datetime.now(UTC))
        assert await storage.tickets.add(*made)
        print("stored", flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_kill_9_right_after_add_keeps_the_ticket(url: str) -> None:
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _ADD_AND_WAIT, url, stdout=asyncio.subprocess.PIPE
    )
    assert program.stdout is not None
    async with asyncio.timeout(60):
        assert await program.stdout.readline() == b"stored\n"
    os.kill(program.pid, signal.SIGKILL)
    await program.wait()
    async with open_storage(url, 30) as storage:
        ticket = await storage.tickets.for_call("killed")
        assert ticket is not None
        assert len(await storage.tickets.events(ticket.number)) == 1


async def test_outbox_keeps_messages_and_each_is_settled_once(storage: Storage) -> None:
    await storage.outbox.queue("sms", "+79161234567", "signin.password", "ru", "48215513", AT)
    (message,) = await storage.outbox.queued()
    assert message.data is None
    assert (message.kind, message.state, message.created_at) == ("sms", "queued", AT)
    settled = await asyncio.gather(*(storage.outbox.settle(message.id, "sent") for _ in range(3)))
    assert sum(settled) == 1
    assert await storage.outbox.queued() == []


async def test_a_second_rating_replaces_the_first(storage: Storage) -> None:
    await storage.ratings.save("c1", 2, AT)
    await storage.ratings.save("c1", 5, AT)
    assert await storage.ratings.get("c1") == 5
    assert await storage.ratings.get("c2") is None
    with pytest.raises(ValueError, match="1 to 5"):
        await storage.ratings.save("c1", 6, AT)


def test_version_grows_with_each_move() -> None:
    ticket, _ = made()
    assert rules.move(ticket, "take", AT)[0] == replace(ticket, status="in_progress", version=2)
