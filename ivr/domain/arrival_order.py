"""Was the order of arrival kept? A replay of who stood in which line, when, and who was taken out of it before whom.

The same question is asked of answers (live callers and called-back ones in a queue) and of dials (callbacks that wait
for theirs): somebody who was there and had come earlier was overtaken by whoever was taken.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Stay:
    """One stay in one line. All times aware.

    `id`: of the call or the callback; `line`: of which order is asked (a queue); `arrived`: the place in it
    (`virtual_start` of one called back). `since`: there in fact, for one called back after he pressed 1; `until`:
    taken, gone, or moved on. `served`: taken (an operator connected, or dialled), not gone. `offered`: since when
    his being taken was under way (an operator's phone rang for him); None: at `until`. Who came in after that was
    not overtaken: the call was being put through already. `steered`: who put him to an earlier place, "" nobody did.
    """

    id: str
    line: str
    arrived: datetime
    since: datetime
    until: datetime
    served: bool
    offered: datetime | None = None
    steered: str = ""


@dataclass(frozen=True)
class Inversion:
    """`later` was taken at `at` although `earlier`, who had come before, stood there.

    Where a supervisor had put `later` forward (`later.steered`), that is a steered move and no fault.
    """

    line: str
    earlier: Stay
    later: Stay
    at: datetime


def inversions(stays: Iterable[Stay]) -> list[Inversion]:
    """Every pair in which the order was not kept, in the order of time. Those who came at one moment have none.

    Time: as a sort, and for each who was taken as many steps as earlier ones stood there.
    """
    lines: dict[str, list[Stay]] = {}
    for stay in stays:
        lines.setdefault(stay.line, []).append(stay)
    found = [inversion for line in lines.values() for inversion in _of_line(line)]
    return sorted(found, key=lambda each: (each.at, each.line, each.later.id, each.earlier.arrived, each.earlier.id))


def _of_line(stays: list[Stay]) -> list[Inversion]:
    """A sweep over time: who comes in at a moment stands there for who is offered at it; who leaves at it does not."""
    moments: list[tuple[datetime, int, int]] = []
    for number, stay in enumerate(stays):
        # two clocks tell of one stay (who dials, who hears the answer): it may end before it began
        until = max(stay.since, stay.until)
        moments += [(stay.since, 0, number), (until, 2, number)]
        if stay.served:
            moments.append((max(stay.since, min(stay.offered or until, until)), 1, number))
    there: list[tuple[datetime, int]] = []
    found = []
    for _, kind, number in sorted(moments):
        stay = stays[number]
        place = (stay.arrived, number)
        if kind == 0:
            insort(there, place)
        elif kind == 2:
            del there[bisect_left(there, place)]
        else:
            for arrived, other in there:
                if arrived >= stay.arrived:
                    break
                earlier = stays[other]
                # one who is put through at the same time is not overtaken, whoever's "hello" comes first
                if earlier.until > stay.until and not _under_way(earlier, stay.offered or stay.until):
                    found.append(Inversion(stay.line, earlier, stay, stay.until))
    return found


def _under_way(stay: Stay, at: datetime) -> bool:
    return stay.served and stay.offered is not None and stay.offered <= at
