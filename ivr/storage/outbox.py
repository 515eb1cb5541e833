"""Messages written down now and sent later; ratings kept with their calls."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from ivr.services import ports
from ivr.storage import tables
from ivr.storage.engine import Database

#: void: not true any more before it was sent.
STATES = ("queued", "sent", "failed", "void")


@dataclass(frozen=True)
class Message:
    """One message of the outbox; `state` is one of `STATES`. `callback`: the id of the one it tells about, or "".
    `data`: the fields of its words (`domain.notices`); None: it has none.
    """

    id: int
    kind: str
    number: str
    template: str
    language: str
    ticket: str
    state: str
    created_at: datetime
    callback: str = ""
    data: dict[str, str] | None = None


class SqlOutbox(ports.Outbox):
    """The port `Outbox`; raises `StorageError` within the database's time limit."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def queue(self, kind: str, number: str, template: str, language: str, ticket: str, at: datetime) -> None:
        row = {
            "kind": kind,
            "number": number,
            "template": template,
            "language": language,
            "ticket": ticket,
            "state": "queued",
            "created_at": at,
        }

        def work(connection: Connection) -> None:
            connection.execute(insert(tables.outbox).values(row))

        await self._database.write(work)

    async def queued(self, limit: int = 100) -> list[Message]:
        """What waits to be sent, oldest first."""
        table = tables.outbox
        query = select(table).where(table.c.state == "queued").order_by(table.c.id).limit(limit)

        def work(connection: Connection) -> list[Message]:
            return [Message(**row) for row in connection.execute(query).mappings()]

        return await self._database.read(work)

    async def settle(self, message: int, state: str) -> bool:
        """Move a queued message to `sent` or `failed`; False when somebody else did so before."""
        table = tables.outbox

        def work(connection: Connection) -> bool:
            done = connection.execute(
                update(table).where(table.c.id == message, table.c.state == "queued").values(state=state)
            )
            return bool(done.rowcount == 1)

        return await self._database.write(work)


class SqlRatings(ports.Ratings):
    """The port `Ratings`; raises `StorageError` within the database's time limit."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, call_id: str, score: int, at: datetime) -> None:
        """Keep 1 … 5 with the call; a second rating of the same call replaces the first."""
        if not 1 <= score <= 5:
            raise ValueError(f"a rating is 1 to 5, not {score}")
        insert_ = sqlite.insert if self._database.sqlite else postgresql.insert

        def work(connection: Connection) -> None:
            row = insert_(tables.ratings).values(call_id=call_id, score=score, at=at)
            connection.execute(
                row.on_conflict_do_update(index_elements=["call_id"], set_={"score": score, "at": at})
            )

        await self._database.write(work)

    async def get(self, call_id: str) -> int | None:
        query = select(tables.ratings.c.score).where(tables.ratings.c.call_id == call_id)

        def work(connection: Connection) -> int | None:
            return connection.execute(query).scalar_one_or_none()

        return await self._database.read(work)
