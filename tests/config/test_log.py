import io
import logging

import pytest

from ivr.log import mask, setup_logging


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


def test_a_line_carries_the_call_id_and_no_number() -> None:
    stream = io.StringIO()
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    try:
        setup_logging("INFO", stream)
        logging.getLogger("t").info("caller %s\r\nforged line", "89161234567")
    finally:
        root.handlers[:], root.level = before[0], before[1]
    assert "9161234567" not in stream.getvalue()
    assert "[-]" in stream.getvalue()
