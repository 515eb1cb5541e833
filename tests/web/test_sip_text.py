"""What a page's telephone may send to Asterisk, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.web.sip_text import KEEP_ALIVE, LIMIT, Line, SipRefused, admit

GUEST = Line("web-guest", "word", "a1b2c3")
STAFF = Line("web-101", "word")
SDP = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\n"


def sip(
    start: str = "INVITE sip:hotline@hotline.invalid SIP/2.0", *more: str, user: str = "web-guest", to: str = "",
    body: str = SDP, cseq: str = "",
) -> str:  # fmt: skip
    method = start.split(" ")[0]
    lines = [
        start,
        "Via: SIP/2.0/WS abc.invalid;branch=z9hG4bK1",
        "Max-Forwards: 69",
        f"To: {to or '<sip:hotline@hotline.invalid>'}",
        f'From: "Visitor" <sip:{user}@hotline.invalid>;tag=abc',
        "Call-ID: 1234567890",
        f"CSeq: {cseq or f'10 {method}'}",
        "Contact: <sip:xyz@abc.invalid;transport=ws;ob>",
        *more,
        f"Content-Length: {len(body.encode())}",
    ]
    return "\r\n".join(lines) + "\r\n\r\n" + body


def test_a_guest_s_call_goes_on_with_our_own_words_in_it() -> None:
    admitted = admit(sip(), GUEST)
    head, _, body = admitted.text.partition("\r\n\r\n")
    assert admitted.opens and body == SDP
    assert head.endswith("\r\nX-Hotline-Door: word.web-guest\r\nX-Hotline-Guest: a1b2c3")


def test_what_a_page_writes_under_our_names_is_taken_out() -> None:
    forged = ("X-Hotline-Guest: other", "X-Hotline-Door: word.web-101")
    text = admit(sip("INVITE sip:hotline@h SIP/2.0", *forged), GUEST).text
    assert text.count("X-Hotline-Guest") == text.count("X-Hotline-Door") == 1
    assert "other" not in text and "web-101" not in text


@pytest.mark.parametrize(
    "name", ["Route", "P-Asserted-Identity", "Remote-Party-ID", "Diversion", "Replaces", "Refer-To"]
)
def test_headers_that_could_lead_elsewhere_or_claim_somebody_are_taken_out(name: str) -> None:
    assert f"{name}:" not in admit(sip("INVITE sip:hotline@h SIP/2.0", f"{name}: <sip:+79161234567@evil>"), GUEST).text


INSIDE = "<sip:hotline@hotline.invalid>;tag=as1"


@pytest.mark.parametrize("method", ["BYE", "INFO", "UPDATE", "INVITE", "ACK"])
def test_inside_its_call_a_guest_may_do_what_a_telephone_does(method: str) -> None:
    assert not admit(sip(f"{method} sip:127.0.0.1:8088;transport=ws SIP/2.0", to=INSIDE), GUEST).opens


def test_answers_and_keep_alives_pass() -> None:
    answer = sip("SIP/2.0 200 OK", user="asterisk", cseq="5 BYE")
    assert admit(answer, GUEST).text == answer
    assert [admit(text, GUEST).text for text in KEEP_ALIVE] == list(KEEP_ALIVE)


@pytest.mark.parametrize(
    "message",
    [
        sip("REGISTER sip:hotline.invalid SIP/2.0", to="<sip:web-guest@hotline.invalid>"),
        sip("SUBSCRIBE sip:hotline@h SIP/2.0", to=INSIDE),
        sip("MESSAGE sip:hotline@h SIP/2.0"),
        sip("REFER sip:hotline@h SIP/2.0", to=INSIDE),
        sip("OPTIONS sip:hotline@h SIP/2.0"),
        sip("BYE sip:hotline@h SIP/2.0"),
        # somebody else
        sip(user="web-101"),
        sip(user="sup-1"),
        sip(user="web-guest2"),
        sip(user="trunk-a"),
        # somewhere else
        sip("INVITE sip:+79161234567@hotline.invalid SIP/2.0"),
        sip("INVITE sip:*11@hotline.invalid SIP/2.0"),
        sip("INVITE sip:s@hotline.invalid SIP/2.0"),
        sip("INVITE sip:hotline%2B@h SIP/2.0"),
        sip("INVITE tel:+79161234567 SIP/2.0"),
        # the method that the line says and the one that CSeq says
        sip(cseq="1 REGISTER"),
        # another form than our pages write
        sip().replace("\r\n", "\n"),
        sip().replace("From:", "f:"),
        sip().replace("Call-ID: 1234567890", "Call-ID: 123\r\n 456"),
        sip("INVITE sip:hotline@h SIP/2.0", "From: <sip:web-101@h>;tag=1"),
        sip("INVITE sip:hotline@h SIP/2.0", "To: <sip:web-101@h>"),
        sip("INVITE sip:hotline@h SIP/2.0", "Subject: a\x00b"),
        sip("INVITE sip:hotline@h SIP/2.0", "Content-Length: 0"),
        sip().replace("Content-Length: ", "Content-Length: 1"),
        sip() + "INVITE sip:+7916@h SIP/2.0\r\n\r\n",
        sip(body="v=0\r\n" + "a" * LIMIT),
        "",
        "\r\n\r\n\r\n",
    ],
)
def test_a_guest_can_do_nothing_else(message: str) -> None:
    with pytest.raises(SipRefused):
        admit(message, GUEST)


def test_staff_log_in_under_their_own_name_alone() -> None:
    own = "<sip:web-101@hotline.invalid>"
    register = sip("REGISTER sip:hotline.invalid SIP/2.0", user="web-101", to=own, body="")
    assert admit(register, STAFF).text.endswith("X-Hotline-Door: word.web-101\r\n\r\n")
    for user, to in (("web-102", "web-102"), ("web-101", "web-102"), ("web-102", "web-101")):
        with pytest.raises(SipRefused):
            admit(sip("REGISTER sip:h SIP/2.0", user=user, to=f"<sip:{to}@h>", body=""), STAFF)
    # a REFER is staff's way to pass a call on; what may be reached is Asterisk's to say
    refer = sip("REFER sip:asterisk@h SIP/2.0", "Refer-To: <sip:102@h>", user="web-101", to=INSIDE, body="")
    assert "Refer-To: <sip:102@h>" in admit(refer, STAFF).text


@given(st.text(max_size=200))
def test_nonsense_is_refused_and_nothing_else_happens(text: str) -> None:
    for message in (text, sip("INVITE sip:hotline@h SIP/2.0", text), sip(to=text), sip(user=text)):
        try:
            passed = admit(message, GUEST).text
        except SipRefused:
            continue
        assert passed in KEEP_ALIVE or passed.count("\r\nFrom: ") == 1
        assert passed in KEEP_ALIVE or 'From: "Visitor" <sip:web-guest@' in passed


CALLED = "bh2k1o0p"


@pytest.mark.parametrize("method", ["BYE", "INVITE", "REFER", "INFO"])
def test_who_was_called_speaks_in_that_call_by_the_name_he_was_called_by(method: str) -> None:
    target = ("Refer-To: <sip:102@h>",) if method == "REFER" else ()
    message = sip(f"{method} sip:127.0.0.1:8088;transport=ws SIP/2.0", *target, to=INSIDE, user=CALLED)
    assert not admit(message, STAFF).opens


@pytest.mark.parametrize(
    ("start", "to", "line"),
    [
        ("INVITE sip:*11@hotline.invalid SIP/2.0", "<sip:*11@hotline.invalid>", STAFF),
        ("REGISTER sip:hotline.invalid SIP/2.0", "<sip:web-101@hotline.invalid>", STAFF),
        ("REGISTER sip:hotline.invalid SIP/2.0", "<sip:web-101@hotline.invalid>;tag=as1", STAFF),
        ("BYE sip:127.0.0.1:8088;transport=ws SIP/2.0", INSIDE, GUEST),
    ],
)
def test_outside_such_a_call_another_name_is_refused(start: str, to: str, line: Line) -> None:
    with pytest.raises(SipRefused):
        admit(sip(start, to=to, user=CALLED), line)


OWN = "Contact: <sip:xyz@abc.invalid;transport=ws;ob>"
ELSEWHERE = "<sip:+79161234567@sip.provider.example;transport=udp>"


@pytest.mark.parametrize(
    "contact",
    [
        f"{OWN};expires=0\r\nContact: {ELSEWHERE}",
        f"{OWN};expires=0, {ELSEWHERE}",
        f"Contact: {ELSEWHERE}",
        "Contact: <sip:xyz@abc.invalid>",
        "Contact: <sip:xyz@203.0.113.7;transport=ws>",
        "Contact: <sip:xyz@abc.invalid;transport=ws;maddr=203.0.113.7>",
        "Contact: sip:xyz@abc.invalid;transport=ws",
        f"{OWN};a=\",{ELSEWHERE}\"",
        "Contact: *, <sip:xyz@abc.invalid;transport=ws>",
    ],
)
def test_a_phone_is_nowhere_but_at_the_end_of_its_own_connection(contact: str) -> None:
    # a second place would be believed by Asterisk: calls of the queue would go out to it
    start = "REGISTER sip:hotline.invalid SIP/2.0"
    register = sip(start, user="web-101", to="<sip:web-101@hotline.invalid>", body="")
    for message, line in ((register, STAFF), (sip(), GUEST)):
        with pytest.raises(SipRefused):
            admit(message.replace(OWN, contact), line)


@pytest.mark.parametrize(
    "contact",
    [
        "Contact: *",
        "Contact: <sip:u8q3dk1v@192ca1fe.invalid;transport=ws>;+sip.ice;reg-id=1;"
        '+sip.instance="<urn:uuid:8f1f0b1c-5d0c-4c8a-9f0e-0a3a8c0f5a11>";expires=60',
    ],
)
def test_the_contacts_that_our_pages_write_pass(contact: str) -> None:
    start = "REGISTER sip:hotline.invalid SIP/2.0"
    register = sip(start, user="web-101", to="<sip:web-101@hotline.invalid>", body="")
    assert contact in admit(register.replace(OWN, contact), STAFF).text


@pytest.mark.parametrize(
    "target",
    ["<sip:102@h?Replaces=abc%3Bto-tag%3D1%3Bfrom-tag%3D2>", "<tel:+79161234567>", "<sip:+79161234567@h>", "sip:102@h",
     "<sip:102@h>\r\nRefer-To: <sip:103@h>", "<sip:102@h;method=INVITE>", '"Anna" <sip:102@h>'],
)  # fmt: skip
def test_a_call_is_passed_on_to_a_name_alone(target: str) -> None:
    refer = sip("REFER sip:asterisk@h SIP/2.0", f"Refer-To: {target}", user="web-101", to=INSIDE, body="")
    with pytest.raises(SipRefused):
        admit(refer, STAFF)
