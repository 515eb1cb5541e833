"""A recorded day of a real Asterisk (see `tests.telephony.live_day`): its events, its snapshots, its queue_log."""

import gzip
import json
import random
from collections import Counter
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from ivr.domain.live import LiveQueues
from ivr.domain.live_snapshot import differences, read_snapshot, seed
from ivr.domain.log_fold import LogFold
from ivr.domain.queue_counts import total
from ivr.domain.queue_log import parse_line
from tests.domain.log_count import FIELDS, counted_otherwise

FILE = Path(__file__).parents[1] / "data" / "live_day.json.gz"


@cache
def day() -> tuple[list[list[Any]], list[str]]:
    """What was told, and the lines of the queue_log."""
    recorded = json.loads(gzip.decompress(FILE.read_bytes()))
    return recorded["told"], recorded["queue_log"]


def events(kind: str) -> int:
    return sum(what == "event" and data[0]["event"].lower() == kind for what, *data in day()[0])


def test_the_recording_is_small_and_has_a_whole_day_in_it() -> None:
    assert FILE.stat().st_size < 300_000
    kinds = Counter(data[0]["event"].lower() for what, *data in day()[0] if what == "event")
    for kind in (
        "queuecallerjoin", "queuecallerleave", "queuecallerabandon", "agentconnect", "agentcomplete",
        "agentringnoanswer", "queuememberadded", "queuememberpause", "queuememberremoved", "hangup",
    ):  # fmt: skip
        assert kinds[kind] > 0, kind
    # the link was lost at least once: Asterisk died and came back
    assert sum(what == "snapshot" for what, *_ in day()[0]) >= 3


@pytest.mark.parametrize("lost", [None, *range(8)])
def test_the_events_lead_to_what_asterisk_says_at_every_snapshot(lost: int | None) -> None:
    """`lost`: with some events left out by chance, what follows the next snapshot is right again."""
    told = day()[0]
    chance = random.Random(lost)
    live: LiveQueues | None = None
    broken = False
    last = max(n for n, (what, *_) in enumerate(told) if what == "snapshot")
    before = max(n for n, (what, *_) in enumerate(told[:last]) if what == "snapshot")
    for number, (what, *data) in enumerate(told):
        if what == "snapshot":
            at = datetime.fromtimestamp(data[0], UTC)
            snapshot = read_snapshot(data[1], at)
            # after a restart the link comes with a snapshot: there is nothing that events could have told
            if live is not None and number == last and not broken:
                assert differences(live, snapshot) == ()
            live, broken = live or LiveQueues(), False
            seed(live, snapshot)
        elif live is not None:
            if lost is not None and number < before and chance.random() < 0.2:
                continue
            live.apply(data[0], datetime.now(UTC))
    assert live is not None and live.callers == {} and live.talks == {}


def test_counts_of_the_log_agree_with_another_count_and_with_the_events() -> None:
    lines = day()[1]
    fold = LogFold(lambda queue: "Europe/Moscow", lambda queue: 20)
    found = fold.feed(entry for line in lines if (entry := parse_line(line)) is not None)
    every: Counter[str] = Counter()
    for queue, wanted in counted_otherwise("\n".join(lines)).items():
        mine = total(counts for (kind, name, _), counts in found.items() if (kind, name) == ("queue", queue))
        assert {field: mine.get(field, 0) for field in FIELDS} == {field: wanted[field] for field in FIELDS}, queue
        every.update(wanted)
    # the recorder listened all the while, but for the moments in which Asterisk was dead
    assert every["entered"] == events("queuecallerjoin")
    assert every["answered"] == events("agentconnect")
    assert every["missed"] == events("agentringnoanswer")
    # Asterisk calls every one abandoned who leaves without an operator, but for the key
    gone = every["abandoned"] + every["timed_out"] + every["emptied"] + every["withdrawn"]
    assert gone == events("queuecallerabandon")
