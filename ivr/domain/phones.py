"""Phone numbers as they come from trunks and keypads, brought to E.164. phonenumbers judges, after own normalising.

Traps (phonenumbers 9.0 with region RU): "810…" of Zaporozhye is taken for the international prefix; a number
without + raises; "anonymous" raises. So eleven digits are made first, and a valid form is never refused a call.
Second digit after +7: 3, 4, 8 fixed lines and services, 9 mobile, 7 Kazakhstan; 6 is unused (kept for Kazakhstan).
"""

import re
import unicodedata

import phonenumbers

_FOREIGN = re.compile(r"\+[1-9][0-9]{6,14}\Z")
_RUSSIAN = re.compile(r"\+7[34789][0-9]{9}\Z")
#: "sip:user@host", "Name <sip:user@host>": the user is the number.
_URI = re.compile(r"(?:.*<)?\s*(?:sips?|tel):([^@>]*)", re.IGNORECASE | re.DOTALL)
#: Parameters and extensions: what follows is not dialled from outside.
_EXTENSION = re.compile(r"[;,#@>]|\b(?:ext|extension|доб|добавочный)\b|(?<=[0-9) ])[xх](?=[ 0-9])", re.IGNORECASE)
#: What people write between digits; anything else makes it no number.
_BETWEEN = re.compile(r"[\s().\-‐-―−/]+")
_LONGEST = 200


def to_e164(number: str) -> str:
    """E.164 of a caller's number ("89161234567", "+7 916 …", "9161234567", a SIP URI); "" when it is none.

    Never raises. An extension is cut off; digits of other scripts count as digits.
    """
    text = _written(number)
    digits = text.removeprefix("+")
    if not (digits.isascii() and digits.isdigit()):
        return ""
    whole = text if text.startswith("+") else _international(digits)
    if whole.startswith("+89") and len(whole) == 12:
        whole = f"+7{whole[2:]}"  # +8 9xx: nobody's country code, but what people write for 8 9xx
    if whole.startswith("+7"):
        return whole if _RUSSIAN.match(whole) else ""
    return whole if _FOREIGN.match(whole) and _possible(whole) else ""


def _written(number: str) -> str:
    """Plus and digits alone, as far as it is a number at all."""
    text = number[:_LONGEST]
    if uri := _URI.match(text):
        text = uri[1]
    text = _EXTENSION.split(_ascii_digits(text), maxsplit=1)[0]
    return _BETWEEN.sub("", text)


def _ascii_digits(text: str) -> str:
    if text.isascii():
        return text
    return "".join(
        str(unicodedata.decimal(c)) if unicodedata.category(c) == "Nd" else "+" if c == "\uff0b" else c for c in text
    )


def _international(digits: str) -> str:
    """The number as dialled in Russia, with + and country code; "" when it is too short or too long."""
    if len(digits) == 11 and digits[0] in "78" and digits[1] in "34789":
        return f"+7{digits[1:]}"
    if len(digits) == 10 and digits[0] in "3489" and not digits.startswith("89"):
        return f"+7{digits}"  # 89…: no such area code, but a mobile number with a digit lost
    for prefix in ("810", "00"):
        if digits.startswith(prefix) and len(digits) > 10:
            return f"+{digits[len(prefix) :]}"
    return ""


def is_mobile(e164: str) -> bool:
    """A Russian mobile number (+7 9xx), which can receive an SMS."""
    return len(e164) == 12 and e164.startswith("+79")


def mobile(keys: str) -> str:
    """A Russian mobile number keyed in as ten digits (or eleven with 8 or 7); "" when it is none."""
    number = to_e164(keys) if keys.isascii() and keys.isdigit() else ""
    return number if is_mobile(number) else ""


def _possible(e164: str) -> bool:
    try:
        reason = phonenumbers.is_possible_number_with_reason(phonenumbers.parse(e164))
    except phonenumbers.NumberParseException:
        return False
    return bool(reason == phonenumbers.ValidationResult.IS_POSSIBLE)
