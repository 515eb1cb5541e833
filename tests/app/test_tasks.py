"""Steps that are done again and again."""

import pytest

from ivr.tasks import each


async def test_a_step_that_fails_keeps_back_none_behind_it(caplog: pytest.LogCaptureFixture) -> None:
    done = []

    async def good() -> None:
        done.append("good")

    async def bad() -> None:
        raise OSError("no space left")

    await each({"announcements": bad, "wishes": good, "log files": bad, "numbering plan": good})
    assert done == ["good", "good"]
    assert "announcements failed" in caplog.text and "log files failed" in caplog.text
