"""Another program (a dispatcher, a command) writes to the same SQLite file: between two steps of a write there is no
room for it, so nothing that it did is undone."""

import sqlite3
from contextlib import closing
from typing import Any

from sqlalchemy import Engine, event

from ivr.domain.callbacks import apply
from ivr.storage.store import open_storage
from tests.storage.test_callbacks import AT, kept


async def test_a_callback_that_is_cancelled_while_it_is_opened_is_not_brought_back(sqlite_url: str) -> None:
    came = []

    def cancel(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        """What another process does just before the row is changed: the citizen cancels."""
        if statement.startswith("UPDATE callbacks") and not came:
            with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), timeout=0)) as other:
                try:
                    other.execute("UPDATE callbacks SET state = 'cancelled', version = version + 1")
                    other.commit()
                    came.append("cancelled")
                except sqlite3.OperationalError:  # locked: it comes later, and sees what was done before
                    came.append("refused")

    async with open_storage(sqlite_url, 30) as storage:
        move = apply(await kept(storage.callbacks, state="parked", not_before=AT), "open", AT)
        event.listen(Engine, "before_cursor_execute", cancel)
        try:
            moved = await storage.callbacks.move_all([move])
        finally:
            event.remove(Engine, "before_cursor_execute", cancel)
        there = await storage.callbacks.get("c1")
    assert there is not None
    # either it came first and stays, or it could not come in between
    assert (came, there.state, len(moved)) in ((["cancelled"], "cancelled", 0), (["refused"], "waiting", 1))
