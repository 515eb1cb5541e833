"""How strings of digits are cut for the ear: tickets in pairs, phone numbers as people say them."""

import re

from ivr.domain.readout_grammar import Grammar
from ivr.domain.readout_numbers import number_keys


def digit_keys(digits: str) -> list[str]:
    """Digit by digit; raises ValueError on anything but ASCII digits."""
    if not re.fullmatch(r"[0-9]+", digits):
        raise ValueError("only digits can be read digit by digit")
    return [f"d/{d}" for d in digits]


def ticket_keys(grammar: Grammar, number: str) -> list[str]:
    """A ticket number digit by digit, a pause after each pair: fifteen and fifty sound alike, digits do not."""
    return _joined([digit_keys(pair) for pair in _chunks(number, 2)], grammar.pause_ms["group"])


def phone_keys(grammar: Grammar, e164: str) -> list[str]:
    """A phone number: Russian 3-3-2-2 after the country's opening, foreign ones plus and threes."""
    match = re.fullmatch(r"\+([0-9]{5,15})", e164)
    if not match:
        raise ValueError("a phone number to be read is + and 5 to 15 digits")
    digits = match[1]
    if digits[0] == "7" and len(digits) == 11:
        local = digits[1:]
        groups = [local[:3], local[3:6], local[6:8], local[8:]]
        opening = list(grammar.phone_country) or ["phone/plus", "d/7"]
        spoken = [_as_number(grammar, g) if grammar.phone == "numbers" else digit_keys(g) for g in groups]
    else:
        opening = ["phone/plus"]
        spoken = [digit_keys(g) for g in _chunks(digits, 3)]
    return _joined([opening, *spoken], grammar.pause_ms["phone"])


def _as_number(grammar: Grammar, group: str) -> list[str]:
    """045 -> zero, forty-five; 00 -> zero zero: every leading zero is said."""
    rest = group.lstrip("0")
    keys = ["d/0"] * (len(group) - len(rest))
    return keys + (number_keys(grammar, int(rest)) if rest else [])


def _chunks(digits: str, size: int) -> list[str]:
    return [digits[i : i + size] for i in range(0, len(digits), size)]


def _joined(groups: list[list[str]], pause_ms: int) -> list[str]:
    keys: list[str] = []
    for group in groups:
        keys += [f"pause/{pause_ms}", *group] if keys else group
    return keys
