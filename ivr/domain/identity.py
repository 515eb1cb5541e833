"""Numbers that name a person or a payer: what is wrong with one, and a type that never shows its digits.

A number with a right check digit identifies nobody: anybody may key it in. Rules: SNILS, order of the Pension Fund on
its check sum (defined above 001-001-998 only); INN, order of the tax service; OKTMO, the classifier's first two digits.
"""

from collections.abc import Callable, Mapping

from stdnum.ru import inn as inn_rule

#: First two digits of OKTMO: the subject of the Federation.
OKTMO_SUBJECTS = frozenset(f"{number:02}" for number in range(1, 100)) - frozenset(
    ("02", "06", "09", "13", "16", "31", "39", "48", "51", "55", "59", "62", "72")
)
_OKTMO_KINDS = frozenset("1356789")
#: SNILS up to this number have no check sum.
_SNILS_UNCHECKED = 1001998
_ASCII = frozenset("0123456789")
_BETWEEN = str.maketrans("", "", " -\u00a0\u2013/")


class IdentityDigits:
    """The digits of a document. Shows itself as "***12"; `reveal()` is for the one check that needs them."""

    __slots__ = ("_digits",)

    def __init__(self, text: str) -> None:
        self._digits = text.translate(_BETWEEN)

    def reveal(self) -> str:
        return self._digits

    @property
    def masked(self) -> str:
        """What may be kept: the last two digits behind stars, nothing of a short number."""
        return "***" + (self._digits[-2:] if len(self._digits) > 5 and _ASCII.issuperset(self._digits) else "")

    def __repr__(self) -> str:
        return self.masked

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(self.masked, spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, IdentityDigits) and other._digits == self._digits

    def __hash__(self) -> int:
        return hash(self._digits)


def fault(kind: str, number: IdentityDigits) -> str:
    """What is wrong with it: "" nothing, "characters", "length", "check" (a slip in it) or "unknown" (no such place).

    `kind`: one of `KINDS`; another one raises KeyError.
    """
    judge, digits = KINDS[kind], number.reveal()
    if not digits or not _ASCII.issuperset(digits):
        return "characters"
    return judge(digits)


def _snils(digits: str) -> str:
    if len(digits) != 11:
        return "length"
    if int(digits[:9]) == 0:
        return "check"
    if int(digits[:9]) <= _SNILS_UNCHECKED:
        return ""
    total = sum(int(digit) * (9 - place) for place, digit in enumerate(digits[:9])) % 101 % 100
    return "" if total == int(digits[9:]) else "check"


def _inn(digits: str) -> str:
    if len(digits) not in (10, 12):
        return "length"
    return "" if int(digits) and inn_rule.is_valid(digits) else "check"


def _oktmo(digits: str) -> str:
    if len(digits) not in (8, 11):
        return "length"
    return "" if digits[:2] in OKTMO_SUBJECTS and digits[2] in _OKTMO_KINDS else "unknown"


def _length(*allowed: int) -> Callable[[str], str]:
    return lambda digits: "" if len(digits) in allowed else "length"


#: Kind of a document -> what is wrong with its digits. Passport and licence have no check digit.
KINDS: Mapping[str, Callable[[str], str]] = {
    "snils": _snils,
    "inn": _inn,
    "oktmo": _oktmo,
    "passport": _length(10),
    "licence": _length(10),
}
