"""The house's fences, held by tools: floors, size of files, no second way to start a task."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "ivr").rglob("*.py"))


def test_imports_go_down() -> None:
    run = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_no_source_file_is_longer_than_300_lines() -> None:
    long = {
        str(p.relative_to(ROOT)): n for p in SOURCES if (n := len(p.read_text("utf-8").splitlines())) > 300
    }
    assert not long


def test_only_one_module_starts_tasks() -> None:
    offenders = [
        str(p.relative_to(ROOT))
        for p in SOURCES
        if p.name != "tasks.py"
        and re.search(r"\b(asyncio|loop)\.(create_task|ensure_future)\(", p.read_text())
    ]
    assert not offenders


def test_every_module_says_what_it_is() -> None:
    silent = [
        str(p.relative_to(ROOT))
        for p in SOURCES
        if p.read_text("utf-8").strip() and not p.read_text("utf-8").lstrip().startswith('"""')
    ]
    assert not silent


def test_time_is_an_argument_on_the_lower_floors() -> None:
    lower = [p for p in SOURCES if {"domain", "flow", "services"} & set(p.relative_to(ROOT).parts)]
    assert lower
    readers = [
        str(p.relative_to(ROOT))
        for p in lower
        if re.search(r"\b(datetime\.now|datetime\.utcnow|time\.time|date\.today)\(", p.read_text("utf-8"))
    ]
    assert not readers
