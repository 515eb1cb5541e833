"""Which form of a noun goes with a number: named rules (CLDR categories for whole numbers)."""

from collections.abc import Callable, Mapping


def _east_slavic(n: int) -> str:
    if n % 10 == 1 and n % 100 != 11:
        return "one"
    if n % 10 in (2, 3, 4) and n % 100 not in (12, 13, 14):
        return "few"
    return "many"


def _one_other(n: int) -> str:
    return "one" if n == 1 else "other"


def _other(n: int) -> str:
    return "other"


#: rule name -> (the categories it can answer, the rule itself)
PLURALS: Mapping[str, tuple[tuple[str, ...], Callable[[int], str]]] = {
    "east-slavic": (("one", "few", "many"), _east_slavic),
    "one-other": (("one", "other"), _one_other),
    "unchanged": (("other",), _other),
}
