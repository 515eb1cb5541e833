"""What a browser's telephone may send to Asterisk, as text in and text out. Pure.

Only the plain form that our pages write is let through: one header a line, each by its full name, known ones alone.
Whatever else SIP allows (short names, folded lines, routes of its own) could mean one thing here and another there.
"""

import re
from dataclasses import dataclass

from ivr.errors import HotlineError

#: Bytes of one message; a call of ours has some 3 kB.
LIMIT = 16 * 1024
KEEP_ALIVE = ("\r\n\r\n", "\r\n")
#: Written into each request by us alone: what Asterisk knows the phone by (pjsip.conf), and which guest's call it is.
DOOR, GUEST = "X-Hotline-Door", "X-Hotline-Guest"
#: The only user that a guest may call.
HOTLINE = "hotline"
_REQUEST = re.compile(r"([A-Z]{2,10}) (sip:[!-~]{1,200}) SIP/2\.0\Z")
_RESPONSE = re.compile(r"SIP/2\.0 [1-6][0-9]{2} [^\r\n]{0,200}\Z")
_HEADER = re.compile(r"([A-Za-z-]{2,40}): ?([^\r\n]{0,2000})\Z")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
#: Who calls and who is called: user and tag. A tag counts behind the ">" alone, and once, as Asterisk counts it: one in
#: a name or in the address would be a call that goes on for us, and a new one for Asterisk.
_ADDRESS = re.compile(
    r'(?:"[^"<>\\]{0,200}" ?|[\w .!%*+~-]{0,200})'
    r"<sip:(?:([!#-;=?\w~]{1,150})@)?(?:[\w.-]{1,100}|\[[0-9A-Fa-f:.]{2,60}\])(?::[0-9]{1,5})?"
    r"(?:;(?!(?i:tag)\b)[\w.+~%-]{1,40}(?:=[\w.:+~%-]{1,150})?){0,10}>(?:;tag=([\w.!%*+~-]{1,150}))?\Z", re.ASCII
)  # fmt: skip
_OWN_NAME = re.compile(r"[a-z0-9-]{1,40}\Z")
_USER = re.compile(r"sip:([A-Za-z0-9*#._-]{1,40})@[!-~]{1,150}\Z")
#: Where its phone is: at the other end of this WebSocket, by a name that leads nowhere else ("*": nowhere any more).
_CONTACT = re.compile(
    r'(?:\*|<sip:[A-Za-z0-9._-]{1,60}@[a-z0-9-]{1,40}\.invalid;transport=wss?(?:;ob)?>'
    r'(?:;[\w+.-]{1,40}(?:=(?:"<urn:uuid:[0-9a-f-]{36}>"|"[^"<>,\\]{0,200}"|[\w+.:-]{1,200}))?){0,10})\Z', re.ASCII
)  # fmt: skip
#: Whom a call is passed on to: a name, and no call of anybody that is to be replaced.
_PASSED_TO = re.compile(r"<sip:[A-Za-z0-9._-]{1,40}@[A-Za-z0-9.-]{1,100}>\Z")
_ONCE = ("from", "to", "call-id", "cseq")
_KNOWN = frozenset((
    *("via", "max-forwards", "to", "from", "call-id", "cseq", "contact", "content-type", "content-length", "allow"),
    *("supported", "require", "user-agent", "server", "reason", "accept", "session-expires", "min-se", "rack", "rseq"),
    *("authorization", "proxy-authorization", "expires", "date", "content-disposition", "warning", "retry-after"),
))
_CALLING = frozenset(("INVITE", "ACK", "BYE", "CANCEL", "INFO", "UPDATE", "PRACK"))
_STAFF = _CALLING | {"REGISTER", "REFER"}
#: For staff alone: where a call is passed on to.
_STAFF_KNOWN = _KNOWN | {"refer-to", "referred-by"}


class SipRefused(HotlineError):
    """This is not what a page of ours sends."""


@dataclass(frozen=True)
class Line:
    """Whose connection it is. `phone`: the name in From ("web-guest", "web-101"); `door`: Asterisk's word for us.

    `guest`: the id of a guest's call, "" for staff.
    """

    phone: str
    door: str
    guest: str = ""


@dataclass(frozen=True)
class Admitted:
    """`text` to be sent on; `opens`: it is a request for a new call."""

    text: str
    opens: bool = False


def admit(message: str, line: Line) -> Admitted:
    """The message as Asterisk gets it. Raises `SipRefused`."""
    if message in KEEP_ALIVE:
        return Admitted(message)
    head, blank, body = message.partition("\r\n\r\n")
    start, *lines = head.split("\r\n")
    if not blank or len(message.encode()) > LIMIT:
        raise SipRefused("not a message, or too long")
    headers = [_header(one) for one in lines]
    once = {name: _only(headers, name) for name in _ONCE}
    length = _only(headers, "content-length")
    if length.strip() != str(len(body.encode())):
        raise SipRefused("its length is not what it says")
    _reached_here(headers)
    allowed = _KNOWN if line.guest else _STAFF_KNOWN
    kept = [f"{name}: {value}" for name, value in headers if name.lower() in allowed]
    if _RESPONSE.match(start):
        return Admitted("\r\n".join([start, *kept]) + "\r\n\r\n" + body)
    opens = _judge(start, once, line)
    if start.startswith("REFER ") and not _PASSED_TO.match(_only(headers, "refer-to")):
        raise SipRefused("passed on to no name of ours")
    kept.append(f"{DOOR}: {line.door}.{line.phone}")
    if line.guest:
        kept.append(f"{GUEST}: {line.guest}")
    return Admitted("\r\n".join([start, *kept]) + "\r\n\r\n" + body, opens)


def _judge(start: str, once: dict[str, str], line: Line) -> bool:
    """May `line` ask for this? Does it open a call?"""
    request = _REQUEST.match(start)
    caller, called = _ADDRESS.match(once["from"]), _ADDRESS.match(once["to"])
    if not request or not caller or not called or not caller[2] or not _OWN_NAME.match(caller[1] or ""):
        raise SipRefused("not a request, or of nobody to nobody")
    inside = bool(called[2])
    # who was called speaks, in that call, in the name by which Asterisk called him; Asterisk knows the call by its tags
    rung = inside and not line.guest
    if caller[1] != line.phone and not rung:
        raise SipRefused("not in its own name")
    method, uri = request[1], request[2]
    if method not in (_CALLING if line.guest else _STAFF) or once["cseq"].split(" ")[1:] != [method]:
        raise SipRefused(f"no {method} from here")
    if method == "REGISTER":
        if called[1] != line.phone or caller[1] != line.phone:
            raise SipRefused("another's registration")
        return False
    if method not in ("INVITE", "CANCEL") and not (inside or method == "ACK"):
        raise SipRefused(f"no {method} outside a call")
    if line.guest and method in ("INVITE", "CANCEL", "ACK") and not inside:
        dialled = _USER.match(uri)
        if not dialled or dialled[1] != HOTLINE:
            raise SipRefused("a guest calls the hotline and nobody else")
    return method == "INVITE" and not inside


def _reached_here(headers: list[tuple[str, str]]) -> None:
    """Asterisk leads the first Contact back to the WebSocket that it came by; any further one it would believe, and a
    phone that is elsewhere is a call that goes out."""
    found = [value for name, value in headers if name.lower() == "contact"]
    if len(found) > 1 or not all(_CONTACT.match(value) for value in found):
        raise SipRefused("a phone that is elsewhere")


def _header(line: str) -> tuple[str, str]:
    found = _HEADER.match(line)
    if not found or _CONTROL.search(found[2]):
        raise SipRefused("a header that no page of ours writes")
    return found[1], found[2]


def _only(headers: list[tuple[str, str]], name: str) -> str:
    """The one value of `name`."""
    values = [value for known, value in headers if known.lower() == name]
    if len(values) != 1:
        raise SipRefused(f"{name} is there {len(values)} times")
    return values[0]
