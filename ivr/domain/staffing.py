"""How many operators a load of calls needs: Erlang C, the queue M/M/n where everybody waits.

Source: A. K. Erlang, "Solution of some problems in the theory of probabilities of significance in automatic telephone
exchanges", 1917; the recursion of the loss formula, B(0) = 1, B(n) = a·B(n-1) / (n + a·B(n-1)), and
C(n) = n·B(n) / (n - a·(1 - B(n))), as in ITU-D, "Teletraffic Engineering" (Erlang's loss and delay systems).
B stays between 0 and 1 at every step, where the textbook sum of a^n/n! overflows: many thousand erlangs do no harm.

Callers are taken to be patient: who hangs up makes the true wait shorter, so the figures are on the safe side.
"""

import math
from dataclasses import dataclass

HALF_HOUR = 1800.0


@dataclass(frozen=True)
class Goal:
    """What is promised: `share` of the calls is answered within `within_s` seconds ("80/20").

    `max_occupancy`: operators are busy at most this part of their time, so that they last. `shrinkage`: the part of
    their paid time in which they cannot be rung (breaks, training, illness).
    """

    share: float = 0.8
    within_s: float = 20.0
    max_occupancy: float = 0.85
    shrinkage: float = 0.0

    def __post_init__(self) -> None:
        if not 0 < self.share < 1:
            raise ValueError("share: more than 0 and less than 1")
        if not 0 <= self.within_s < math.inf:
            raise ValueError("within_s: seconds, 0 or more")
        if not 0 < self.max_occupancy <= 1:
            raise ValueError("max_occupancy: more than 0, at most 1")
        if not 0 <= self.shrinkage < 1:
            raise ValueError("shrinkage: 0 or more, less than 1")


USUAL = Goal()


def erlangs(arrivals: float, handle_s: float, period_s: float = HALF_HOUR) -> float:
    """The load: so many operators are busy on average. `arrivals` calls in `period_s` seconds, each `handle_s` long.

    Raises `ValueError` for a negative or infinite figure.
    """
    for name, value in (("arrivals", arrivals), ("handle_s", handle_s), ("period_s", period_s)):
        if not 0 <= value < math.inf:
            raise ValueError(f"{name}: {value!r} is not 0 or more")
    if period_s == 0:
        raise ValueError("period_s: more than 0")
    return arrivals * handle_s / period_s


def wait_probability(load: float, operators: int) -> float:
    """Erlang C: the part of the calls that must wait. `load` in erlangs; 1.0 when the queue grows for ever."""
    if load <= 0:
        return 0.0
    if operators <= load:
        return 1.0
    return _waits(load, operators, _lost(load, operators))


def service_level(load: float, operators: int, handle_s: float, within_s: float) -> float:
    """The part of the calls that is answered within `within_s` seconds, 0 to 1."""
    return _level(load, operators, wait_probability(load, operators), handle_s, within_s)


def expected_wait(load: float, operators: int, handle_s: float) -> float:
    """Mean wait of all calls in seconds (those answered at once count as 0); infinite when the queue only grows."""
    if load <= 0:
        return 0.0
    if operators <= load:
        return math.inf
    return wait_probability(load, operators) * handle_s / (operators - load)


def operators_needed(arrivals: float, handle_s: float, goal: Goal = USUAL) -> int:
    """The fewest operators that keep the goal for `arrivals` calls in half an hour of `handle_s` seconds each.

    0 when nobody calls. With shrinkage it is the number to plan, not the number that must sit there.
    """
    load = erlangs(arrivals, handle_s)
    if load == 0:
        return 0
    lost, number = 1.0, 0
    while True:
        number += 1
        lost = load * lost / (number + load * lost)
        if number <= load or load > goal.max_occupancy * number * (1 + 1e-12):
            continue
        if _level(load, number, _waits(load, number, lost), handle_s, goal.within_s) >= goal.share:
            # without the small part, 17 / 0.85 would be 20.000000000000004 and need 21
            return math.ceil(number / (1 - goal.shrinkage) - 1e-9)


def _lost(load: float, operators: int) -> float:
    """Erlang B by its recursion."""
    lost = 1.0
    for number in range(1, operators + 1):
        lost = load * lost / (number + load * lost)
    return lost


def _waits(load: float, operators: int, lost: float) -> float:
    return operators * lost / (operators - load + load * lost)


def _level(load: float, operators: int, waits: float, handle_s: float, within_s: float) -> float:
    if load <= 0:
        return 1.0
    if operators <= load:
        return 0.0
    return 1.0 - waits * math.exp(-(operators - load) * within_s / handle_s)
