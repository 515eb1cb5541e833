"""What a process holds: memory and open files, over time, and whether it grows."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path

import numpy as np

#: A series is judged by the medians of so many equal parts of its time: within a part, samples hang together.
_PARTS = 20
#: Standard deviations of Kendall's statistic that a slope must stand out by.
_SURE = 3.0


@dataclass(frozen=True)
class Held:
    """`rss`, `pss`: MB; `own`: MB of it that is no file's (also what is swapped out), so that other programs which
    come to share its files do not change it; `files`: open file descriptors."""

    rss: float
    pss: float
    own: float
    files: int


def held(pid: int) -> Held:
    """Now. Raises `OSError` when the process is gone."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    sizes = {line.split(":")[0]: int(line.split()[1]) / 1024 for line in lines[1:] if line.endswith("kB")}
    own = sizes["Anonymous"] + sizes["Swap"]
    return Held(sizes["Rss"], sizes["Pss"], own, len(list(Path(f"/proc/{pid}/fd").iterdir())))


@dataclass(frozen=True)
class Trend:
    """How a value grows: `slope` a second, `least`: what it surely is at least, `halves`: the slopes of the first half
    of the time and of the second; `rise`: from the first twentieth of the time to the last; the mean, and the seconds
    covered."""

    slope: float
    least: float
    halves: tuple[float, float]
    rise: float
    mean: float
    seconds: float

    @property
    def growth(self) -> float:
        """Over all of the time."""
        return self.slope * self.seconds

    def flat(self, allowed: float, most: float) -> bool:
        """No growth of more than `allowed` over the time, or none that stands out of the scatter, or none that goes on:
        a step, or a warm-up that comes to its end, is in one half of the time, a leak in both. Never with a rise of
        more than `most`, however it came."""
        return self.rise <= most and (self.least <= 0 or min(self.slope, *self.halves) * self.seconds <= allowed)


def trend(points: Sequence[tuple[float, float]]) -> Trend:
    """Of (seconds, value). Raises ValueError with fewer than eight points.

    Slopes are Theil's and Sen's, the median of those between each two points, which outliers do not move; the bound
    is Sen's (Journal of the American Statistical Association 63, 1968), from the scatter of Kendall's statistic.
    """
    if len(points) < 8:
        raise ValueError("a trend needs eight points or more; let it run longer")
    times, values = (
        np.array([np.median(part) for part in np.array_split(np.array(column, float), min(_PARTS, len(points)))])
        for column in zip(*points, strict=True)
    )
    slopes, count = _slopes(times, values), len(times)
    scatter = sqrt(count * (count - 1) * (2 * count + 5) / 18)
    bound = max(0, int((len(slopes) - _SURE * scatter) / 2))
    half = count // 2
    early, late = (float(np.median(_slopes(times[part], values[part]))) for part in (slice(half), slice(half, None)))
    mean = sum(value for _, value in points) / len(points)
    return Trend(
        float(np.median(slopes)), float(slopes[bound]), (early, late), float(values[-1] - values[0]), mean,
        points[-1][0] - points[0][0],
    )  # fmt: skip


def _slopes(times: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Between each two, in order of size."""
    one, other = np.triu_indices(len(times), 1)
    return np.sort((values[other] - values[one]) / (times[other] - times[one]))
