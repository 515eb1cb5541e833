"""Times of the command line: one clear line for what is none, whichever command asks."""

import pytest

from ivr.cli import main


@pytest.mark.parametrize(
    "argv",
    [
        ("tickets", "overdue", "--at"),
        ("callbacks", "stats", "--since"),
        ("callbacks", "check-order", "--since"),
        ("route", "84232201234", "--at"),
    ],
)
@pytest.mark.parametrize("text", ["0001-01-01T00:00+14:00", "9999-12-31T23:59-14:00", "2026-11-25T09:00", "noon"])
def test_no_moment_is_refused_in_one_line(
    argv: tuple[str, ...], text: str, capsys: pytest.CaptureFixture[str], tmp_path: object
) -> None:
    assert main(["--state-dir", str(tmp_path), *argv, text]) == 2
    told = capsys.readouterr().err
    assert argv[-1] in told and "Traceback" not in told
