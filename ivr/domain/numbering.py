"""The numbering plan in memory: whose numbers are these? Ranges of ten-digit national numbers, found by bisection."""

from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

#: The four files in which the plan is published, by the first digit of the numbers in them.
PARTS = {"3": "ABC-3xx", "4": "ABC-4xx", "8": "ABC-8xx", "9": "DEF-9xx"}
_PART_SIZE = 10**9


@dataclass(frozen=True)
class Territory:
    """Where a range of numbers is used, by the words of the plan.

    `regions`: codes of the federal subjects, the one named first leads; () for the whole country and for the unknown.
    `part`: prefix of the region's `Part` with a clock of its own; "" elsewhere in the region; None when the plan
    does not say where in the region. `known` False: the words fit no region.
    """

    name: str
    regions: tuple[str, ...] = ()
    part: str | None = None
    known: bool = True


@dataclass(frozen=True)
class PlanFile:
    """One imported part: `part` as in `PARTS`, its file's name, rows and numbers in it, when it was imported (UTC)."""

    part: str
    file: str
    rows: int
    numbers: int
    at: datetime


class NumberingPlan:
    """Ranges in order and without overlap: `starts[i]` to `ends[i]` (both included) belong to
    `territories[which[i]]`. Never changes."""

    def __init__(
        self,
        starts: "array[int]",
        ends: "array[int]",
        which: "array[int]",
        territories: Sequence[Territory],
        files: Sequence[PlanFile] = (),
    ) -> None:
        self.starts, self.ends, self.which = starts, ends, which
        self.territories = tuple(territories)
        self.files = tuple(files)

    def __len__(self) -> int:
        return len(self.starts)

    def index(self, national: int) -> int:
        """Which of `territories` the ten-digit number is of; -1 when it is in no range."""
        at = bisect_right(self.starts, national) - 1
        return self.which[at] if at >= 0 and national <= self.ends[at] else -1

    def find(self, national: int) -> Territory | None:
        """The territory of a ten-digit number; None when it is in no range."""
        index = self.index(national)
        return None if index < 0 else self.territories[index]

    def ranges(self) -> Iterator[tuple[int, int, Territory]]:
        """All of it in order: first number, last number, territory."""
        for start, end, which in zip(self.starts, self.ends, self.which, strict=True):
            yield start, end, self.territories[which]

    @property
    def numbers(self) -> int:
        """How many numbers it knows."""
        return sum(self.ends) - sum(self.starts) + len(self.starts)


class PlanBuilder:
    """Puts ranges together that come in ascending order; neighbours of one territory become one range."""

    def __init__(self) -> None:
        self._starts, self._ends, self._which = array("Q"), array("Q"), array("H")
        self._territories: dict[Territory, int] = {}

    def number_of(self, territory: Territory) -> int:
        """The index that stands for `territory` in `add`."""
        return self._territories.setdefault(territory, len(self._territories))

    def add(self, start: int, end: int, which: int) -> None:
        """`start` to `end`, both included, behind everything added before."""
        if self._starts and self._which[-1] == which and self._ends[-1] + 1 == start and start % _PART_SIZE:
            self._ends[-1] = end  # never across two parts: each is replaced by itself
            return
        self._starts.append(start)
        self._ends.append(end)
        self._which.append(which)

    def plan(self, files: Sequence[PlanFile] = ()) -> NumberingPlan:
        return NumberingPlan(self._starts, self._ends, self._which, tuple(self._territories), files)


def replaced(old: NumberingPlan | None, new: NumberingPlan) -> NumberingPlan:
    """`old` with every part that `new` has taken from `new`; the other parts stay."""
    if old is None:
        return new
    fresh = {file.part for file in new.files}
    files = {file.part: file for file in (*old.files, *new.files)}
    builder = PlanBuilder()
    for digit, part in PARTS.items():
        source = new if part in fresh else old
        first, last = int(digit) * _PART_SIZE, (int(digit) + 1) * _PART_SIZE
        numbers = [builder.number_of(territory) for territory in source.territories]
        at = bisect_right(source.starts, first - 1)
        while at < len(source) and source.starts[at] < last:
            builder.add(source.starts[at], source.ends[at], numbers[source.which[at]])
            at += 1
    return builder.plan([files[part] for part in PARTS.values() if part in files])
