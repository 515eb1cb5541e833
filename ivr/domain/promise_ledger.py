"""Promises added up: how many were kept, and by how much they were missed. Pure."""

from array import array
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from ivr.domain.promises import OUTCOMES, Promise


@dataclass(frozen=True)
class Line:
    """`kept_percent` of those judged, None when none is; `error_p50`, `error_p90`: either way (late or early)
    in `unit`, seconds or places, None when nothing could be compared; a quantile is the smallest error that so many
    are not above."""

    kind: str
    queue: str
    unit: str
    told: int
    kept: int
    broken: int
    abandoned: int
    withdrawn: int
    unreachable: int
    open: int
    kept_percent: float | None
    error_p50: float | None
    error_p90: float | None


class Ledger:
    """Counts promises by kind and queue; of each judged one it keeps eight bytes."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], Counter[str]] = {}
        self._errors: dict[tuple[str, str], array[float]] = {}

    def add(self, promise: Promise) -> None:
        key = (promise.kind, promise.queue)
        self._counts.setdefault(key, Counter())[promise.outcome] += 1
        if promise.error is not None:
            self._errors.setdefault(key, array("d")).append(promise.error)

    def lines(self) -> list[Line]:
        """By kind and queue."""
        return [_line(*key, counts, self._errors.get(key, ())) for key, counts in sorted(self._counts.items())]

    def totals(self) -> list[Line]:
        """By kind; `queue` is ""."""
        found = []
        for kind in sorted({kind for kind, _ in self._counts}):
            counts: Counter[str] = Counter()
            for key, some in self._counts.items():
                counts.update(some if key[0] == kind else {})
            errors = [error for key, some in self._errors.items() if key[0] == kind for error in some]
            found.append(_line(kind, "", counts, errors))
        return found


def _line(kind: str, queue: str, counts: Counter[str], errors: Iterable[float]) -> Line:
    judged, known = counts["kept"] + counts["broken"], sorted(errors)
    half, most = (known[-(-len(known) * share // 100) - 1] if known else None for share in (50, 90))
    percent = 100 * counts["kept"] / judged if judged else None
    each = {outcome: counts[outcome] for outcome in OUTCOMES}
    unit = "places" if kind == "place" else "seconds"
    return Line(kind, queue, unit, counts.total(), **each, kept_percent=percent, error_p50=half, error_p90=most)
