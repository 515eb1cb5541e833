"""Phone numbers as they come from trunks and keypads, brought to E.164. phonenumbers judges, after own normalising.

Traps (phonenumbers 9.0 with region RU): "810…" of Zaporozhye is taken for the international prefix; a number
without + raises; "anonymous" raises. So eleven digits are made first, and a valid form is never refused a call.
"""

import re

import phonenumbers

_FOREIGN = re.compile(r"\+[1-9][0-9]{6,14}\Z")
_RUSSIAN = re.compile(r"\+7[34789][0-9]{9}\Z")


def to_e164(number: str) -> str:
    """E.164 of a caller's number ("89161234567", "+7 916 …", "9161234567"); "" when it is none."""
    text = number.strip()
    digits = "".join(c for c in text if c in "0123456789")
    if text.startswith("+"):
        whole = f"+{digits}"
    elif len(digits) == 11 and digits[0] in "78":
        whole = f"+7{digits[1:]}"
    elif len(digits) == 10 and digits[0] in "3489":
        whole = f"+7{digits}"
    elif digits.startswith("810") and len(digits) > 11:
        whole = f"+{digits[3:]}"
    else:
        return ""
    if whole.startswith("+7"):
        return whole if _RUSSIAN.match(whole) else ""
    return whole if _FOREIGN.match(whole) and _possible(whole) else ""


def is_mobile(e164: str) -> bool:
    """A Russian mobile number (+7 9xx), which can receive an SMS."""
    return len(e164) == 12 and e164.startswith("+79")


def mobile(keys: str) -> str:
    """A Russian mobile number keyed in as ten digits (or eleven with 8 or 7); "" when it is none."""
    number = to_e164(keys) if keys.isascii() and keys.isdigit() else ""
    return number if is_mobile(number) else ""


def _possible(e164: str) -> bool:
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(e164))
    except phonenumbers.NumberParseException:
        return False
