"""Rows of the numbering plan -> one plan of merged ranges; what overlaps or is mostly unknown is refused."""

from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ivr.domain.numbering import PARTS, NumberingPlan, PlanBuilder, PlanFile, Territory
from ivr.domain.numbering_csv import FAULTS, PlanRows
from ivr.errors import DataError

#: A plan in which more of the numbers than this are of unknown territories is not believed.
MOST_UNKNOWN = 0.01


@dataclass(frozen=True)
class Merged:
    """A plan made of rows, and what was in them. `unknown`: numbers by the name of an unknown territory."""

    plan: NumberingPlan
    rows: int
    numbers: int
    unknown: dict[str, int]


def merge(files: Sequence[PlanRows], territories: Sequence[Territory], at: datetime) -> Merged:
    """Ranges of all rows together, in order. `territories` as the rows' indexes mean them; `at` (UTC): imported when.

    Raises `DataError` when two rows overlap (with both lines), or too many numbers are of unknown territories.
    """
    starts, ends, which = array("Q"), array("Q"), array("H")
    for file in files:
        starts, ends, which = starts + file.starts, ends + file.ends, which + file.which
    order: Sequence[int] = range(len(starts))
    if any(starts[i] > starts[i + 1] for i in range(len(starts) - 1)):
        order = sorted(order, key=starts.__getitem__)
    builder = PlanBuilder()
    indexes = [builder.number_of(territory) for territory in territories]
    unknown: Counter[int] = Counter()
    rows: Counter[str] = Counter()
    numbers: Counter[str] = Counter()
    faults, before, doubtful = [], -1, {i for i, territory in enumerate(territories) if not territory.known}
    for i in order:
        start, end, place = starts[i], ends[i], which[i]
        if before >= 0 and start <= ends[before]:
            faults.append(f"{_place(files, i)}: {start} to {end} overlaps {_place(files, before)}")
            if len(faults) >= FAULTS:
                break
        if before < 0 or end > ends[before]:
            before = i
        builder.add(start, end, indexes[place])
        part = PARTS[str(start // 10**9)]
        rows[part] += 1
        numbers[part] += end - start + 1
        if place in doubtful:
            unknown[place] += end - start + 1
    if faults:
        raise DataError("\n".join(faults))
    named = {territories[i].name: count for i, count in unknown.most_common()}
    if unknown.total() > MOST_UNKNOWN * numbers.total():
        raise DataError(_unknown(named, numbers.total()))
    sources = _sources(files)
    notes = [PlanFile(part, sources[part], rows[part], numbers[part], at) for part in PARTS.values() if rows[part]]
    return Merged(builder.plan(notes), rows.total(), numbers.total(), named)


def _place(files: Sequence[PlanRows], row: int) -> str:
    """File and line of a row, counted over all files."""
    for file in files:
        if row < len(file.starts):
            return f"{file.name}: line {file.lines[row]}"
        row -= len(file.starts)
    raise IndexError(row)


def _sources(files: Sequence[PlanRows]) -> dict[str, str]:
    """Part -> the names of the files that it came from."""
    found: dict[str, list[str]] = {}
    for file in files:
        for digit in sorted({start // 10**9 for start in file.starts}):
            found.setdefault(PARTS[str(digit)], []).append(file.name)
    return {part: ", ".join(names) for part, names in found.items()}


def _unknown(named: dict[str, int], numbers: int) -> str:
    worst = "; ".join(f"{name[:60]!r}: {count} numbers" for name, count in list(named.items())[:5])
    share = sum(named.values()) / numbers
    return (
        f"{share:.1%} of the numbers are of territories that regions.csv does not know (at most {MOST_UNKNOWN:.0%}): "
        f"{worst}; add these names to the column also_ru of regions.csv, or get the files again"
    )
