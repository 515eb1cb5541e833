"""What is kept for a number: the caller's own word stands above a card."""

from datetime import UTC, datetime, timedelta

from ivr.domain.whereabouts import KnownPlace
from ivr.storage.store import Storage

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
