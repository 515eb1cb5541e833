"""Tables filled with very many rows, quickly, on both databases."""

import asyncio
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg

from ivr.storage.engine import Database
from ivr.storage.schema import upgrade


async def fill(url: str, tables: dict[str, tuple[Sequence[str], Iterable[Sequence[Any]]]]) -> None:
    """Make the schema, and of each table put in the rows of these columns. JSON values come as text."""
    await upgrade(url)
    database = Database(url, limit=600)
    try:
        for table, (columns, rows) in tables.items():
            if database.file is not None:
                await asyncio.to_thread(_into_file, database.file.path, table, columns, rows)
            else:
                connection = await asyncpg.connect(url)
                await connection.copy_records_to_table(table, records=rows, columns=columns, timeout=600)
                await connection.execute(f"VACUUM ANALYZE {table}", timeout=600)
                await connection.close()
    finally:
        await database.close()


async def new_database(server: str, name: str) -> str:
    """Its URL; `server` is that of the database "postgres"."""
    connection = await asyncpg.connect(server)
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
    return server.replace("/postgres", f"/{name}")


def _into_file(path: Path, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA synchronous=OFF")
        marks = ", ".join("?" * len(columns))
        query = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"
        connection.executemany(query, _as_texts(rows))


def _as_texts(rows: Iterable[Sequence[Any]]) -> Iterator[tuple[Any, ...]]:
    """Times as the program writes them into SQLite."""
    for row in rows:
        yield tuple(value.strftime("%Y-%m-%d %H:%M:%S.%f") if isinstance(value, datetime) else value for value in row)
