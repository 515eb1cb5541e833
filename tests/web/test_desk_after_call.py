"""After a call the operator is rung no more until its conversation is closed, and then he is."""

from dataclasses import replace
from typing import Any

import pytest

from ivr.testing import NOON

from .conftest import Serve
from .desk_room import CALL, Room, begun, desk
from .running import Browser, Running


@pytest.fixture
def room() -> Room:
    return Room()


async def test_who_still_writes_is_not_rung_until_the_conversation_is_closed(serve: Serve, room: Room) -> None:
    _, (browser,) = await desk(serve, room, "101")
    await browser.ask("POST", "/api/desk/state", {"action": "log_in"})
    contact = await begun(room, browser)
    await room.after.look(room.states(NOON))
    room.say("AgentComplete", queue="common", uniqueid=CALL)
    await room.after.look(room.states(NOON))
    assert [each.reason for each in room.switchboard.members] == ["after_call"]
    room.paused("101", "after_call")
    written = {"version": contact["version"], "purpose": "вход", "solved": "yes", "protocol_said": True}
    _, contact = await browser.ask("PUT", "/api/desk/contacts/100x1", written)
    assert contact["talked_until"]
    status, _ = await browser.ask("POST", "/api/desk/contacts/100x1/close", {"version": contact["version"]})
    assert status == 200
    assert [each.paused for each in room.switchboard.members] == [False]


async def test_a_pause_that_was_chosen_goes_on_after_closing(serve: Serve, room: Room) -> None:
    _, (browser,) = await desk(serve, room, "101")
    await browser.ask("POST", "/api/desk/state", {"action": "log_in"})
    contact = await begun(room, browser)
    await browser.ask("POST", "/api/desk/state", {"action": "pause", "reason": "lunch"})
    room.paused("101", "lunch")
    written = {"version": contact["version"], "purpose": "вход", "solved": "yes", "protocol_said": True}
    _, contact = await browser.ask("PUT", "/api/desk/contacts/100x1", written)
    await browser.ask("POST", "/api/desk/contacts/100x1/close", {"version": contact["version"]})
    assert [each.reason for each in room.switchboard.members] == ["lunch"]


async def test_a_talk_that_ended_while_no_controller_looked_has_its_work_afterwards(serve: Serve, room: Room) -> None:
    _, (browser,) = await desk(serve, room, "101")
    await browser.ask("POST", "/api/desk/state", {"action": "log_in"})
    await begun(room, browser)
    # another controller has taken over; with whom he talks, it does not know yet
    room.after = room.afresh()
    room.live.talks.clear()
    room.in_call("101")
    await room.after.look(room.states(NOON))
    assert [each.reason for each in room.switchboard.members] == [""]
    room.member("101")
    await room.after.look(room.states(NOON))
    assert [each.reason for each in room.switchboard.members] == ["after_call"]


async def test_an_end_that_asterisk_did_not_hear_of_is_noted_at_the_next_look(serve: Serve, room: Room) -> None:
    _, (browser,) = await desk(serve, room, "101")
    await browser.ask("POST", "/api/desk/state", {"action": "log_in"})
    await begun(room, browser)
    await room.after.look(room.states(NOON))
    room.say("AgentComplete", queue="common", uniqueid=CALL)
    room.switchboard.away = True
    await room.after.look(room.states(NOON))
    room.switchboard.away = False
    assert [each.reason for each in room.switchboard.members] == [""]
    await room.after.look(room.states(NOON))
    assert [each.reason for each in room.switchboard.members] == ["after_call"]


async def resting(serve: Serve, room: Room) -> tuple[Running, Browser, dict[str, Any]]:
    """101 has talked, and is paused until he has closed the conversation: what he needs for that is written down."""
    running, (browser,) = await desk(serve, room, "101")
    await browser.ask("POST", "/api/desk/state", {"action": "log_in"})
    contact = await begun(room, browser)
    await room.after.look(room.states(NOON))
    room.say("AgentComplete", queue="common", uniqueid=CALL)
    await room.after.look(room.states(NOON))
    room.paused("101", "after_call")
    written = {"version": contact["version"], "purpose": "вход", "solved": "yes", "protocol_said": True}
    _, contact = await browser.ask("PUT", "/api/desk/contacts/100x1", written)
    return running, browser, contact


async def test_closing_ends_the_pause_whatever_he_is_shown_to_do(serve: Serve, room: Room) -> None:
    _, browser, contact = await resting(serve, room)
    # his phone is busy with something else
    room.say("QueueMemberStatus", queue="common", interface="PJSIP/web-101", membername="op-101", status="2",
             paused="1", pausedreason="after_call")  # fmt: skip
    assert room.states(NOON)["101"].state == "busy"
    await browser.ask("POST", "/api/desk/contacts/100x1/close", {"version": contact["version"]})
    assert [each.paused for each in room.switchboard.members] == [False]


async def test_a_pause_whose_end_asterisk_did_not_hear_of_is_ended_at_a_later_look(serve: Serve, room: Room) -> None:
    running, browser, contact = await resting(serve, room)
    room.switchboard.away = True
    status, _ = await browser.ask("POST", "/api/desk/contacts/100x1/close", {"version": contact["version"]})
    assert status == 200
    room.switchboard.away = False
    running.clock.pass_(3)
    await room.after.look(room.states(NOON))
    assert [each.paused for each in room.switchboard.members] == [False]


async def test_a_pause_whose_conversation_was_closed_unheard_is_ended_and_one_still_written_is_not(
    serve: Serve, room: Room
) -> None:
    running, _, _ = await resting(serve, room)
    running.clock.pass_(60)
    await room.after.look(room.states(NOON))
    assert [each.reason for each in room.switchboard.members] == ["after_call"]
    contact = await running.storage.contacts.get("100x1", "101")
    assert contact is not None
    await running.storage.contacts.save(replace(contact, closed_at=NOON, version=contact.version + 1))
    running.clock.pass_(5)
    await room.after.look(room.states(NOON))
    assert [each.reason for each in room.switchboard.members] == ["after_call"]
    running.clock.pass_(5)
    await room.after.look(room.states(NOON))
    assert [each.paused for each in room.switchboard.members] == [False]


@pytest.mark.parametrize("chosen", ["lunch", "after_call"])
async def test_a_pause_that_he_chose_later_is_not_ended(serve: Serve, room: Room, chosen: str) -> None:
    running, browser, contact = await resting(serve, room)
    await browser.ask("POST", "/api/desk/contacts/100x1/close", {"version": contact["version"]})
    room.say("QueueMemberPause", queue="common", interface="PJSIP/web-101", membername="op-101", status="1", paused="0")
    running.clock.pass_(5)
    await room.after.look(room.states(NOON))
    await browser.ask("POST", "/api/desk/state", {"action": "pause", "reason": chosen})
    room.paused("101", chosen)
    running.clock.pass_(60)
    await room.after.look(room.states(NOON))
    assert [each.reason for each in room.switchboard.members] == [chosen]


async def test_a_conversation_closed_while_he_is_being_paused_leaves_him_free(
    serve: Serve, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    running, (browser,) = await desk(serve, room, "101")
    await browser.ask("POST", "/api/desk/state", {"action": "log_in"})
    await begun(room, browser)
    await room.after.look(room.states(NOON))
    pause = room.switchboard.pause

    async def meanwhile(operator: str, reason: str) -> bool:
        contact = await running.storage.contacts.get("100x1", "101")
        assert contact is not None
        await running.storage.contacts.save(replace(contact, closed_at=NOON, version=contact.version + 1))
        return await pause(operator, reason)

    monkeypatch.setattr(room.switchboard, "pause", meanwhile)
    room.say("AgentComplete", queue="common", uniqueid=CALL)
    await room.after.look(room.states(NOON))
    assert [each.paused for each in room.switchboard.members] == [False]


async def test_a_pause_that_another_controller_made_is_ended_too(serve: Serve, room: Room) -> None:
    running, _, _ = await resting(serve, room)
    room.after = room.afresh()
    await room.after.look(room.states(NOON))
    contact = await running.storage.contacts.get("100x1", "101")
    assert contact is not None
    await running.storage.contacts.save(replace(contact, closed_at=NOON, version=contact.version + 1))
    running.clock.pass_(10)
    await room.after.look(room.states(NOON))
    assert [each.paused for each in room.switchboard.members] == [False]
