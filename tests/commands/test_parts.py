"""A hotline's state folder is held part by part."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.commands._hotline import PARTS, Hotline, lock_holder
from ivr.commands._words import Words
from ivr.config import Config
from ivr.errors import PbxError


def hotline(state: Path, *parts: str) -> Hotline:
    return Hotline(replace(Config(), state_dir=state), Words(), 0, parts=parts)


@pytest.mark.parametrize("part", PARTS)
def test_who_runs_a_part_alone_holds_the_folder(tmp_path: Path, part: str) -> None:
    with hotline(tmp_path, part).locked():
        assert lock_holder(tmp_path) == str(os.getpid())
    assert lock_holder(tmp_path) == ""


@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_runs_is_not_run_a_second_time_and_the_other_one_may_be(tmp_path: Path, part: str) -> None:
    [other] = set(PARTS) - {part}
    with hotline(tmp_path, part).locked():
        with hotline(tmp_path, other).locked():
            assert (tmp_path.stat().st_mode & 0o777) == 0o700
        for both in ((part,), PARTS):
            with pytest.raises(PbxError, match="a hotline runs here already"), hotline(tmp_path, *both).locked():
                pass
