"""The calls of a page's telephone are known by what passes, and can be ended for it."""

import pytest

from ivr.web.sip_farewell import Farewells
from ivr.web.sip_text import Line, SipRefused, admit

from .test_sip_text import sip

STAFF = Line("sup-1", "word")
_FROM = '"Visitor" <sip:sup-1@hotline.invalid>;tag=abc'
_TO = "<sip:*71@hotline.invalid>"


def _invite(seq: int = 10, id: str = "1234567890") -> str:
    text = sip("INVITE sip:*71@hotline.invalid SIP/2.0", user="sup-1", to=_TO, cseq=f"{seq} INVITE")
    return text.replace("1234567890", id)


def _answer(status: str = "200 OK", cseq: str = "10 INVITE", to: str = f"{_TO};tag=as1") -> str:
    return (f"SIP/2.0 {status}\r\nCall-ID: 1234567890\r\nFrom: {_FROM}\r\nTo: {to}\r\nCSeq: {cseq}\r\n"
            "Contact: <sip:127.0.0.1:8088;transport=ws>\r\nContent-Length: 0\r\n\r\n")  # fmt: skip


def _called(method: str = "INVITE", tag: str = "") -> str:
    return (f"{method} sip:xyz@127.0.0.1:5;transport=ws SIP/2.0\r\nCall-ID: ast-1\r\nFrom: <sip:call@h>;tag=as9\r\n"
            f"To: <sip:xyz@127.0.0.1>{tag}\r\nCSeq: 77 {method}\r\nContact: <sip:asterisk@127.0.0.1:8088;transport=ws>"
            "\r\n\r\n")  # fmt: skip


def _reply(status: str) -> str:
    return (f"SIP/2.0 {status}\r\nCall-ID: ast-1\r\nFrom: <sip:call@h>;tag=as9\r\nTo: <sip:xyz@127.0.0.1>;tag=me\r\n"
            "CSeq: 77 INVITE\r\nContent-Length: 0\r\n\r\n")  # fmt: skip


def test_a_call_that_the_page_placed_is_ended_in_its_name_with_the_next_number() -> None:
    calls = Farewells(STAFF)
    calls.up(_invite())
    calls.down(_answer("401 Unauthorized"))
    assert calls.ends("x") == []
    calls.up(_invite(11))
    calls.down(_answer("183 Session Progress", "11 INVITE"))
    assert calls.ends("x") == []
    calls.down(_answer(cseq="11 INVITE"))
    calls.up(sip("INFO sip:h SIP/2.0", user="sup-1", to=f"{_TO};tag=as1", cseq="12 INFO"))
    (end,) = calls.ends("x")
    assert end.startswith("BYE sip:127.0.0.1:8088;transport=ws SIP/2.0\r\n")
    assert f"\r\nFrom: {_FROM}\r\n" in end and f"\r\nTo: {_TO};tag=as1\r\n" in end and "\r\nCSeq: 13 BYE\r\n" in end
    assert "\r\nX-Hotline-Door: word.sup-1\r\n" in end
    # what a page of ours could have sent itself
    own = end.replace("X-Hotline-Door: word.sup-1\r\n", "")
    assert admit(own, STAFF).text.count("BYE") == 2


def test_a_call_that_the_page_answered_is_ended_too() -> None:
    calls = Farewells(STAFF)
    calls.down(_called())
    calls.up(_reply("180 Ringing"))
    assert calls.ends("x") == []
    calls.up(_reply("200 OK"))
    (end,) = calls.ends("x")
    assert end.startswith("BYE sip:asterisk@127.0.0.1:8088;transport=ws SIP/2.0\r\n")
    assert "\r\nFrom: <sip:xyz@127.0.0.1>;tag=me\r\nCall-ID: ast-1\r\nCSeq: 1 BYE\r\n" in end
    assert "\r\nTo: <sip:call@h>;tag=as9\r\n" in end


def test_a_call_is_over_when_asterisk_says_so_not_when_the_page_does() -> None:
    calls = Farewells(STAFF)
    calls.up(_invite())
    calls.down(_answer())
    calls.up(sip("BYE sip:h SIP/2.0", user="sup-1", to=f"{_TO};tag=wrong", cseq="11 BYE"))
    calls.down(_answer("481 Call Does Not Exist", "11 BYE"))
    assert len(calls.ends("x")) == 1
    calls.down(_answer("200 OK", "12 BYE"))
    assert calls.ends("x") == []
    for end in (_called("BYE", ";tag=me"), _called("CANCEL")):
        calls.down(_called())
        if end.startswith("BYE"):
            calls.up(_reply("200 OK"))
            assert calls.ends("x")
        calls.down(end)
        assert calls.ends("x") == []


@pytest.mark.parametrize("status", ["486 Busy Here", "603 Decline", "200 OK", "302 Moved"])
def test_a_page_that_answers_its_own_call_ends_nothing_by_that(status: str) -> None:
    calls = Farewells(STAFF)
    calls.up(_invite())
    calls.up(_answer(status, to=f"{_TO};tag=forged"))
    calls.down(_answer())
    (end,) = calls.ends("x")
    assert f"\r\nFrom: {_FROM}\r\n" in end and f"\r\nTo: {_TO};tag=as1\r\n" in end


def test_calls_that_came_to_nothing_are_forgotten_and_more_than_a_telephone_has_are_refused() -> None:
    calls = Farewells(STAFF)
    for _ in range(20):
        calls.down(_called())
        calls.up(_reply("486 Busy Here"))
    for n in range(8):
        calls.up(_invite(id=f"call-{n}"))
    with pytest.raises(SipRefused):
        calls.up(_invite(id="call-9"))
