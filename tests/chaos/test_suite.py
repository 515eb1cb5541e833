"""Tests that a case runs in a process of their own."""

from contextlib import aclosing
from pathlib import Path

from tests.chaos.faults.suite import Suite

_TESTS = """
import os, pathlib, time
import pytest

@pytest.fixture
def hotline():
    pathlib.Path(os.environ["PLACE"], "runs").touch()
    yield
    pathlib.Path(os.environ["PLACE"], "runs").unlink()

def test_long(hotline, tmp_path):
    (tmp_path / "state").touch()
    print("chaos: begun", flush=True)
    time.sleep(float(os.environ["LASTS"]))
    assert not float(os.environ["LASTS"])
"""


def _suite(place: Path, lasts: str) -> Suite:
    (place / "test_it.py").write_text(_TESTS)
    return Suite(str(place / "test_it.py"), {"PLACE": str(place), "LASTS": lasts}, place / "written")


async def test_its_lines_are_heard_and_its_exit_code(tmp_path: Path) -> None:
    suite = _suite(tmp_path, "0")
    lines = [line async for line in suite.lines()]
    assert "chaos: begun" in lines and lines[-1].startswith("1 passed")
    assert suite.code == 0
    assert len(list((tmp_path / "written").rglob("state"))) == 1
    suite = _suite(tmp_path, "0.01")
    assert any("assert not 0.01" in line for line in [line async for line in suite.lines()])
    assert suite.code == 1


async def test_tests_that_are_ended_put_away_what_they_started(tmp_path: Path) -> None:
    suite = _suite(tmp_path, "600")
    async with aclosing(suite.lines()) as lines:
        async for line in lines:
            if "begun" in line:
                assert (tmp_path / "runs").exists()
                break
    assert not (tmp_path / "runs").exists()
