"""After the other calls of this suite: what was counted is what the queue_log says, counted in another way."""

import os
from collections import Counter
from pathlib import Path

import pytest

from tests.domain.log_count import FIELDS, counted_otherwise
from tests.telephony.conftest import Line
from tests.telephony.counted import until_counted
from tests.telephony.live_day import Day, queue_log, recorder

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_counts_equal_an_independent_count_of_the_queue_log(line: Line) -> None:
    phones = line.network.phones
    async with recorder(line) as told:
        day = Day(line, told, 1)
        for phone in phones.values():
            await phone.behave("answer")
            await phone.code("*11")
        await day.talked("101")
        for phone in phones.values():
            await phone.code("*13")
        await day.gave_up(7, 1)
        await day.asked_back()
        await day.timed_out()
        for phone in phones.values():
            await phone.code("*14")
        await day.rush(40)
        await day.killed(phones["101"])
        await day.talked("101")
        for phone in phones.values():
            await phone.code("*12")
        await told.snapshot()
    found = await until_counted(line)
    wanted = counted_otherwise(queue_log(line))
    for queue, counts in wanted.items():
        assert {name: found[queue][name] for name in FIELDS} == {name: counts[name] for name in FIELDS}, queue
    total = sum(wanted.values(), Counter())
    for field in ("answered", "abandoned", "short", "keyed", "timed_out", "missed", "lost"):
        assert total[field] > 0, f"nothing to compare: {field}"
    if os.environ.get("IVR_RECORD_DAY"):
        told.save(Path(os.environ["IVR_RECORD_DAY"]), queue_log(line))
