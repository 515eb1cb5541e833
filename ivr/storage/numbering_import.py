"""Importing files of the numbering plan: all of them or none, and the parts that were not given stay as they were."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO

from ivr.domain.numbering import NumberingPlan, PlanFile, replaced
from ivr.domain.numbering_check import part_doubts
from ivr.domain.numbering_csv import LONGEST_LINE, PlanReader, PlanRows
from ivr.domain.numbering_merge import merge
from ivr.domain.regions import Regions
from ivr.domain.territories import TerritoryNames
from ivr.errors import DataError
from ivr.storage.numbering_file import importing, load_plan, save_plan

#: A part that has less than this share of the numbers it had is taken for a truncated download.
LEAST_LEFT = 0.8
_LARGEST = 300_000_000  # bytes; the whole plan has about 60 million


@dataclass(frozen=True)
class ImportReport:
    """`rows` and `numbers` of the given files; `ranges` of the whole plan now in force and `files` it is made of.

    `unknown`: numbers by the name of a territory that no region has. `warning`: what else one should know. `doubts`:
    parts that have far less than usual, see `ivr.domain.numbering_check`.
    """

    rows: int
    numbers: int
    ranges: int
    files: tuple[PlanFile, ...]
    unknown: dict[str, int]
    warning: str = ""
    doubts: tuple[str, ...] = ()


def import_plan(
    sources: Sequence[Path],
    regions: Regions,
    path: Path,
    at: datetime,
    progress: Callable[[Path, int], None] | None = None,
    anyway: bool = False,
) -> ImportReport:
    """Put the parts in `sources` in force at `path`. `progress` is told file and bytes read of it.

    `anyway`: also a part with far fewer numbers than before. Raises `DataError`; the old plan then stays in force.
    """
    with importing(path):
        reader = PlanReader(TerritoryNames(regions))
        files = []
        for source in sources:
            with _open(source) as file:
                files.append(reader.read(str(source), _lines(file), _told(source, progress)))
        merged = merge(files, reader.territories, at)
        old, warning = _old(path)
        if not anyway:
            _compare(old, merged.plan)
        plan = replaced(old, merged.plan)
        save_plan(path, plan)
    doubts = tuple(doubt for file in merged.plan.files for doubt in part_doubts(file, _codes(files, file.part)))
    return ImportReport(merged.rows, merged.numbers, len(plan), plan.files, merged.unknown, warning, doubts)


def _codes(files: Sequence[PlanRows], part: str) -> int:
    """How many codes of three digits the part has."""
    return len(
        {code for file in files for code in {start // 10**7 for start in file.starts} if str(code)[0] == part[4]}
    )


def _open(source: Path) -> BinaryIO:
    try:
        if not source.is_file():
            raise DataError(f"{source}: no such file" if not source.exists() else f"{source}: is not a file")
        if source.stat().st_size > _LARGEST:
            raise DataError(f"{source}: is far too large for the numbering plan")
        return source.open("rb")
    except OSError as error:
        raise DataError(f"{source}: cannot be read: {error.strerror}") from None


def _lines(file: BinaryIO) -> Iterator[bytes]:
    # an endless line is refused by its beginning
    return iter(partial(file.readline, LONGEST_LINE), b"")


def _told(source: Path, progress: Callable[[Path, int], None] | None) -> Callable[[int], None] | None:
    return None if progress is None else lambda read: progress(source, read)


def _old(path: Path) -> tuple[NumberingPlan | None, str]:
    try:
        return load_plan(path), ""
    except FileNotFoundError:
        return None, ""
    except (DataError, OSError) as error:
        return None, f"the plan kept before could not be used, only the files given now are in force: {error}"


def _compare(old: NumberingPlan | None, new: NumberingPlan) -> None:
    before = {file.part: file.numbers for file in old.files} if old else {}
    faults = [
        f"{file.file}: {file.part} has {file.numbers} numbers, the plan in force {before[file.part]}: a truncated "
        "download? Get it again, or take it nevertheless with --anyway"
        for file in new.files
        if file.numbers < LEAST_LEFT * before.get(file.part, 0)
    ]
    if faults:
        raise DataError("\n".join(faults))
