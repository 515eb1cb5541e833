"""Looks for the canary's numbers in whole folders: in every file, in logs also key by key, in databases by row too."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tests.canary.documents import DOCUMENTS, Document
from tests.canary.search import Sighting, search_bytes, search_file
from tests.canary.trails import search_trail


def search_tree(
    path: Path, documents: Sequence[Document] = DOCUMENTS, left_out: Iterable[Path] = ()
) -> set[Sighting]:
    """Every file below `path` (or that one file), but for what is below `left_out`. Links are not followed."""
    found: set[Sighting] = set()
    for file in [path] if path.is_file() else sorted(path.rglob("*")):
        if file.is_file() and not file.is_symlink() and not set(left_out) & set(file.parents):
            found |= search_file(file, documents) | _one_by_one(file, documents)
    return found


def _one_by_one(file: Path, documents: Sequence[Document]) -> set[Sighting]:
    try:
        with file.open("rb") as stream:
            head = stream.read(15)
        if head == b"SQLite format 3":
            return search_rows(sqlite_rows(file), f"rows of {file}", documents)
        if ".log" in file.name or "queue_log" in file.name:
            return search_trail(file.read_text("utf-8", "replace").splitlines(), str(file), documents)
    except FileNotFoundError:
        pass
    return set()


def search_rows(
    rows: Iterable[tuple[str, str]], place: str, documents: Sequence[Document] = DOCUMENTS
) -> set[Sighting]:
    """(table, row as text) in the order in which they were written: what a page may hold compressed or split, and keys
    that have a row each."""
    texts: dict[str, list[str]] = {}
    for table, row in rows:
        texts.setdefault(table, []).append(row)
    found: set[Sighting] = set()
    for table, lines in texts.items():
        found |= search_bytes("\nx".join(lines).encode(), f"{place}: {table}", documents)
        found |= search_trail(lines, f"{place}: {table}", documents)
    return found


def sqlite_rows(file: Path) -> Iterator[tuple[str, str]]:
    """(table, row as text) of every row, in the order in which they were written."""
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as database:
        tables = [name for (name,) in database.execute("select name from sqlite_master where type = 'table'")]
        for table in tables:
            rows = database.execute(f'select * from "{table}"')
            names = [column[0] for column in rows.description]
            for row in rows:
                yield table, told(names, row)


def told(names: Iterable[str], row: Iterable[object]) -> str:
    """A row as text, each value behind the name of its column."""
    return ", ".join(f"{name}={value!r}" for name, value in zip(names, row, strict=True))
