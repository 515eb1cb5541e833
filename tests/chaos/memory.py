"""What a process holds: memory and open files, over time, and whether it grows."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Held:
    """`rss`, `pss`: MB; `files`: open file descriptors."""

    rss: float
    pss: float
    files: int


def held(pid: int) -> Held:
    """Now. Raises `OSError` when the process is gone."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    sizes = {line.split(":")[0]: int(line.split()[1]) / 1024 for line in lines[1:] if line.endswith("kB")}
    return Held(sizes["Rss"], sizes["Pss"], len(list(Path(f"/proc/{pid}/fd").iterdir())))


@dataclass(frozen=True)
class Trend:
    """A straight line by least squares: `slope` a second, its standard error, the mean, and the seconds it covers."""

    slope: float
    error: float
    mean: float
    seconds: float

    @property
    def growth(self) -> float:
        """Over all of the time."""
        return self.slope * self.seconds

    def flat(self, allowed: float) -> bool:
        """No growth of more than `allowed` over the time, or none that stands out of the scatter."""
        return self.growth <= allowed or self.slope <= 3 * self.error


def trend(points: Sequence[tuple[float, float]]) -> Trend:
    """Of (seconds, value). Raises ValueError with fewer than three points."""
    if len(points) < 3:
        raise ValueError("a trend needs three points or more; let it run longer")
    count = len(points)
    mean_t = sum(t for t, _ in points) / count
    mean_v = sum(v for _, v in points) / count
    spread = sum((t - mean_t) ** 2 for t, _ in points)
    slope = sum((t - mean_t) * (v - mean_v) for t, v in points) / spread
    rest = sum((v - mean_v - slope * (t - mean_t)) ** 2 for t, v in points)
    return Trend(slope, (rest / (count - 2) / spread) ** 0.5, mean_v, points[-1][0] - points[0][0])
