"""Whom a dispatcher should have seen to: it shows when none comes, and not that a queue is closed or busy."""

from datetime import timedelta

from sqlalchemy import insert

from ivr.domain.callback_timers import LATE, wake_at
from ivr.domain.callbacks import LEASE, reschedule
from ivr.domain.dispatching import Held
from ivr.storage import tables
from ivr.storage.callbacks import MOST_OVERDUE
from ivr.storage.store import Storage
from tests.services.test_dispatch import World
from tests.storage.test_callbacks import AT, MINUTE, kept, made

#: From round to round here; less than `LATE`.
STEP = 4 * MINUTE


async def test_a_dispatcher_that_died_in_a_dial_shows_and_the_next_one_s_round_ends_it(storage: Storage) -> None:
    world = World(book=storage.callbacks)  # type: ignore[arg-type]
    callback = await world.promised()
    await world.dispatcher.round(listen=0)
    assert (await world.now(callback)).state == "dialling"
    began = world.clock.at
    assert await storage.callbacks.overdue(began + LEASE + LATE - MINUTE) == 0
    assert await storage.callbacks.overdue(began + LEASE + LATE) == 1
    # it stays so: the row says `dialling` for ever
    assert await storage.callbacks.overdue(began + timedelta(days=3)) == 1
    world.clock.at = began + LEASE + LATE
    await world.dispatcher.round(listen=0)
    assert await storage.callbacks.overdue(world.clock.at) == 0


async def test_callbacks_of_a_closed_queue_wait_and_are_not_overdue_while_a_dispatcher_comes(storage: Storage) -> None:
    world = World(book=storage.callbacks)  # type: ignore[arg-type]
    callback = await world.promised()
    ends = callback.created_at + 2 * 60 * MINUTE
    # his window ends while the queue is closed, and he is told so
    assert await storage.callbacks.move(*reschedule(callback, callback.created_at, {"window_to": ends}))
    world.held = (Held(callback, "closed"),)
    seen = set()
    for _ in range(90):
        world.clock.at += STEP
        assert await storage.callbacks.overdue(world.clock.at) == 0, world.clock.at
        done = await world.dispatcher.round(listen=0)
        seen.add((done.held.get("closed"), (await world.now(callback)).state))
    assert world.clock.at > ends + LATE and seen == {(1, "waiting")} and not world.asterisk.sent
    assert "missed" in [told.event for told in await storage.callbacks.history(callback.id)]
    # without a dispatcher it would show, at the latest when something is to be done with him
    over = (await world.now(callback)).expires_at
    assert await storage.callbacks.overdue(over + LATE - MINUTE) == 0
    assert await storage.callbacks.overdue(over + LATE) == 1


async def test_what_is_over_is_never_overdue_and_so_many_are_not_all_counted(storage: Storage) -> None:
    for state in ("done", "failed", "expired", "abandoned_offer"):
        await kept(storage.callbacks, state, state, expires_at=AT - MINUTE)
    assert await storage.callbacks.overdue(AT + timedelta(days=9)) == 0
    many = [made(f"p{n}", state="parked", not_before=AT, number=f"+7900{n:07}") for n in range(MOST_OVERDUE + 2)]
    rows = [{**vars(each), "zones": "", "wake_at": wake_at(each)} for each in many]
    await storage.database.write(lambda connection: connection.execute(insert(tables.callbacks), rows))
    assert await storage.callbacks.overdue(AT + LATE) == MOST_OVERDUE
