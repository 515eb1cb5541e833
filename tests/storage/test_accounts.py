"""Accounts and sessions, on both databases."""

from dataclasses import replace
from datetime import timedelta

from ivr.domain.accounts import Account
from ivr.services.accounts import Session
from ivr.storage.store import Storage
from ivr.testing import NOON

ANNA = Account("anna", "Анна", frozenset({"operator", "supervisor"}), NOON, "101", "hash", "en", "dark")
BORIS = Account("boris", "Борис", frozenset({"citizen"}), NOON, demo=True)
HOUR = timedelta(hours=1)


def _session(id: str, login: str = "anna", seen_ago: timedelta = HOUR) -> Session:
    return Session(id, login, NOON - HOUR, NOON - seen_ago, NOON + HOUR)


async def test_an_account_comes_back_as_it_was_kept(storage: Storage) -> None:
    accounts = storage.accounts
    assert await accounts.add(ANNA) and await accounts.add(BORIS)
    assert not await accounts.add(replace(ANNA, name="another"))
    assert await accounts.get("anna") == ANNA
    assert list(await accounts.list()) == [ANNA, BORIS]
    changed = replace(ANNA, roles=frozenset({"administrator"}), disabled=True, theme="auto")
    assert await accounts.save(changed, ("roles", "disabled", "theme"))
    assert await accounts.get("anna") == changed
    assert not await accounts.save(replace(ANNA, login="nobody"), ("name",))
    assert await accounts.count() == 2


async def test_of_two_changes_at_once_neither_takes_the_other_back(storage: Storage) -> None:
    accounts = storage.accounts
    await accounts.add(ANNA)
    assert await accounts.save(replace(ANNA, password="new", disabled=True), ("password", "disabled"))
    assert await accounts.save(replace(ANNA, theme="dark"), ("theme",))
    found = await accounts.get("anna")
    assert found == replace(ANNA, password="new", disabled=True, theme="dark")


async def test_a_password_can_be_changed_only_from_the_one_that_was_known(storage: Storage) -> None:
    accounts = storage.accounts
    await accounts.add(ANNA)
    assert not await accounts.save(replace(ANNA, password="old anew"), ("password",), instead_of="older")
    assert await accounts.get("anna") == ANNA
    assert await accounts.save(replace(ANNA, password="new"), ("password",), instead_of=ANNA.password)
    assert await accounts.get("anna") == replace(ANNA, password="new")


async def test_an_account_goes_with_its_sessions(storage: Storage) -> None:
    await storage.accounts.add(ANNA)
    await storage.sessions.add(_session("1"))
    assert await storage.accounts.remove("anna")
    assert not await storage.accounts.remove("anna")
    assert await storage.sessions.find("1") is None


async def test_sessions_are_found_seen_ended_and_swept(storage: Storage) -> None:
    await storage.accounts.add(ANNA)
    await storage.accounts.add(BORIS)
    for id in ("1", "2", "3"):
        await storage.sessions.add(_session(id))
    await storage.sessions.add(_session("4", "boris", 3 * HOUR))
    assert await storage.sessions.find("1") == (_session("1"), ANNA)
    assert await storage.sessions.find("9") is None
    await storage.sessions.seen("1", NOON)
    found = await storage.sessions.find("1")
    assert found is not None and found[0].seen_at == NOON
    await storage.sessions.end("2")
    await storage.sessions.end_all("anna", but="1")
    assert [bool(await storage.sessions.find(id)) for id in "1234"] == [True, False, False, True]
    assert await storage.sessions.sweep(NOON, NOON - 2 * HOUR) == 1
    assert await storage.sessions.sweep(NOON + HOUR, NOON - 2 * HOUR) == 1
