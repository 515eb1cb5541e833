"""The AGI protocol: nothing that arrives can break the parser, nothing that is sent can break out of its line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.agi import protocol
from ivr.agi.protocol import AgiError, Kind


@given(st.binary(max_size=400))
def test_no_bytes_break_the_parsers(raw: bytes) -> None:
    assert isinstance(protocol.parse_reply(raw).kind, Kind)
    assert all(name.startswith("agi_") for name in protocol.parse_header(raw))


@given(st.from_regex(rb"200 result=-?[0-9*#A-D]{0,3} ?(\((timeout|hangup)?\))?\r?\n?", fullmatch=True))
def test_the_short_way_through_usual_replies_says_the_same(raw: bytes) -> None:
    assert protocol.parse_reply(raw) == protocol.parse_any_reply(raw)


@given(st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=("Cs",))))
def test_quoting_round_trips(value: str) -> None:
    quoted = protocol.quote(value)
    assert protocol.unquote(quoted) == value


@pytest.mark.parametrize("bad", ["a\nb", "a\rb", "a\0b"])
def test_line_breaks_are_refused(bad: str) -> None:
    with pytest.raises(AgiError):
        protocol.command("SET VARIABLE", "X", bad)


@pytest.mark.parametrize(
    ("line", "kind", "result", "data"),
    [
        (b"200 result=12 (timeout)\n", Kind.OK, "12", "timeout"),
        (b"200 result= (timeout)\n", Kind.OK, "", "timeout"),
        (b"200 result=\n", Kind.OK, "", ""),
        (b"200 result=*\n", Kind.OK, "*", ""),
        (b"200 result=1 (a (b) c)\n", Kind.OK, "1", "a (b) c"),
        (b"200 result=-1\n", Kind.FAILED, "", ""),
        (b"HANGUP\n", Kind.HANGUP, "", ""),
        (b"511 Command Not Permitted on a dead channel\n", Kind.HANGUP, "", ""),
        (b"510 Invalid or unknown command\n", Kind.REFUSED, "", ""),
        (b"520-Invalid command syntax.  Proper usage follows:\n", Kind.REFUSED, "", ""),
        (b"hello\n", Kind.GARBAGE, "", ""),
    ],
)
def test_replies_are_told_apart(line: bytes, kind: Kind, result: str, data: str) -> None:
    reply = protocol.parse_reply(line)
    assert (reply.kind, reply.result, reply.data) == (kind, result, data)


@pytest.mark.parametrize("key", ["../x", "a&b", "a b", "a|b", "", "a\n"])
def test_a_key_that_is_none_is_refused(key: str) -> None:
    with pytest.raises(AgiError):
        protocol.sound_files([key or "x/../y"])
