"""Whole numbers and ordinals as sound keys: one algorithm, the words come from the grammar."""

from collections.abc import Mapping

from ivr.domain.readout_grammar import Grammar, Noun
from ivr.domain.readout_plurals import PLURALS

LARGEST = 999_999_999
LARGEST_ORDINAL = 999
LARGEST_GENITIVE = 99


def number_keys(grammar: Grammar, n: int, gender: str = "m", case: str = "nom") -> list[str]:
    """The cardinal `n`, 0 to 999,999,999, agreeing with `gender` ("m", "f", "n") and `case` ("nom", "acc", "gen").

    The genitive is for hours and minutes, 0 to 99. Raises ValueError outside the range.
    """
    if not 0 <= n <= LARGEST:
        raise ValueError(f"{n}: numbers from 0 to {LARGEST} can be read out")
    if gender not in ("m", "f", "n") or case not in ("nom", "acc", "gen"):
        raise ValueError(f"{gender!r}, {case!r}: gender is m, f or n, case is nom, acc or gen")
    if case == "gen" and n > LARGEST_GENITIVE:
        raise ValueError(f"{n}: numbers from 0 to {LARGEST_GENITIVE} have a genitive")
    if n == 0:
        return [_form_key("n", 0, grammar.numbers[0], *_forms("m", case))]
    keys: list[str] = []
    rest = n
    for scale in sorted(grammar.scales, reverse=True):
        count, rest = divmod(rest, scale)
        if count:
            noun = grammar.scales[scale]
            if count > 1 or not noun.bare_one:
                keys += _below_thousand(grammar, count, noun.gender, case)
            keys.append(noun_key(grammar, f"n/{scale}", noun, count, case))
    if rest:
        # English says "one thousand and five", but "one thousand two hundred"
        if keys and rest < 100 and grammar.joiner:
            keys.append(grammar.joiner)
        keys += _below_thousand(grammar, rest, gender, case)
    return keys


def ordinal_keys(grammar: Grammar, n: int, form: str = "") -> list[str]:
    """The ordinal `n`, 0 to 999: only the last word is an ordinal. `form` "" (masculine), "f" or "n"."""
    if not 0 <= n <= LARGEST_ORDINAL:
        raise ValueError(f"{n}: ordinals from 0 to {LARGEST_ORDINAL} can be read out")
    for power in (100, 10) if n not in grammar.ordinals else ():
        head = n - n % power
        if head and n % power:
            keys = [word_key("n", head, "")]
            if power == 100 and grammar.joiner:
                keys.append(grammar.joiner)
            return keys + ordinal_keys(grammar, n % power, form)
    return [_form_key("o", n, grammar.ordinals[n], form)]


def noun_key(grammar: Grammar, stem: str, noun: Noun, count: int, case: str) -> str:
    """The form of a noun after `count` things."""
    category = PLURALS[grammar.plural][1](count)
    if f"{category}-{case}" in noun.forms:
        category += f"-{case}"
    return f"{stem}-{category}"


def word_key(kind: str, n: int, form: str) -> str:
    """`n/21f`: kind, value, form ("" for the basic one)."""
    return f"{kind}/{n}{form}"


def _below_thousand(grammar: Grammar, n: int, gender: str, case: str) -> list[str]:
    hundreds, rest = n - n % 100, n % 100
    keys = [word_key("n", hundreds, "")] if hundreds else []
    if hundreds and rest and grammar.joiner:
        keys.append(grammar.joiner)
    if rest and rest not in grammar.numbers:
        tens = rest - rest % 10
        keys.append(_form_key("n", tens, grammar.numbers[tens], *(("g",) if case == "gen" else ())))
        rest %= 10
    if rest:
        keys.append(_form_key("n", rest, grammar.numbers[rest], *_forms(gender, case)))
    return keys


def _forms(gender: str, case: str) -> tuple[str, ...]:
    """The forms that fit, the best first; the basic one fits at last."""
    own = "" if gender == "m" else gender
    return {"acc": (f"{own}a", own), "gen": (f"{own}g", "g")}.get(case, (own,))


def _form_key(kind: str, n: int, forms: Mapping[str, str], *wanted: str) -> str:
    return word_key(kind, n, next((form for form in wanted if form in forms), ""))
