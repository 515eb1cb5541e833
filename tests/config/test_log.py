import io
import logging
import unicodedata
from collections.abc import Iterator

import pytest

from ivr.log import call_id, mask, setup_logging


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("caller +79161234567 rings", "79161234567"),
        ("snils 112-233-445 95", "112-233-445"),
        ("passport 4509 123456", "123456"),
        ("card 4111 1111 1111 1111", "1111 1111"),
        ("inn=500100732259", "5001007322"),
        ("<sip:89161234567@h> said 89161234567.", "8916123"),
        ("x89161234567y", "8916123"),
    ],
)
def test_long_numbers_are_masked(text: str, hidden: str) -> None:
    assert hidden not in mask(text)


def test_addresses_ports_and_times_stay_readable() -> None:
    line = "2026-11-23 12:00:01 call 1732363200x15 listening on 127.0.0.1:5060, as if 2026-11-24T06:30:00+00:00"
    assert mask(line) == line


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    found = io.StringIO()
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    try:
        setup_logging("INFO", found)
        yield found
    finally:
        root.handlers[:], root.level = before[0], before[1]


def test_a_line_carries_the_call_id_and_no_number(stream: io.StringIO) -> None:
    logging.getLogger("t").info("caller %s", "89161234567")
    assert "9161234567" not in stream.getvalue()
    assert "[-]" in stream.getvalue()


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\v", "\f", "\x1c", "\x85", "\u2028"])
def test_a_text_from_outside_begins_no_line(stream: io.StringIO, end: str) -> None:
    token = call_id.set(f"1{end}forged")
    try:
        logging.getLogger("t").info("caller %s rings", f"a{end}forged")
    finally:
        call_id.reset(token)
    assert len(stream.getvalue().splitlines()) == 1
    assert stream.getvalue().endswith("rings\n")


def test_an_exception_keeps_its_lines_and_brings_no_control_signs(stream: io.StringIO) -> None:
    try:
        raise ValueError("\x1b[2J\0\u202eforged\x9b")
    except ValueError:
        logging.getLogger("t").exception("broken \x1b[2J")
    told = stream.getvalue()
    assert "Traceback" in told and len(told.splitlines()) > 3
    assert not [sign for sign in told if unicodedata.category(sign) in ("Cc", "Cf") and sign not in "\n\t"]
    assert "\\x1b[2J\\x00\\u202eforged\\x9b" in told


def test_no_line_of_an_exception_begins_as_an_event_does(stream: io.StringIO) -> None:
    forged = "2026-01-01 00:00:00,000 I ivr [1x1] all is well"
    try:
        raise ValueError(f"bad\n{forged}")
    except ValueError:
        logging.getLogger("x").exception("it failed")
    first, *rest = stream.getvalue().splitlines()
    assert "it failed" in first and rest and all(line.startswith("  ") for line in rest)
