"""What is said of a second controller that did not work; none is started here."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.chaos.case import Result, Strike
from tests.chaos.faults import twins
from tests.chaos.world import World


@pytest.fixture
def beside(monkeypatch: pytest.MonkeyPatch) -> Any:
    async def judge(ended: int | None, words: str, *, ready: bool) -> Result:
        async def second(world: World, more: dict[str, str], seconds: float, port: int = 0) -> twins.Second:
            assert port == int(more["IVR_WEB_PORT"])
            return twins.Second(ended, words, ready)

        monkeypatch.setattr(twins, "_second", second)
        result = Result("controller-beside")
        await twins.controller_beside(cast(World, SimpleNamespace()), Strike(1, cast(Any, None), result))
        return result

    return judge


async def test_a_second_controller_that_dies_at_once_is_a_fault(beside: Any) -> None:
    (fault,) = (await beside(1, "no such port", ready=False)).faults
    assert fault == "the second controller ended by itself (1), so nothing was tried: no such port"
    assert len((await beside(0, "", ready=True)).faults) == 1


async def test_a_second_controller_that_never_takes_calls_is_a_fault(beside: Any) -> None:
    (fault,) = (await beside(None, "waiting for the database", ready=False)).faults
    assert fault == "the second controller was never ready, so nothing was tried: waiting for the database"


async def test_a_second_controller_that_works_beside_the_first_is_none(beside: Any) -> None:
    assert (await beside(None, "", ready=True)).faults == []
