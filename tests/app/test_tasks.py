"""Steps that are done again and again."""

import pytest

from ivr.errors import StorageError
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


async def test_what_is_known_to_happen_is_told_without_a_traceback(caplog: pytest.LogCaptureFixture) -> None:
    async def away() -> None:
        raise StorageError("the database is away")

    await each({"forgetting sessions": away})
    (told,) = caplog.records
    assert (told.levelname, told.exc_info) == ("WARNING", None)
    assert told.getMessage() == "forgetting sessions failed: the database is away; it is tried again"
