"""Plain tables and JSON for the listings of the command line."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any


def print_json(value: Any) -> None:
    """One JSON document; times in ISO 8601 with offset."""
    print(json.dumps(value, ensure_ascii=False, indent=2, default=_json))


def print_table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Columns as wide as their longest cell; control characters of stored texts never reach the terminal."""
    cells = [[_cell(value) for value in row] for row in (head, *rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    for row in cells:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def when(at: datetime | None) -> str:
    """Local time with offset, to the second; "" for none."""
    return "" if at is None else at.astimezone().isoformat(" ", "seconds")


def safe(text: str) -> str:
    """The text with everything unprintable escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return when(value)
    return safe("" if value is None else str(value))


def _json(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is no JSON")
