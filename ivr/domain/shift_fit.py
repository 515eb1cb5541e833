"""Shifts against need: how many people are planned at each half-hour of a week, and how many a shift should have."""

from collections.abc import Mapping, Sequence

from ivr.domain.queue_plan import Shift

#: Half-hours of a week by a local clock; number 0 begins on Monday at 00:00.
WEEK = 7 * 48
_DAY = 24 * 60
_SLOT = 30


def operators_at(shifts: Sequence[Shift], weekday: int, minute: int) -> int:
    """People planned at a minute of the day `weekday` (0 Monday)."""
    return sum(shift.operators for shift in shifts if _runs(shift, weekday, minute))


def planned_week(shifts: Sequence[Shift]) -> tuple[int, ...]:
    """People planned in each half-hour of the week; the fewest, where a shift begins or ends within one."""
    edges = sorted({edge % _DAY for shift in shifts for edge in (shift.start, shift.end)})
    found = []
    for number in range(WEEK):
        weekday, begins = number // 48, number % 48 * _SLOT
        minutes = (begins, *(edge for edge in edges if begins < edge < begins + _SLOT))
        found.append(min(operators_at(shifts, weekday, minute) for minute in minutes))
    return tuple(found)


def fitted(shifts: Sequence[Shift], needed: Mapping[int, int]) -> tuple[int, ...]:
    """For each shift, how many people cover `needed` (half-hour of the week -> people) with little excess.

    The shift that helps most where people lack is raised until nobody lacks, then each is lowered as far as it can be
    without anybody lacking. At least one person a shift. Half-hours that no shift covers are left out.
    """
    counts = [1] * len(shifts)
    covers = [_covered(shift) for shift in shifts]
    lack = {slot: people for slot, people in needed.items() if any(slot in cover for cover in covers)}
    for cover in covers:
        _change(lack, cover, -1)
    while lacking := [slot for slot, people in lack.items() if people > 0]:
        worst = max(lacking, key=lambda slot: (lack[slot], -slot))
        best = max(
            (n for n, cover in enumerate(covers) if worst in cover),
            key=lambda n: (sum(lack[slot] for slot in lacking if slot in covers[n]), -len(covers[n])),
        )
        counts[best] += 1
        _change(lack, covers[best], -1)
    # the longest shift costs most
    for number in sorted(range(len(shifts)), key=lambda n: -len(covers[n])):
        own = [slot for slot in covers[number] if slot in lack]
        spare = min((-lack[slot] for slot in own), default=counts[number])
        less = min(spare, counts[number] - 1)
        counts[number] -= less
        _change(lack, covers[number], less)
    return tuple(counts)


def _runs(shift: Shift, weekday: int, minute: int) -> bool:
    today = weekday in shift.days and shift.start <= minute < shift.end
    return today or ((weekday - 1) % 7 in shift.days and minute + _DAY < shift.end)


def _covered(shift: Shift) -> frozenset[int]:
    """The half-hours that the shift covers as a whole."""
    first, last = -(-shift.start // _SLOT), shift.end // _SLOT
    return frozenset((day * 48 + slot) % WEEK for day in shift.days for slot in range(first, last))


def _change(lack: dict[int, int], cover: frozenset[int], by: int) -> None:
    for slot in cover:
        if slot in lack:
            lack[slot] += by
