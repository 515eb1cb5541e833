"""The AGI protocol as pure functions: the header block, replies, commands. No IO.

A command of more than 2,047 bytes would be cut in two by Asterisk, so longer ones are refused here.
"""

import re
from collections.abc import Iterable
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from panoramisk.utils import parse_agi_result

from ivr.errors import HotlineError

#: Bytes a header block may have; Asterisk sends about 1 KiB.
HEADER_LIMIT = 64 * 1024
#: Bytes of one command with its line end (AGI_BUF_LEN of res_agi.c, less its closing NUL).
LINE_LIMIT = 2047
_REPLY = re.compile(r"[0-9]{3}[ -]")
_SOUND = re.compile(r"[A-Za-z0-9/_.-]+")
#: Nearly every answer: a key or a number, after silence a remark.
_USUAL = re.compile(rb"200 result=([0-9*#A-D]*)(?: \((timeout)\))?\n")
_END_OF_USAGE = "520 End of proper usage."


class AgiError(HotlineError):
    """The AGI dialogue with Asterisk went wrong: a value or an answer that the protocol does not allow."""


class Kind(Enum):
    """What became of a command."""

    OK = "ok"
    HANGUP = "hangup"
    FAILED = "failed"  # result=-1: the application failed, or the caller is gone
    REFUSED = "refused"  # 510 or 520: no such command, wrong usage
    GARBAGE = "garbage"


class Reply(NamedTuple):
    """`result` is the value after `result=`, `data` what stands in brackets behind it, `line` the raw line."""

    kind: Kind
    result: str = ""
    data: str = ""
    line: str = ""


def parse_header(block: bytes) -> dict[str, str]:
    """The `agi_*` variables of a header block. Undecodable bytes become U+FFFD; other lines are left out."""
    headers: dict[str, str] = {}
    for line in block.decode("utf-8", "replace").split("\n"):
        name, colon, value = line.rstrip("\r").partition(":")
        if colon and name.startswith("agi_"):
            headers.setdefault(name, value.removeprefix(" "))
    return headers


def arguments(headers: dict[str, str]) -> tuple[str, ...]:
    """What the dialplan passed to AGI() after the address: agi_arg_1, agi_arg_2 … up to the first gap."""
    found: list[str] = []
    while (value := headers.get(f"agi_arg_{len(found) + 1}")) is not None:
        found.append(value)
    return tuple(found)


def is_interim(line: bytes) -> bool:
    """`100 Trying...`: the real answer is still to come."""
    return line.startswith(b"100")


def opens_usage(line: bytes) -> bool:
    """The first line of a 520 answer over several lines, ended by the line of `closes_usage`."""
    return line.startswith(b"520-")


def closes_usage(line: bytes) -> bool:
    """The last line of a 520 answer over several lines."""
    return line.decode("utf-8", "replace").strip() == _END_OF_USAGE


def parse_reply(raw: bytes) -> Reply:
    """One answer line (of a 520 over several lines: the first). Never fails; nonsense is `Kind.GARBAGE`."""
    if usual := _USUAL.fullmatch(raw):
        return Reply(Kind.OK, usual[1].decode(), (usual[2] or b"").decode(), raw[:-1].decode())
    return parse_any_reply(raw)


def parse_any_reply(raw: bytes) -> Reply:
    """As `parse_reply`, without its short way for the usual answers."""
    line = raw.decode("utf-8", "replace").rstrip("\r\n")
    if line == "HANGUP" or line[:3] == "511":
        return Reply(Kind.HANGUP, line=line)
    if not _REPLY.match(line) or not line.isprintable():
        return Reply(Kind.GARBAGE, line=line)
    if line.startswith(("510", "520")):
        return Reply(Kind.REFUSED, line=line)
    # an empty result with a remark, "200 result= (timeout)", is not understood by panoramisk's expression
    empty = re.fullmatch(r"200 result=(?: \((?P<data>.*)\))?", line)
    if empty:
        data = empty["data"] or ""
        return Reply(Kind.HANGUP if data == "hangup" else Kind.OK, "", data, line)
    parsed = parse_agi_result(line)
    if "error" in parsed:
        kind = {"AGIResultHangup": Kind.HANGUP, "AGIAppError": Kind.FAILED}.get(parsed["error"], Kind.GARBAGE)
        return Reply(kind, line=line)
    if parsed["status_code"] != 200 or not line.startswith("200 result="):
        return Reply(Kind.GARBAGE, line=line)
    result, _ = parsed["result"]
    # brackets within the value, "(a (b))", are cut by panoramisk: everything up to the last one counts
    _, bracket, tail = line.partition(" (")
    data = tail[: tail.rfind(")")] if bracket and ")" in tail else ""
    return Reply(Kind.OK, result, data, line)


def quote(value: str) -> str:
    r"""`value` as one quoted argument: `\` and `"` escaped. Raises `AgiError` on CR, LF or NUL."""
    if "\n" in value or "\r" in value or "\0" in value:
        raise AgiError("a value for Asterisk holds a line break or a NUL: it is not sent; look at who sets it")
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def unquote(text: str) -> str:
    """What Asterisk reads from `quote`'s text; the inverse, for tests and fakes."""
    return re.sub(r"\\(.)", r"\1", text[1:-1])


def command(*words: str | int) -> bytes:
    """One command line. The first word is sent as it is, texts after it are quoted, numbers are not."""
    verb, *rest = words
    parts = [str(verb)]
    for word in rest:
        parts.append(str(word) if isinstance(word, int) else quote(word))
    line = " ".join(parts).encode("utf-8", "replace") + b"\n"
    if b"\r" in line or line.count(b"\n") > 1 or len(line) > LINE_LIMIT:
        raise AgiError(f"a command for Asterisk must be one line of at most {LINE_LIMIT} bytes: {str(verb)[:40]}")
    return line


def sound_files(keys: Iterable[str]) -> tuple[str, ...]:
    """Names of sound files as Asterisk knows them (`ivr/<key>`); `AgiError` on a key that is none."""
    return tuple(map(_sound_file, keys))


@lru_cache(maxsize=4096)
def _sound_file(key: str) -> str:
    name = f"ivr/{key}"
    if not _SOUND.fullmatch(name) or ".." in name or len(name) > 200:
        raise AgiError(f"{name[:80]!r} is not a sound key; see the menus and the readout data")
    return name
