"""The calls of one page's telephone, as its messages tell them, so that they can be ended for it. Pure.

A connection that is closed ends no call: sound goes another way. Whoever may not telephone any more, and does not hang
up by himself, is hung up for.
"""

import re
from dataclasses import dataclass

from ivr.web.sip_text import DOOR, Line, SipRefused

#: Calls of one telephone at once, those that are being placed among them.
_MOST = 8
_URI = re.compile(r"<(sip:[^<>\s]{1,300})>")


@dataclass
class _Call:
    """`own`, `other`: From and To as the page's requests have them; `uri`: where Asterisk is reached; `seq`: the
    page's highest number; "" and 0 while not known. `incoming`: Asterisk has placed it."""

    own: str
    other: str
    uri: str = ""
    seq: int = 0
    incoming: bool = False

    @property
    def stands(self) -> bool:
        return bool(self.uri) and ";tag=" in self.own and ";tag=" in self.other


class Farewells:
    """Told all that passes; `ends` are the requests that end the calls which stand."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._calls: dict[str, _Call] = {}

    @property
    def any(self) -> bool:
        """Is there a call, also one that only rings?"""
        return bool(self._calls)

    def up(self, text: str) -> None:
        """The page sends this. Raises `SipRefused` for more calls than a telephone has."""
        start, headers = _read(text)
        method, seq, call = _method(headers), _seq(headers), self._calls.get(headers.get("call-id", ""))
        if start.startswith("SIP/2.0"):
            # it answers: only now it has a tag of its own; how its own calls are Asterisk alone can say
            if call is None or not call.incoming or method != "INVITE" or call.stands or start[8:9] == "1":
                return
            if start[8:9] == "2":
                call.own = headers.get("to", "")
            else:
                del self._calls[headers["call-id"]]
        elif method == "INVITE" and call is None:
            if len(self._calls) >= _MOST:
                raise SipRefused("more calls than a telephone has")
            self._calls[headers["call-id"]] = _Call(headers["from"], headers["to"], seq=seq)
        elif call is not None:
            call.seq = max(call.seq, seq)

    def down(self, text: str) -> None:
        """Asterisk sends this."""
        start, headers = _read(text)
        id, method = headers.get("call-id", ""), _method(headers)
        call = self._calls.get(id)
        if not start.startswith("SIP/2.0"):
            if method == "INVITE" and call is None and len(self._calls) < _MOST:
                self._calls[id] = _Call(headers.get("to", ""), headers.get("from", ""), _uri(headers), incoming=True)
            elif call is not None and (method == "BYE" or (method == "CANCEL" and not call.stands)):
                del self._calls[id]
        elif call is not None and start.startswith("SIP/2.0 2"):
            if method == "BYE":
                del self._calls[id]
            elif method == "INVITE" and not call.stands:
                call.other, call.uri = headers.get("to", ""), _uri(headers)
        elif call is not None and method == "INVITE" and not call.stands and start[8:9] in "3456":
            # refused; but one that asks for a password is sent once more, with another number
            del self._calls[id]

    def ends(self, branch: str) -> list[str]:
        """Requests that end every call that stands; `branch`: something that was in no request before."""
        found = []
        for n, (id, call) in enumerate(self._calls.items()):
            if call.stands:
                found.append("\r\n".join((
                    f"BYE {call.uri} SIP/2.0",
                    f"Via: SIP/2.0/WS hotline.invalid;branch=z9hG4bK{branch}{n}",
                    "Max-Forwards: 70",
                    f"To: {call.other}",
                    f"From: {call.own}",
                    f"Call-ID: {id}",
                    f"CSeq: {call.seq + 1} BYE",
                    f"{DOOR}: {self._line.door}.{self._line.phone}",
                    "Content-Length: 0",
                )) + "\r\n\r\n")  # fmt: skip
        return found


def _read(text: str) -> tuple[str, dict[str, str]]:
    start, *lines = text.partition("\r\n\r\n")[0].split("\r\n")
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers.setdefault(name.lower(), value.strip())
    return start, headers


def _method(headers: dict[str, str]) -> str:
    return headers.get("cseq", "").rpartition(" ")[2]


def _seq(headers: dict[str, str]) -> int:
    number = headers.get("cseq", "").partition(" ")[0]
    return int(number) if number.isdecimal() and len(number) < 11 else 0


def _uri(headers: dict[str, str]) -> str:
    found = _URI.search(headers.get("contact", ""))
    return found[1] if found else ""
