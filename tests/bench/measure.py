"""Measuring: rounds of the same work, the median of them, in processor time of one core and by the wall clock."""

import gc
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median

KINDS = ("rate", "seconds", "megabytes")


@dataclass(frozen=True)
class Goal:
    """`least` for what should be large (a rate), `most` for what should be small (seconds, megabytes)."""

    least: float | None = None
    most: float | None = None

    def kept(self, value: float) -> bool:
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)

    @property
    def value(self) -> float | None:
        return self.most if self.least is None else self.least

    def __str__(self) -> str:
        return f">= {self.least:,.0f}" if self.least is not None else f"<= {self.most:.3g}"


@dataclass(frozen=True)
class Figure:
    """One result. `value` is the median of `rounds`; `wall` the median of the same rounds by the wall clock (a rate
    or seconds; None where time is not what is measured). `size`: how much there was to work on, in `of`. `case`: the
    part of the bench it is from."""

    name: str
    unit: str
    value: float
    rounds: tuple[float, ...]
    wall: float | None = None
    goal: Goal | None = None
    size: float = 0
    of: str = ""
    case: str = ""

    @property
    def spread(self) -> float:
        """The widest round away from the median, as a part of it."""
        return max((abs(one - self.value) for one in self.rounds), default=0.0) / self.value if self.value else 0.0


@dataclass
class Gaps:
    """Parts of the bench without figures. `failed`: part -> what it raised; `left`: those that Ctrl-C left undone."""

    failed: dict[str, str] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)

    @property
    def words(self) -> list[str]:
        """A line for each."""
        return [
            *(f"{name}: FAILED, {words}" for name, words in self.failed.items()),
            *(f"{name}: not measured, ended by Ctrl-C" for name in self.left),
        ]


@dataclass
class Bench:
    """What a case works with: how many rounds, and the share of the full size (1.0) that is wanted."""

    rounds: int = 5
    scale: float = 1.0

    def size(self, full: int) -> int:
        """So many of `full`, at least one."""
        return max(1, round(full * self.scale))


def timed(work: Callable[[], object], rounds: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Seconds of every round: processor time of this process, wall clock. One round before them warms up.

    The collector of garbage runs before a round, not within it.
    """
    work()
    processor, wall = [], []
    for _ in range(rounds):
        gc.collect()
        gc.disable()
        try:
            begin, began = time.process_time(), time.perf_counter()
            work()
            processor.append(time.process_time() - begin)
            wall.append(time.perf_counter() - began)
        finally:
            gc.enable()
    return tuple(processor), tuple(wall)


def rate(name: str, unit: str, count: int, work: Callable[[], object], bench: Bench, goal: Goal | None = None,
         size: int = 0, of: str = "") -> Figure:  # fmt: skip
    """How many of `count` things that one run of `work` does are done in a second."""
    processor, wall = timed(work, bench.rounds)
    rounds = tuple(count / max(seconds, 1e-9) for seconds in processor)
    return Figure(name, unit, median(rounds), rounds, median(count / max(s, 1e-9) for s in wall), goal, size, of)


def seconds(name: str, work: Callable[[], object], bench: Bench, goal: Goal | None = None, size: int = 0,
            of: str = "") -> Figure:  # fmt: skip
    """How long one run of `work` takes."""
    processor, wall = timed(work, bench.rounds)
    return Figure(name, "s", median(processor), processor, median(wall), goal, size, of)


def slope(figures: Sequence[Figure]) -> float | None:
    """The exponent with which time grows with the size: 0 not at all, 1 as the size does, 2 as its square.

    The straight line through the logarithms, by least squares; None with fewer than two sizes.
    """
    points = [
        (math.log(each.size), math.log(1 / each.value if each.unit.endswith("/s") else each.value))
        for each in figures
        if each.size > 0 and each.value > 0
    ]
    if len({x for x, _ in points}) < 2:
        return None
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / sum((x - mean_x) ** 2 for x, _ in points)
