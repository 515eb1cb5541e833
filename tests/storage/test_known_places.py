"""What is kept for a number: the caller's own word stands above a card."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from ivr.datafiles import read_data
from ivr.domain.regions import load_regions
from ivr.domain.whereabouts import KnownPlace
from ivr.services.caller_place import CallerPlace
from ivr.services.whereabouts import Locators, Whereabouts
from ivr.storage.store import Storage, open_storage
from ivr.testing import FixedClock

NUMBER = "+79161234567"
AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
CHOSEN = KnownPlace("25", "chosen", AT)
CARD = KnownPlace("77", "card", AT + timedelta(days=1))


async def test_a_choice_is_kept_and_forgotten(storage: Storage) -> None:
    assert await storage.places.get(NUMBER) is None
    await storage.places.keep(NUMBER, CHOSEN)
    assert await storage.places.get(NUMBER) == CHOSEN
    assert await storage.places.get("+79161234568") is None
    assert await storage.places.forget(NUMBER)
    assert not await storage.places.forget(NUMBER)
    assert await storage.places.get(NUMBER) is None


async def test_a_card_never_replaces_the_callers_choice(storage: Storage) -> None:
    await storage.places.keep(NUMBER, CHOSEN)
    await storage.places.keep(NUMBER, CARD)
    assert await storage.places.get(NUMBER) == CHOSEN


async def test_a_choice_replaces_a_card_and_an_older_choice(storage: Storage) -> None:
    await storage.places.keep(NUMBER, CARD)
    await storage.places.keep(NUMBER, CHOSEN)
    assert await storage.places.get(NUMBER) == CHOSEN
    later = KnownPlace("41", "chosen", AT + timedelta(days=2))
    await storage.places.keep(NUMBER, later)
    assert await storage.places.get(NUMBER) == later


async def test_a_card_replaces_a_card(storage: Storage) -> None:
    await storage.places.keep(NUMBER, CARD)
    newer = KnownPlace("16", "card", AT + timedelta(days=3))
    await storage.places.keep(NUMBER, newer)
    assert await storage.places.get(NUMBER) == newer


async def test_a_card_can_be_written_after_the_choice_was_forgotten(storage: Storage) -> None:
    await storage.places.keep(NUMBER, CHOSEN)
    await storage.places.forget(NUMBER)
    await storage.places.keep(NUMBER, CARD)
    assert await storage.places.get(NUMBER) == CARD


@pytest.mark.parametrize("damage", ["at = 'yesterday'", "at = 7", "confidence = 'sure'", "region = '00'"])
async def test_a_damaged_row_counts_as_none_and_can_be_forgotten(
    sqlite_url: str, caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    async with open_storage(sqlite_url, 30) as storage:
        await storage.places.keep(NUMBER, CHOSEN)
        await storage.database.write(lambda c: c.execute(text(f"UPDATE known_places SET {damage}")))
        locators = Locators(load_regions(read_data("regions.csv", None)), lambda: None, "77")
        whereabouts = Whereabouts(storage.places, locators)
        place = await whereabouts.of(NUMBER)
        assert place.confidence == "none"
        assert NUMBER not in caplog.text
        caller = CallerPlace(whereabouts, FixedClock(), FixedClock(), NUMBER, place)
        assert (await caller.forget()).ok
        assert await storage.places.get(NUMBER) is None
        await storage.places.keep(NUMBER, CHOSEN)
        assert await storage.places.get(NUMBER) == CHOSEN
