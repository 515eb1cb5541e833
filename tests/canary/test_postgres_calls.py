"""The same in PostgreSQL: rows, the cluster's files with its write-ahead log, and the server's log of what failed."""

from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest
import pytest_asyncio

from ivr.pbx.paths import AsteriskInstall
from tests.canary.conftest import Cage
from tests.canary.documents import DOCUMENTS
from tests.canary.feeding import feed_all
from tests.canary.sinks import search_commands, search_files, search_web
from tests.canary.tap import tapped
from tests.canary.tree import search_rows, search_tree, told
from tests.canary.worlds import MOBILE_LINE
from tests.postgres import Postgres, private_postgres
from tests.telephony.conftest import hotline

pytestmark = pytest.mark.asyncio(loop_scope="session")
#: Where what is keyed in goes on to a question to the database, and where it is a menu's.
_STEPS = ("menu/main", "status/number", "status/last-four", "sms/number", "callback/enter", "place/district")


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with private_postgres() as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def cage(
    install: AsteriskInstall, server: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Cage]:
    state = tmp_path_factory.mktemp("canary") / "var"
    talkative = {"IVR_LOG_LEVEL": "DEBUG"}
    async with hotline(install, state, 2, server.url, more=talkative) as line, tapped(install, line) as tap:
        yield Cage(install, line, tap)


async def test_nothing_is_found_in_the_database_its_files_and_its_log(cage: Cage, server: Postgres) -> None:
    ways = MOBILE_LINE.ways
    await feed_all(cage, [(MOBILE_LINE, ways[step], each, "1") for step in _STEPS for each in DOCUMENTS])
    connection = await asyncpg.connect(server.url)
    try:
        # the log keeps what failed: a statement with a number that we did not write is there, ours are not
        with pytest.raises(asyncpg.PostgresError):
            await connection.execute("SELECT 'a canary' FROM nowhere")
        tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        rows = [(name, told(row.keys(), row.values())) for (name,) in tables
                for row in await connection.fetch(f'SELECT * FROM "{name}" ORDER BY ctid')]  # fmt: skip
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()
    assert {name for name, _ in rows} >= {"journal", "calls", "tickets"}
    assert b"a canary" in (server.folder / "said").read_bytes()
    found = search_rows(rows, "rows") | search_tree(server.folder) | search_files(cage.line)
    found |= await search_commands(cage.line) | await search_web(cage.line)
    assert not found, "\n".join(sorted(map(str, found)))
