"""Every form in which digits are written down, found in bytes: one reader a form, each gives back the digits it read.

A reader takes runs, not one number: what is between two digits (spaces, dashes, dots, quotes, commas, the zero bytes of
UTF-16, the brackets of a JSON list) is left out, so that one reader knows all printed forms.
"""

import base64
import binascii
import hashlib
import html
import re
from collections.abc import Callable, Iterator

from tests.canary.documents import WINDOW, Document

Reader = Callable[[bytes], Iterator[str]]

_MORE = f"{{{WINDOW - 1},}}"
_RUN = re.compile(rf"[0-9](?:[^0-9A-Za-z]{{0,8}}[0-9]){_MORE}".encode())
_NO_DIGIT = re.compile(rb"[^0-9]+")
#: A moment as logs, tables and Asterisk write it: at some moments of a day it would read as eight digits of a document.
_MOMENT = re.compile(
    rb"20[2-9][0-9]-[01][0-9]-[0-3][0-9][ T][0-2][0-9]:[0-5][0-9]:[0-5][0-9](?:\.[0-9]{3}(?:[0-9]{3})?|,[0-9]{3})?"
    rb"(?![0-9])|(?<![0-9])1[789][0-9]{8}\.[0-9]{6}(?![0-9])"
)
#: \x31, %31, \u0031, 0x31, "31 31", 3131
_HEX = re.compile(rf"3[0-9](?:(?:\\u00|\\x|%|0x|[^0-9A-Za-z]){{0,6}}3[0-9]){_MORE}".encode())
_HEX_DIGIT = re.compile(rb"3([0-9])")
_ENTITY = re.compile(rb"&#(?:x3[0-9]|4[89]|5[0-7]);", re.IGNORECASE)
#: 49, 49, 50: a list of character codes
_CODES = re.compile(rf"(?<![0-9])(?:4[89]|5[0-7])(?:[^0-9A-Za-z]{{1,8}}(?:4[89]|5[0-7])(?![0-9])){_MORE}".encode())
_CODE = re.compile(rb"4[89]|5[0-7]")
#: sounds of single digits, as a readout names them
_SOUNDS = re.compile(rf"\bd/[0-9](?:[^0-9]{{1,40}}\bd/[0-9]){_MORE}".encode())
_SOUND_DIGIT = re.compile(rb"d/([0-9])")
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{11,}")
_ESCAPED = re.compile(rb"\\u0([0-9a-fA-F]{3})")
_WORDS = (
    ("ноль", "нуль", "zero"), ("один", "одна", "бер", "one"), ("два", "две", "ике", "two"), ("три", "өч", "three"),
    ("четыре", "дүрт", "four"), ("пять", "биш", "five"), ("шесть", "алты", "six"), ("семь", "җиде", "seven"),
    ("восемь", "сигез", "eight"), ("девять", "тугыз", "nine"),
)  # fmt: skip
_DIGIT_OF = {form.encode(): str(digit) for digit, words in enumerate(_WORDS) for word in words
             for form in (word, word.capitalize(), word.upper())}  # fmt: skip
_ANY_WORD = b"|".join(sorted(_DIGIT_OF, key=len, reverse=True))
_SPELLED = re.compile(rb"(?:%b)(?:[^0-9A-Za-z]{1,8}(?:%b))%b" % (_ANY_WORD, _ANY_WORD, _MORE.encode()))
_WORD = re.compile(_ANY_WORD)


def runs(text: bytes) -> Iterator[str]:
    """Digits in a row, whatever is between them; moments are none."""
    for found in _RUN.finditer(_MOMENT.sub(b"moment", text)):
        yield _NO_DIGIT.sub(b"", found.group()).decode()


def in_hex(text: bytes) -> Iterator[str]:
    """The codes of the digits in hexadecimal: URL-encoded, escaped, dumped."""
    for found in _HEX.finditer(text):
        yield b"".join(_HEX_DIGIT.findall(found.group())).decode()


def in_codes(text: bytes) -> Iterator[str]:
    """The codes of the digits as numbers, and HTML's entities."""
    for found in _CODES.finditer(text):
        yield "".join(chr(int(code)) for code in _CODE.findall(found.group()))
    if _ENTITY.search(text):
        yield from runs(_ENTITY.sub(lambda one: html.unescape(one.group().decode()).encode(), text))


def spoken(text: bytes) -> Iterator[str]:
    """Words of the hotline's languages, also escaped as in JSON, and the names of the sounds that say them."""
    for found in _SOUNDS.finditer(text):
        yield b"".join(_SOUND_DIGIT.findall(found.group())).decode()
    plain = _ESCAPED.sub(lambda one: chr(int(one[1], 16)).encode(), text) if rb"\u04" in text else text
    for said in _SPELLED.finditer(plain):
        yield "".join(map(_DIGIT_OF.__getitem__, _WORD.findall(said.group())))


def in_base64(text: bytes) -> Iterator[str]:
    """Base64 of any of the other forms, wherever in the text it begins."""
    for found in _BASE64.finditer(text):
        run = found.group().replace(b"-", b"+").replace(b"_", b"/")
        for start in range(4):
            part = run[start:]
            try:
                inside = base64.b64decode(part[: len(part) // 4 * 4] + _rest(part), validate=True)
            except binascii.Error:
                continue
            if sum(map(inside.count, b"0123456789")) >= WINDOW:
                yield from runs(inside)
                yield from in_hex(inside)


def _rest(part: bytes) -> bytes:
    """The last group, filled up; one letter alone says nothing."""
    last = part[len(part) // 4 * 4 :]
    return last + b"=" * (4 - len(last)) if len(last) > 1 else b""


#: Name of a form -> who reads it.
READERS: dict[str, Reader] = {
    "digits": runs, "hex": in_hex, "codes": in_codes, "words": spoken, "base64": in_base64,
}  # fmt: skip


def needles(document: Document) -> dict[str, tuple[bytes, ...]]:
    """Forms that are not runs of digits: the whole number as an integer, packed into half bytes, as a bare hash."""
    number, digits = int(document.digits), document.digits
    even = (digits,) if len(digits) % 2 == 0 else (f"0{digits}", f"{digits}f")
    packed = [bytes.fromhex(each) for each in even]
    hashes = [kind(digits.encode()) for kind in (hashlib.md5, hashlib.sha1, hashlib.sha256)]
    swapped = [number.to_bytes(8, "little")]
    # a database leaves zero bytes in front away, down to six
    straight = [number.to_bytes(6 if number < 2**47 else 8, "big")]
    return {
        "integer": (*swapped, *straight),
        "packed": tuple(packed),
        "hash": tuple(form for each in hashes for form in (each.hexdigest().encode(), each.digest())),
    }
