"""Conversations written down, on both databases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ivr.domain.contacts import Contact
from ivr.storage.store import Storage

AT = datetime(2026, 11, 25, 9, tzinfo=UTC)


def contact(call: str = "1x1", operator: str = "101", ticket: str = "12345674") -> Contact:
    return Contact(call, operator, ticket, "signin", "ru", AT)


async def test_what_is_written_comes_back_as_it_was(storage: Storage) -> None:
    full = replace(
        contact(), purpose="не может войти", clarified=(("Caps Lock?", "no"),), solved="no", protocol_said=True,
        forms={"payment": {"inn": "***93"}}, passed_to="technical", note="срочно", version=2,
    )  # fmt: skip
    await storage.contacts.begin(contact())
    assert await storage.contacts.save(full)
    assert await storage.contacts.get("1x1", "101") == full


async def test_begun_twice_the_first_one_stays(storage: Storage) -> None:
    await storage.contacts.begin(contact())
    await storage.contacts.save(replace(contact(), purpose="вход", version=2))
    assert (await storage.contacts.begin(contact())).purpose == "вход"


async def test_the_end_of_the_call_is_kept_once_and_disturbs_nobody_who_writes(storage: Storage) -> None:
    await storage.contacts.begin(contact())
    await storage.contacts.talked("1x1", "101", AT)
    await storage.contacts.talked("1x1", "101", AT + timedelta(minutes=5))
    await storage.contacts.talked("9x9", "101", AT)
    assert await storage.contacts.save(replace(contact(), note="a", version=2))
    stored = await storage.contacts.get("1x1", "101")
    assert stored is not None and (stored.note, stored.talked_until) == ("a", AT)


async def test_of_two_who_write_at_once_one_is_told(storage: Storage) -> None:
    await storage.contacts.begin(contact())
    assert await storage.contacts.save(replace(contact(), note="a", version=2))
    assert not await storage.contacts.save(replace(contact(), note="b", version=2))
    stored = await storage.contacts.get("1x1", "101")
    assert stored is not None and stored.note == "a"


async def test_they_are_found_by_call_and_operator(storage: Storage) -> None:
    second = replace(contact(operator="102"), began_at=AT + timedelta(minutes=5))
    await storage.contacts.begin(second)
    await storage.contacts.begin(contact())
    await storage.contacts.begin(contact("2x2", ticket=""))
    assert [c.operator for c in await storage.contacts.of_calls(["1x1", "9x9"])] == ["101", "102"]
    assert await storage.contacts.of_calls([]) == []
    assert [c.call_id for c in await storage.contacts.of_operator("102", 5)] == ["1x1"]
