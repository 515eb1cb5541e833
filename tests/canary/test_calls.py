"""The canary: numbers of documents that nobody has are keyed in by real callers; nowhere may any of them be found."""

import asyncio

import pytest

from ivr.pbx.paths import InstancePaths
from tests.canary.conftest import Cage
from tests.canary.documents import DOCUMENTS
from tests.canary.sinks import (
    keyed,
    manager_rights,
    search_commands,
    search_events,
    search_files,
    search_web,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_number_keyed_into_the_menus_and_the_ticket_prompt_is_nowhere(cage: Cage) -> None:
    async def into_menu(number: str) -> None:
        caller = await cage.caller().calls()
        await caller.hears("say/hello")
        await caller.press(number)
        await asyncio.sleep(0.5)
        await caller.hangup()

    async def into_ticket_prompt(number: str) -> None:
        caller = await cage.caller().calls()
        await caller.hears("say/hello")
        await caller.press("1")
        await caller.hears("say/welcome")
        await caller.press("5")
        await caller.hears("item/applications")
        await caller.press("2")
        await caller.hears("status/enter-number")
        await caller.press(number)
        await asyncio.sleep(0.5)
        await caller.hangup()

    async with asyncio.TaskGroup() as group:
        for document in DOCUMENTS:
            group.create_task(into_menu(document.digits))
            group.create_task(into_ticket_prompt(document.digits))


async def test_zz_nothing_of_it_is_found_anywhere(cage: Cage) -> None:
    await asyncio.sleep(1)
    heard = keyed(cage.tap.events).values()
    for document in DOCUMENTS:
        assert any(document.digits in keys for keys in heard), f"the canary was not fed with {document}"
    found = search_files(cage.line) | search_events(cage.tap.events)
    found |= await search_commands(cage.line) | await search_web(cage.line)
    assert not found, "\n".join(sorted(map(str, found)))


async def test_no_manager_user_of_ours_may_hear_of_keys(cage: Cage) -> None:
    rights = manager_rights((InstancePaths.under(cage.line.state).etc / "manager.conf").read_text())
    assert rights.keys() == {"controller", "recorder", "dispatcher"}
    for classes in rights.values():
        assert not {"all", "dtmf", "dialplan", "agi", "verbose"} & {each.strip() for each in classes.split(",")}
