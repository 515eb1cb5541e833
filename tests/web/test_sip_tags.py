"""What is inside a call, and what is a new one, is the same for us and for Asterisk."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.web.sip_text import Line, SipRefused, admit

from .test_sip_text import GUEST, STAFF, sip


def _asterisk_s_tag(value: str) -> str:
    """The tag that Asterisk sees in a To: what stands in a name or between "<" and ">" is none, of several the last one
    counts, and an empty one is none."""
    at, quoted = 0, False
    while at < len(value) and (quoted or value[at] != "<"):
        at += 1 if quoted and value[at] == "\\" else 0
        quoted ^= value[at : at + 1] == '"'
        at += 1
    behind = value[at:].partition(">")[2] if at < len(value) else value
    tag = ""
    for parameter in behind.partition(",")[0].split(";")[1:]:
        name, _, said = parameter.partition("=")
        if name.strip().lower() == "tag":
            tag = said.strip()
    return tag


_PIECES = (
    *(";tag=1", ";tag=", ";tag", ";TAG=2", "tag=3", ";", "; ", " ;", "=", ",", "?", " ", "\t", "\x00", "\\", '"'),
    *("<", ">", "<sip:hotline@h>", "<sip:hotline@h", "sip:hotline@h", '"Name" ', '";tag=1" ', "[", "]", "'", "a", "é"),
    *(":", ";a=b", ";lr", "@", "%3B", "\r\n ;tag=4", "\r\nt: <sip:hotline@h>;tag=5", "\r\nTo: <sip:hotline@h>;tag=6"),
)  # fmt: skip
_TO = st.one_of(
    st.lists(st.sampled_from(_PIECES), max_size=8).map("".join),
    st.builds("{}<sip:hotline@h{}>{}".format, *[st.lists(st.sampled_from(_PIECES), max_size=3).map("".join)] * 3),
    st.builds("{}<sip:hotline{}@h{}>{}".format, *[st.sampled_from(("", *some)) for some in (
        ("Name ", '"Name" ', '";tag=1" ', '"<sip:a@b>;tag=1" '), (";tag=1", "?", ":a"),
        (":5060", ";a=b", ";a", ";tag=1"),
        (";tag=1", ";tag=a.b-c~d", ";tag=", ";tag", ";TAG=1", ";tag=1;a=b", ";tag=1;tag="),
    )]),
)  # fmt: skip


@pytest.mark.parametrize("line", [GUEST, STAFF])
@given(to=_TO)
def test_nothing_without_a_tag_behind_its_address_is_inside_a_call(line: Line, to: str) -> None:
    # for Asterisk it would be a new call, of which nobody here has asked whether it may be placed
    message = sip(user=line.phone, to=to)
    try:
        opens = admit(message, line).opens
    except SipRefused:
        return
    assert opens is not bool(_asterisk_s_tag(to))


@pytest.mark.parametrize(
    "to",
    [
        '";tag=1" <sip:hotline@h>',
        "<sip:hotline@h;tag=1>",
        "<sip:hotline@h;TAG=1>",
        "<sip:hotline@h?a=;tag=1>",
        "<sip:hotline;tag=1@h>",
        "sip:hotline@h;tag=1",
        "<sip:hotline@h>;tag=",
        "<sip:hotline@h>;tag",
        "<sip:hotline@h>;tag=1;tag=",
        "<sip:hotline@h>;a=;tag=1",
        '<sip:hotline@h>;a=";tag=1"',
        "<sip:hotline@h> ;tag=1",
        "<sip:hotline@h>; tag=1",
        "<sip:hotline@h>;TAG=1",
        "<sip:hotline@h>, <sip:hotline@h>;tag=1",
        '"\\";tag=1" <sip:hotline@h>',
        '"a\\" <sip:x@h>;tag=1" <sip:hotline@h>',
        '<sip:hotline@h;a=">;tag=1">',
        "<sip:hotline@h;a=[>;tag=1]>",
        "<sip:hotline@h>\r\n ;tag=1",
        "<sip:hotline@h>\r\nt: <sip:hotline@h>;tag=1",
        "<tel:1>;tag=1",
    ],
)
def test_a_tag_that_asterisk_does_not_see_makes_no_call_go_on(to: str) -> None:
    elsewhere = sip("INVITE sip:*11@h SIP/2.0", to=to)
    with pytest.raises(SipRefused):
        admit(elsewhere, GUEST)
    with suppress(SipRefused):
        assert admit(sip(to=to), GUEST).opens


@pytest.mark.parametrize(
    "to",
    [
        "<sip:+79161234567@127.0.0.1>;tag=0f0c6a2e-1b4f-4a53-9b1f-5d2d8f1f9a10",
        "<sip:anonymous@anonymous.invalid>;tag=a",
        "<sip:127.0.0.1:8088>;tag=a",
        "<sip:*71@[::1]:5060;user=phone>;tag=a",
        "<sip:a%20b%22c@10.0.0.1;x-ast-orig-host=192ca1fe.invalid:0>;tag=as5b.c~1",
    ],
)
def test_whoever_asterisk_calls_for_he_can_be_answered_to(to: str) -> None:
    called = "<sip:bh2k1o0p@192ca1fe.invalid;transport=ws>;tag=abc"
    message = sip("BYE sip:127.0.0.1:8088;transport=ws SIP/2.0", to=to, body="")
    message = message.replace('"Visitor" <sip:web-guest@hotline.invalid>;tag=abc', called)
    assert not admit(message, STAFF).opens


@pytest.mark.parametrize("tag", ["", ";tag=", ";tag", ";tag=a;tag=b"])
def test_a_caller_without_a_tag_of_his_own_is_refused(tag: str) -> None:
    # his call could not be ended for him
    with pytest.raises(SipRefused):
        admit(sip().replace("@hotline.invalid>;tag=abc", f"@hotline.invalid>{tag}"), GUEST)
