"""The shipped readers, loaded once."""

from pathlib import Path

import pytest

import ivr
from ivr.domain.readout import Reader, load_reader

_DATA = Path(ivr.__file__).parent / "data"


@pytest.fixture(scope="session")
def ru_text() -> str:
    return (_DATA / "readout.ru.toml").read_text("utf-8")


@pytest.fixture(scope="session")
def readers() -> dict[str, Reader]:
    return {code: load_reader(code, (_DATA / f"readout.{code}.toml").read_text("utf-8")) for code in ("ru", "en", "tt")}


@pytest.fixture(scope="session")
def ru(readers: dict[str, Reader]) -> Reader:
    return readers["ru"]


@pytest.fixture(scope="session")
def en(readers: dict[str, Reader]) -> Reader:
    return readers["en"]


@pytest.fixture(scope="session")
def tt(readers: dict[str, Reader]) -> Reader:
    return readers["tt"]
