"""`ivr regions import` and `status`: the numbering plan comes in, and which one is in force."""

import argparse
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

from ivr.commands.listing import print_json, print_table, safe
from ivr.config import Config
from ivr.domain.numbering import PARTS, PlanFile
from ivr.domain.regions import Regions
from ivr.errors import DataError
from ivr.storage.numbering_file import load_plan, plan_path
from ivr.storage.numbering_import import import_plan


def import_files(config: Config, regions: Regions, args: argparse.Namespace) -> int:
    """Import, with a bar on a terminal, and tell what came in."""
    begin = time.monotonic()
    with _bar() as bar:
        tasks = {file: bar.add_task(safe(file.name), total=_size(file)) for file in args.files}
        report = import_plan(
            args.files,
            regions,
            plan_path(config.state_dir),
            datetime.now(UTC),
            lambda file, read: bar.update(tasks[file], completed=read),
            args.anyway,
        )
    seconds = time.monotonic() - begin
    if args.json:
        print_json({**asdict(report), "seconds": round(seconds, 3)})
        return 0
    print(
        f"imported {report.rows} rows with {report.numbers} numbers in {seconds:.1f} s; "
        f"the plan in force has {report.ranges} ranges"
    )
    _files(report.files)
    for name, numbers in report.unknown.items():
        print(f"  unknown territory {safe(name[:60])!r}: {numbers} numbers; a region's column also_ru can name it")
    if report.warning:
        print(f"  {report.warning}")
    for doubt in report.doubts:
        print(f"  {safe(doubt)}")
    if missing := _missing(report.files):
        print(f"  not imported yet: {missing}; there fixed lines are placed by area code, mobile numbers not at all")
    return 0


def status(config: Config, as_json: bool) -> int:
    """Which plan is in force; 1 when there is none, or it cannot be used."""
    path = plan_path(config.state_dir)
    try:
        plan, fault = load_plan(path), ""
    except FileNotFoundError:
        plan, fault = None, "no numbering plan is imported: mobile numbers say nothing; ivr regions import FILE…"
    except (DataError, OSError) as error:
        plan, fault = None, str(error)
    if as_json:
        files = [asdict(file) for file in plan.files] if plan else []
        ranges, numbers = (len(plan), plan.numbers) if plan else (0, 0)
        print_json({"path": str(path), "ranges": ranges, "numbers": numbers, "files": files, "fault": fault})
    elif plan is None:
        print(f"{fault}\nfixed lines are placed by the area codes of regions.csv")
    else:
        print(f"{path}: {len(plan)} ranges, {plan.numbers} numbers")
        _files(plan.files)
        if missing := _missing(plan.files):
            print(f"not imported: {missing}")
    return 0 if plan is not None else 1


def _files(files: Sequence[PlanFile]) -> None:
    print_table(
        ("PART", "ROWS", "NUMBERS", "IMPORTED", "FILE"),
        [(f.part, f.rows, f.numbers, f.at, f.file) for f in files],
    )


def _missing(files: Sequence[PlanFile]) -> str:
    there = {file.part for file in files}
    return ", ".join(part for part in PARTS.values() if part not in there)


def _size(file: Path) -> int | None:
    return file.stat().st_size if file.is_file() else None


def _bar() -> Progress:
    # on stderr, and only where somebody watches
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(), console=console, transient=True,
        disable=not console.is_terminal,
    )  # fmt: skip
