"""Which number the hotline may ring for a callback: Russian fixed lines and mobiles only, each refusal with a reason.

phonenumbers judges after own normalising (see `ivr.domain.phones`), and never alone: it does not know the area code
810 of Zaporozhye, and takes Abkhazia, South Ossetia and satellite phones for Russian. The dialplan keeps to the same
codes by itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import phonenumbers

from ivr.domain.phones import to_e164

#: Every reason for a refusal; each has its prompt `callback/refused-<reason>`.
REFUSALS = ("withheld", "own", "short", "invalid", "foreign", "toll-free", "premium", "service")
#: +7 80x (numbering plan of Russia): paid by the callee, by the caller at a dear rate, and all others.
_SERVICES = {"800": "toll-free", "804": "toll-free", "803": "premium", "809": "premium"}
#: +7 codes of other countries: Abkhazia's and South Ossetia's, fixed and mobile (7xx and 6xx are Kazakhstan's).
_ABROAD = ("840", "940", "850", "998")
#: Satellite phones among the mobile ones.
_SATELLITE = ("954",)
_MOBILE = "9"
_SHORTEST = 10


@dataclass(frozen=True)
class CallbackNumber:
    """`number`: E.164 to be dialled, or "" with the reason in `refused`."""

    number: str = ""
    refused: str = ""


class CallbackNumbers:
    """Judges numbers. `own`: the hotline's numbers in any form; `area_codes`: known ones of Russia, digits."""

    def __init__(self, own: Iterable[str] = (), area_codes: Iterable[str] = ()) -> None:
        self._own = frozenset(filter(None, map(to_e164, own)))
        self._area_codes = tuple(set(area_codes))

    def judge(self, text: str) -> CallbackNumber:
        """Judge a number as a trunk tells it or as it is keyed in (ten digits, or eleven with 8 or 7). Never raises."""
        number = to_e164(text)
        refused = self._refused(number) if number else _unreadable(text)
        return CallbackNumber(refused=refused) if refused else CallbackNumber(number)

    def _refused(self, number: str) -> str:
        """The reason against `number` (E.164), "" when there is none."""
        if number in self._own:
            return "own"
        national = number.removeprefix("+7")
        if not number.startswith("+7") or national[0] in "67" or national.startswith(_ABROAD):
            return "foreign"
        if national.startswith("80"):
            return _SERVICES.get(national[:3], "service")
        if national.startswith(_SATELLITE):
            return "premium"
        if national[0] == _MOBILE or national.startswith(self._area_codes):
            return ""
        return "" if _fixed_line(number) else "invalid"


def _unreadable(text: str) -> str:
    digits = "".join(filter(str.isdigit, text))
    if not digits:
        return "withheld"
    if len(digits) < _SHORTEST:
        return "short"
    # ten digits of Kazakhstan, as its people dial them
    return "foreign" if len(digits) == _SHORTEST and digits[0] in "67" and digits[1] != _MOBILE else "invalid"


def _fixed_line(number: str) -> bool:
    try:
        kind = phonenumbers.number_type(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return False
    return bool(kind == phonenumbers.PhoneNumberType.FIXED_LINE)
