"""SIP that is odd but right, or wrong in one way each; after ideas of RFC 4475 (torture tests), written anew.

`{via}`, `{us}` and `{sip}` stand for our Via, our address and the hotline's; `{own}` for a word of its own each time.
"""
# ruff: noqa: E501 (one message a line)

_SDP = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 8\r\n"
    "a=rtpmap:8 PCMA/8000\r\n"
)
_HEAD = (
    "Via: SIP/2.0/{via};branch=z9hG4bK{own};rport\r\nMax-Forwards: 70\r\nFrom: <sip:+74951230003@alpha>;tag={own}\r\n"
    "To: <sip:88005553535@{sip}>\r\nCall-ID: {own}@x\r\nContact: <sip:c@{us}>\r\n"
)


def _request(first: str, more: str = "", body: str = "", head: str = _HEAD, length: str = "") -> str:
    method = first.split(" ")[0]
    size = length or str(len(body.encode("utf-8", "surrogateescape")))
    kind = "Content-Type: application/sdp\r\n" if body else ""
    return f"{first}\r\n{head}CSeq: 1 {method}\r\n{kind}{more}Content-Length: {size}\r\n\r\n{body}"


_INVITE = "INVITE sip:88005553535@{sip} SIP/2.0"

#: Right, however odd: each must have an answer.
ODD: dict[str, str] = {
    "lower case and spaces": "INVITE sip:88005553535@{sip} SIP/2.0\r\nvIa:  SIP / 2.0 / UDP  {us} ; branch = z9hG4bK{own};rport\r\n"
    "mAX-forwards: 0068\r\nFROM : <sip:+74951230003@alpha> ; tag = {own}\r\nTO :\r\n <sip:88005553535@{sip}>\r\n"
    "call-ID: {own}\r\ncseq: 0009\r\n  INVITE\r\nContact: <sip:c@{us}>\r\nContent-type: application/sdp\r\n"
    f"Content-Length: {len(_SDP)}\r\n\r\n{_SDP}",
    "short names": "OPTIONS sip:{sip} SIP/2.0\r\nv: SIP/2.0/{via};branch=z9hG4bK{own};rport\r\nMax-Forwards: 70\r\n"
    "f: <sip:a@alpha>;tag={own}\r\nt: <sip:{sip}>\r\ni: {own}\r\nm: <sip:c@{us}>\r\nCSeq: 1 OPTIONS\r\nl: 0\r\n\r\n",
    "escaped user": _request("INVITE sip:%38%38005553535@{sip} SIP/2.0", body=_SDP),
    "odd characters in parameters": _request(_INVITE, "X-Odd: !#$%&'*+-.^_`|~ \\\"\r\n", _SDP),
    "a long line folded": _request(_INVITE, "Subject: a\r\n" + " b\r\n" * 200, _SDP),
    "many parts": _request(_INVITE, "".join(f"X-Part-{n}: {n}\r\n" for n in range(300)), _SDP),
    "semicolon in the user": _request("OPTIONS sip:user;par=u%40example@{sip} SIP/2.0"),
    "tel": _request("OPTIONS tel:+78005553535 SIP/2.0"),
    "no hops left": _request("OPTIONS sip:{sip} SIP/2.0", head=_HEAD.replace("Max-Forwards: 70", "Max-Forwards: 0")),
    "unknown method": _request("NEWMETHOD sip:{sip} SIP/2.0"),
    "method of odd signs": _request("!interesting-Method0123456789_*+`.%indeed'~ sip:{sip} SIP/2.0"),
    "extension that must be understood": _request(_INVITE, "Require: nothingSupportsThis, nothingSupportsThat\r\n", _SDP),
    "offer in no known language": _request(_INVITE, "Accept: text/x-odd\r\nAccept-Language: tlh\r\n", _SDP),
    "no offer": _request(_INVITE),
    "offer of nothing": _request(_INVITE, body="v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"),
    "unknown codec": _request(_INVITE, body=_SDP.replace("AVP 8", "AVP 99").replace("8 PCMA", "99 ODD")),
    "offer to port 0": _request(_INVITE, body=_SDP.replace("40000", "0")),
    "a hundred streams": _request(_INVITE, body=_SDP + "m=audio 40002 RTP/AVP 8\r\n" * 100),
    "sound for us": _request(_INVITE, body=_SDP.replace("IN IP4 127.0.0.1", "IN IP4 {sip}")),
    "sound for everybody": _request(_INVITE, body=_SDP.replace("IN IP4 127.0.0.1", "IN IP4 255.255.255.255")),
}  # fmt: skip

#: Wrong: an answer or none, and nothing else.
WRONG: dict[str, str] = {
    "nothing": "",
    "line ends": "\r\n\r\n\r\n\r\n",
    "one byte": "\0",
    "HTTP": "GET / HTTP/1.1\r\nHost: {sip}\r\n\r\n",
    "a STUN packet": "\0\x01\0\0\x21\x12\xa4B0123456789ab",
    "first line only": "INVITE sip:88005553535@{sip} SIP/2.0\r\n\r\n",
    "unknown version": _request("INVITE sip:88005553535@{sip} SIP/7.0", body=_SDP),
    "spaces in the first line": _request("INVITE  sip:88005553535@{sip}   SIP/2.0", body=_SDP),
    "no address": _request("INVITE  SIP/2.0", body=_SDP),
    "unknown scheme": _request("INVITE nobodyKnowsThis:88005553535 SIP/2.0", body=_SDP),
    "angle brackets": _request("INVITE <sip:88005553535@{sip}> SIP/2.0", body=_SDP),
    "escaped headers": _request("INVITE sip:88005553535@{sip}?Route=%3Csip:{us}%3E SIP/2.0", body=_SDP),
    "length too large": _request(_INVITE, body=_SDP, length="9999"),
    "length too small": _request(_INVITE, body=_SDP, length="7"),
    "length negative": _request(_INVITE, body=_SDP, length="-999"),
    "length huge": _request(_INVITE, body=_SDP, length="99999999999999999999"),
    "two lengths": _request(_INVITE, "Content-Length: 3\r\n", _SDP),
    "no Call-ID": _request(_INVITE, body=_SDP, head=_HEAD.replace("Call-ID: {own}@x\r\n", "")),
    "no To": _request(_INVITE, body=_SDP, head=_HEAD.replace("To: <sip:88005553535@{sip}>\r\n", "")),
    "two of From": _request(_INVITE, "From: <sip:b@beta>;tag=2\r\n", _SDP),
    "no Via": _request(_INVITE, body=_SDP, head=_HEAD.partition("\r\n")[2]),
    "Via of elsewhere": _request(_INVITE, body=_SDP, head=_HEAD.replace("{via}", "UDP 192.0.2.1:9")),
    "CSeq too large": _request(_INVITE, body=_SDP).replace("CSeq: 1 ", "CSeq: 36893488147419103232 "),
    "CSeq of another method": _request(_INVITE, body=_SDP).replace("CSeq: 1 INVITE", "CSeq: 1 BYE"),
    "hops too many": _request("OPTIONS sip:{sip} SIP/2.0", head=_HEAD.replace(": 70", ": 300")),
    "expires beyond all": _request("REGISTER sip:{sip} SIP/2.0", "Expires: 100000000000000000000\r\n"),
    "quote that never ends": _request(_INVITE, 'Warning: 399 x "a\r\n', _SDP),
    "bracket that never ends": _request(_INVITE, "Route: <sip:{us}\r\n", _SDP),
    "From with no end": _request(_INVITE, body=_SDP, head=_HEAD.replace("<sip:+74951230003@alpha>", '"a <sip:a@b')),
    "date of another world": _request(_INVITE, "Date: Fri, 32 Foo 20100 25:61:61 ZZT\r\n", _SDP),
    "NUL in the middle": _request(_INVITE, "X-Odd: a\0b\r\n", _SDP),
    "no UTF-8": _request(_INVITE, "Subject: \udcff\udcfe\udc80\r\n", _SDP),
    "a header of 30 kB": _request(_INVITE, f"X-Long: {'a' * 30_000}\r\n", _SDP),
    "3,000 headers": _request(_INVITE, "X: y\r\n" * 3000, _SDP),
    "1,000 of Via": _request(_INVITE, "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx\r\n" * 1000, _SDP),
    "branch of 10 kB": _request(_INVITE, body=_SDP, head=_HEAD.replace("z9hG4bK{own}", "z9hG4bK{own}" + "b" * 10_000)),
    "offer cut off": _request(_INVITE, body=_SDP[:40]),
    "offer of 20 kB": _request(_INVITE, body=_SDP + "a=x:" + "y" * 20_000 + "\r\n"),
    "offer with numbers too large": _request(_INVITE, body=_SDP.replace("40000", "4000000000").replace("8 PCMA/8000", "8 PCMA/99999999999")),
    "offer with a bad type": _request(_INVITE, body=_SDP.replace("AVP 8", "AVP 999999")),
    "offer of 4,000 codecs": _request(_INVITE, body=_SDP.replace("AVP 8", "AVP " + " ".join(str(n % 128) for n in range(4000)))),
    "parts of many kinds": _request(_INVITE, "Content-Type: multipart/mixed; boundary=x\r\n", "--x\r\n\r\n--x\r\n\r\n--x--"),
    "answer nobody asked for": "SIP/2.0 200 OK\r\n" + _HEAD + "CSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n",
    "answer with a number too large": "SIP/2.0 4294967301 better not break\r\n" + _HEAD + "CSeq: 8 INVITE\r\nContent-Length: 0\r\n\r\n",
    "BYE of no call": _request("BYE sip:88005553535@{sip} SIP/2.0"),
    "CANCEL of no call": _request("CANCEL sip:88005553535@{sip} SIP/2.0"),
    "ACK of no call": _request("ACK sip:88005553535@{sip} SIP/2.0"),
    "PRACK of no call": _request("PRACK sip:88005553535@{sip} SIP/2.0", "RAck: 99999999999 1 INVITE\r\n"),
    "REFER of no call": _request("REFER sip:88005553535@{sip} SIP/2.0", "Refer-To: <sip:\0@>\r\n"),
    "registers everybody": _request("REGISTER sip:{sip} SIP/2.0", "Contact: *\r\nExpires: 0\r\n"),
    "registers 300 places": _request("REGISTER sip:{sip} SIP/2.0", "".join(f"Contact: <sip:a@192.0.2.{n % 250}:{n}>\r\n" for n in range(300))),
    "password of 20 kB": _request("REGISTER sip:{sip} SIP/2.0", f'Authorization: Digest username="{"u" * 20_000}", realm="asterisk"\r\n'),
    "password of nothing": _request("REGISTER sip:{sip} SIP/2.0", "Authorization: Digest\r\nAuthorization: Basic eA==\r\n"),
    "password with a number too large": _request("REGISTER sip:{sip} SIP/2.0", 'Authorization: Digest username="op-101", realm="asterisk", nonce="x", nc=ffffffffffffffffff, response="' + "0" * 5000 + '"\r\n'),
}  # fmt: skip


def written(template: str, via: str, us: str, sip: str, own: str) -> bytes:
    """The message as it goes out."""
    for name, value in (("{via}", via), ("{us}", us), ("{sip}", sip), ("{own}", own)):
        template = template.replace(name, value)
    return template.encode("utf-8", "surrogateescape")
