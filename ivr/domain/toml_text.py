"""Data files in TOML: read into a table, refused with every fault at once."""

import tomllib
from collections.abc import Iterable
from typing import Any

from ivr.errors import DataError


def toml_table(text: str, where: str) -> dict[str, Any]:
    """The table in `text`; `where` names its file. Raises `DataError`."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DataError(f"{where}: is not TOML: {error}") from None


def refuse(faults: Iterable[str], where: str) -> None:
    """Raises `DataError` with each of the faults found in the file, one a line; nothing when there is none."""
    if found := [f"{where}: {fault}" for fault in faults]:
        raise DataError("\n".join(found))
