"""A copy of a PostgreSQL database by its own pg_dump and pg_restore, which are there wherever its client is."""

import asyncio
import os
import re
import shutil
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy.engine import URL

from ivr.errors import StorageError
from ivr.tasks import spawn

_HOMES = Path("/usr/lib/postgresql")
_PATIENCE_S, _GONE_S = 30.0, 3.0
#: The name under which all programs of the hotline are connected (`storage.engine`).
_OURS = "ivr-hotline"

#: In a script of pg_restore: a setting; where the first object begins.
_SETTING, _BEGUN = re.compile(rb"SET (\w+) = "), b"-- Name: "
_AT_ONCE = 1 << 16

#: What pg_restore says when the backup has nothing of the schema that it is to restore.
_OTHER_SCHEMA = re.compile(r"schema .* not found")


class PostgresDump:
    """See `dump.Dump`. Only the schema that the hotline's tables are in is copied."""

    kind = "postgresql"

    def __init__(self, url: URL) -> None:
        self._url = url

    async def save(self, file: Path) -> str:
        schema, version = await self._ask("SELECT current_schema(), current_setting('server_version_num')::int")
        if not await self.occupied():
            raise StorageError(f"the database ({self._name}) has no tables yet; run `ivr db upgrade`")
        revision = str((await self._ask("SELECT version_num FROM alembic_version"))[0])
        await self._tool(version, "pg_dump", "--format=custom", "--no-owner", "--no-acl", f"--schema={schema}",
                         f"--lock-wait-timeout={int(_PATIENCE_S)}s", f"--file={file}")  # fmt: skip
        return revision

    async def size(self) -> int:
        # indices are not copied, and rows are compressed
        (size,) = await self._ask("SELECT coalesce(sum(pg_table_size(oid)), 0)::bigint FROM pg_class "
                                  "WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace")  # fmt: skip
        return int(size)

    async def occupied(self) -> bool:
        (count,) = await self._ask("SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()")
        return bool(count)

    async def in_use(self) -> str:
        # the server takes a moment to see that a program which has just ended is gone
        until = time.monotonic() + _GONE_S
        while count := await self._connections():
            if time.monotonic() > until:
                return f"{count} connections of the hotline are open"
            await asyncio.sleep(0.1)
        return ""

    async def load(self, file: Path, stamp: str, revision: str) -> str:
        schema, version = await self._ask("SELECT current_schema(), current_setting('server_version_num')::int")
        kept = ""
        if await self.occupied():
            # what was there is moved, not dropped: it may be wanted back
            kept = f"before_{stamp.replace('-', '_')}"
            await self._do(f'ALTER SCHEMA "{schema}" RENAME TO "{kept}"', f'CREATE SCHEMA "{schema}"')
        try:
            await self._restore(version, schema, file)
            row = await self._ask("SELECT version_num FROM alembic_version")
            found = row[0] if row else "none"
            if found != revision:
                raise StorageError(f"the backup says that it is of revision {revision}, its database is of {found}")
        except BaseException:
            if kept:
                # made above: nothing is in it but what came out of the backup
                await self._do(f'DROP SCHEMA "{schema}" CASCADE', f'ALTER SCHEMA "{kept}" RENAME TO "{schema}"')
            raise
        return (
            f"schema {kept} of the database (when it is not wanted any more: DROP SCHEMA {kept} CASCADE)"
            if kept
            else ""
        )

    async def _connections(self) -> int:
        (count,) = await self._ask(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1",
            _OURS,
        )
        return int(count)

    @property
    def _name(self) -> str:
        return self._url.render_as_string(hide_password=True)

    async def _restore(self, version: int, schema: str, file: Path) -> None:
        """All of it or nothing: the script that pg_restore makes of it is run by psql, without what a server older than
        pg_restore does not know (17 began with `SET transaction_timeout`, which its own connection would end at)."""
        # --strict-names: a schema of another name must not restore nothing and be called done
        words = ("--no-owner", "--no-acl", "--strict-names", f"--schema={schema}", "--file=-", str(file))
        (known,) = await self._ask("SELECT array_agg(name) FROM pg_settings")
        async with self._program("pg_restore", version, *words, stdout=PIPE) as script:
            run = ("--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--file=-")
            async with self._program("psql", version, *run, stdin=PIPE) as psql:
                assert script.process.stdout is not None and psql.process.stdin is not None
                # not --single-transaction: it keeps what came before a pipe closes, also when that is as we are killed
                psql.process.stdin.write(b"BEGIN;\n")
                if await _copied(script.process.stdout, psql.process.stdin, frozenset(known)):
                    await script.ended()
                    psql.process.stdin.write(b"COMMIT;\n")
                psql.process.stdin.close()
                await psql.ended()

    async def _tool(self, version: int, name: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs to its end."""
        async with self._program(name, version, *arguments) as program:
            await program.ended()

    @asynccontextmanager
    async def _program(
        self, name: str, version: int, *arguments: str, stdin: int = DEVNULL, stdout: int = DEVNULL
    ) -> AsyncIterator["_Program"]:
        """One of PostgreSQL's programs; the password is not among what other users can see of it."""
        process = await asyncio.create_subprocess_exec(
            _place(name, version), *arguments, env=self._environment(), stdin=stdin, stdout=stdout,
            stderr=PIPE,
        )  # fmt: skip
        program = _Program(f"{name} ({self._name})", process)
        try:
            yield program
        finally:
            if process.returncode is None:
                process.kill()
            await program.over()

    def _environment(self) -> dict[str, str]:
        url, query = self._url, self._url.query
        told = {
            "PGHOST": url.host or query.get("host"),
            "PGPORT": url.port or query.get("port"),
            "PGUSER": url.username,
            "PGPASSWORD": url.password,
            "PGDATABASE": url.database,
            "PGSSLMODE": query.get("ssl"),
            "PGAPPNAME": "ivr-backup",
        }
        base = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return {**base, **{name: str(value) for name, value in told.items() if value}}

    async def _ask(self, query: str, *values: str) -> Any:
        connection = await self._connected()
        try:
            return await connection.fetchrow(query, *values)
        except asyncpg.PostgresError as error:
            raise StorageError(f"the database ({self._name}): {error}") from None
        finally:
            await connection.close()

    async def _do(self, *statements: str) -> None:
        """All of them or none."""
        connection = await self._connected()
        try:
            async with connection.transaction():
                for statement in statements:
                    await connection.execute(statement)
        except asyncpg.PostgresError as error:
            raise StorageError(f"the database ({self._name}): {error}; its owner has to do this") from None
        finally:
            await connection.close()

    async def _connected(self) -> Any:
        url = self._url.set(drivername="postgresql").difference_update_query(["ssl"])
        if "ssl" in self._url.query:
            url = url.update_query_dict({"sslmode": self._url.query["ssl"]})
        address = url.render_as_string(hide_password=False)
        try:
            return await asyncpg.connect(address, timeout=_PATIENCE_S)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise StorageError(f"the database ({self._name}) cannot be used: {error}; see `ivr doctor`") from None


class _Program:
    """A program that runs; `name`: for words about it."""

    def __init__(self, name: str, process: Process) -> None:
        self._name, self.process = name, process
        assert process.stderr is not None
        self._said = spawn(process.stderr.read(), f"what {name} says")

    async def over(self) -> None:
        """Wait for its end."""
        await self._said
        await self.process.wait()

    async def ended(self) -> None:
        """Wait for its end. Raises `StorageError` with its own words when it failed."""
        await self.over()
        if self.process.returncode:
            said = self._said.result().decode("utf-8", "replace")
            first = (said.strip().splitlines() or [f"ended with {self.process.returncode}"])[0]
            hint = "; the backup is of a schema of another name: make it, and let the search_path of the database's "
            hint += "user name it (ALTER ROLE … SET search_path = …)"
            raise StorageError(f"{self._name}: {first}{hint if _OTHER_SCHEMA.search(first) else ''}")


async def _copied(script: asyncio.StreamReader, psql: asyncio.StreamWriter, known: frozenset[str]) -> bool:
    """Hand the script on but for settings at its beginning that are not `known`; False: psql has ended before."""
    try:
        while (part := await script.readline()) and not part.startswith(_BEGUN):
            setting = _SETTING.match(part)
            if setting is None or setting[1].decode() in known:
                psql.write(part)
        while part:
            psql.write(part)
            await psql.drain()
            part = await script.read(_AT_ONCE)
    except ConnectionError:
        return False
    return True


def _place(name: str, version: int) -> str:
    """The program of the server's own version, if it is here; an older one refuses, a newer one may write too new."""
    own = _HOMES / str(version // 10_000) / "bin" / name
    found = str(own) if own.exists() else shutil.which(name)
    if found is None:
        raise StorageError(f"{name} is not here: apt-get install postgresql-client")
    return found
