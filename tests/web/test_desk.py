"""The operator's desk over HTTP: the card, the conversation, and that nobody sees another's call."""

import json

import pytest

from ivr.testing import NOON

from .conftest import Serve
from .desk_room import CALL, CALLER, Room, begun, desk


@pytest.fixture
def room() -> Room:
    return Room()


async def test_the_card_says_who_calls_from_where_and_what_he_went_through(serve: Serve, room: Room) -> None:
    _, (browser,) = await desk(serve, room, "101")
    call = room.call()
    room.ring("101")
    status, card = await browser.ask("GET", f"/api/desk/card/{call}")
    assert status == 200
    assert (card["number"], card["region"], card["zone"]) == ("4567", "Камчатский край", "Asia/Kamchatka")
    assert [(each["step"], each["words"]) for each in card["path"]] == [
        ("greeting", ""), ("menu/signin", "Не получается войти"), ("sms", ""),
    ]  # fmt: skip
    assert card["told"]["position"] == 3
    assert card["mobile"] is True
    assert CALLER not in json.dumps(card)


async def test_earlier_calls_come_with_what_was_written_down(serve: Serve, room: Room) -> None:
    running, (browser,) = await desk(serve, room, "101")
    contact = await begun(room, browser)
    written = {"version": contact["version"], "purpose": "не может войти", "note": "СНИЛС 112-233-445 95"}
    await browser.ask("PUT", "/api/desk/contacts/100x1", written)
    assert await running.storage.journal.flush(30)
    second = room.call("100.2")
    room.ring("101", "100.2")
    _, card = await browser.ask("GET", f"/api/desk/card/{second}")
    (earlier,) = card["earlier"]
    assert earlier["call_id"] == "100x1"
    assert earlier["contacts"][0]["purpose"] == "не может войти"
    assert "445" not in earlier["contacts"][0]["note"]


async def test_nobody_sees_a_call_that_is_not_his(serve: Serve, room: Room) -> None:
    _, (first, second) = await desk(serve, room, "101", "102")
    call = room.call()
    room.ring("101")
    assert (await first.ask("GET", f"/api/desk/card/{call}"))[0] == 200
    for method, path, body in (
        ("GET", f"/api/desk/card/{call}", None),
        ("POST", "/api/desk/contacts", {"call_id": call}),
        ("PUT", f"/api/desk/contacts/{call}", {"version": 1, "note": "x"}),
        ("POST", f"/api/desk/contacts/{call}/close", {"version": 1}),
        ("POST", f"/api/desk/contacts/{call}/sms", {"template": "signin-password"}),
    ):
        assert (await second.ask(method, path, body))[0] == 404, path


async def test_a_call_that_is_passed_on_is_its_new_operators(serve: Serve, room: Room) -> None:
    _, (first, second) = await desk(serve, room, "101", "102")
    await begun(room, first)
    room.say("AgentComplete", queue="common", uniqueid=CALL)
    room.calls.write("100x1", NOON, "transferred", {"to": "102", "by": "101"})
    room.heard("BridgeEnter")
    status, card = await second.ask("GET", "/api/desk/card/100x1")
    assert (status, card["number"]) == (200, "4567")
    assert (await second.ask("POST", "/api/desk/contacts", {"call_id": "100x1"}))[0] == 200
    room.calls.event({"event": "Hangup", "uniqueid": CALL})
    async with second.live() as mine:
        await mine.send_json({"subscribe": ["desk:102"]})
        assert (await mine.receive_json(timeout=20))["data"]["talking"] == ""


async def test_a_call_that_is_passed_on_rings_until_the_colleague_answers_and_is_over_when_he_hangs_up(
    serve: Serve, room: Room
) -> None:
    _, (first, _) = await desk(serve, room, "101", "102")
    await begun(room, first)
    room.heard("BridgeLeave")
    room.say("AgentComplete", queue="common", uniqueid=CALL)
    room.calls.write("100x1", NOON, "transferred", {"to": "102", "by": "101"})
    room.heard("BridgeLeave")  # told late: of the talk before
    state = room.states(NOON)["102"]
    assert (state.ringing, state.talking) == ("100x1", "")
    room.heard("BridgeEnter")
    state = room.states(NOON)["102"]
    assert (state.ringing, state.talking) == ("", "100x1")
    # he hangs up first: the caller goes on to the rating
    room.heard("BridgeLeave")
    state = room.states(NOON)["102"]
    assert (state.ringing, state.talking) == ("", "")


async def test_who_does_not_answer_a_call_that_is_passed_on_has_had_no_talk(serve: Serve, room: Room) -> None:
    _, (browser,) = await desk(serve, room, "101")
    await browser.ask("POST", "/api/desk/state", {"action": "log_in"})
    room.call()
    room.calls.write("100x1", NOON, "transferred", {"to": "101", "by": "102"})
    # the page begins to write a conversation down as soon as it is told of a talk
    assert (room.states(NOON)["101"].ringing, room.states(NOON)["101"].talking) == ("100x1", "")
    await room.after.look(room.states(NOON))
    room.calls.write("100x1", NOON, "waiting", {"queue": "common", "position": "1"})
    await room.after.look(room.states(NOON))
    assert (room.states(NOON)["101"].ringing, room.states(NOON)["101"].talking) == ("", "")
    assert [each.paused for each in room.switchboard.members] == [False]


async def test_a_call_that_is_passed_on_twice_is_the_last_ones(serve: Serve, room: Room) -> None:
    await desk(serve, room, "101", "102")
    room.call()
    room.calls.write("100x1", NOON, "transferred", {"to": "102", "by": "103"})
    room.heard("BridgeEnter")
    room.calls.write("100x1", NOON, "transferred", {"to": "101", "by": "102"})
    room.heard("BridgeLeave")  # of his talk with 102
    states = room.states(NOON)
    assert (states["101"].ringing, states["102"].talking, states["102"].ringing) == ("100x1", "", "")


async def test_a_conversation_is_written_down_and_closed(serve: Serve, room: Room) -> None:
    running, (browser,) = await desk(serve, room, "101")
    contact = await begun(room, browser)
    assert contact["lacking"] == ["purpose", "solved", "protocol_said"]
    path = "/api/desk/contacts/100x1"
    written = {
        "version": contact["version"], "purpose": "вход", "solved": "yes", "protocol_said": True,
        "clarified": [["Caps Lock выключен?", "yes"]], "forms": {"payment": {"inn": "7707083893", "error_text": "нет"}},
    }  # fmt: skip
    status, contact = await browser.ask("PUT", path, written)
    assert (status, contact["lacking"]) == (200, [])
    assert contact["forms"]["payment"]["inn"] == "***93"
    status, contact = await browser.ask("POST", f"{path}/close", {"version": contact["version"]})
    assert status == 200 and contact["closed_at"]
    ticket = await running.storage.tickets.get(contact["ticket"])
    assert ticket is not None and ticket.status == "resolved"
    assert (await browser.ask("PUT", path, {"version": contact["version"], "note": "x"}))[1]["error_id"] == "closed"


async def test_what_is_wrong_is_said_by_field_in_the_readers_language(serve: Serve, room: Room) -> None:
    _, (browser,) = await desk(serve, room, "101")
    contact = await begun(room, browser)
    wrong = {"version": contact["version"], "forms": {"payment": {"inn": "7707083890"}}}
    status, told = await browser.ask("PUT", "/api/desk/contacts/100x1", wrong)
    assert (status, told["error_id"]) == (422, "contact_fault")
    assert "опечатка" in told["fields"]["forms.payment.inn"]
    status, told = await browser.ask("POST", "/api/desk/contacts/100x1/close", {"version": contact["version"]})
    assert (status, sorted(told["fields"])) == (422, ["protocol_said", "purpose", "solved"])


async def test_another_window_does_not_overwrite(serve: Serve, room: Room) -> None:
    _, (browser,) = await desk(serve, room, "101")
    contact = await begun(room, browser)
    change = {"version": contact["version"], "note": "a"}
    assert (await browser.ask("PUT", "/api/desk/contacts/100x1", change))[0] == 200
    status, told = await browser.ask("PUT", "/api/desk/contacts/100x1", change)
    assert (status, told["error_id"]) == (409, "conflict")


async def test_a_message_goes_to_the_caller_once(serve: Serve, room: Room) -> None:
    running, (browser,) = await desk(serve, room, "101")
    await begun(room, browser)
    path, wanted = "/api/desk/contacts/100x1/sms", {"template": "signin-password"}
    assert (await browser.ask("POST", path, wanted))[1] == {"outcome": "queued", "number": "4567"}
    assert (await browser.ask("POST", path, wanted))[1]["outcome"] == "repeated"
    (message,) = await running.storage.outbox.queued()
    assert (message.number, message.template) == (CALLER, "signin-password")
    assert (await browser.ask("POST", path, {"template": "fraud"}))[0] == 400
    refused = await browser.ask("POST", path, {**wanted, "number": "+74951234567"})
    assert (refused[0], refused[1]["error_id"]) == (400, "no_mobile")


async def test_the_page_is_told_of_its_own_calls_alone(serve: Serve, room: Room) -> None:
    _, (first, second) = await desk(serve, room, "101", "102")
    async with first.live() as mine, second.live() as other:
        await mine.send_json({"subscribe": ["desk:101"]})
        assert (await mine.receive_json(timeout=20))["data"]["state"] == "ready"
        await other.send_json({"subscribe": ["desk:101"]})
        assert (await other.receive_json(timeout=20))["error"]["error_id"] == "not_yours"
        call = room.call()
        room.ring("101")
        room.pages.tell(room.states(NOON))
        assert (await mine.receive_json(timeout=20))["data"]["ringing"] == call


async def test_an_account_without_a_telephone_is_told_so(serve: Serve, room: Room) -> None:
    running, _ = await desk(serve, room)
    await running.person("boss", "operator")
    browser = await running.browser("boss")
    status, told = await browser.ask("GET", "/api/desk/contacts")
    assert (status, told["error_id"]) == (409, "no_phone")


async def test_forms_come_in_the_readers_language(serve: Serve, room: Room) -> None:
    _, (browser,) = await desk(serve, room, "101")
    _, russian = await browser.ask("GET", "/api/desk/words")
    _, english = await browser.ask("GET", "/api/desk/words", Cookie="", Accept_Language="en")
    assert russian["forms"][0]["name"] == "Техническая проблема"
    assert {form["id"] for form in russian["forms"]} == {form["id"] for form in english["forms"]}


async def test_the_operator_begins_work_pauses_and_goes(serve: Serve, room: Room) -> None:
    _, (browser,) = await desk(serve, room, "101")

    async def do(action: str, **more: str) -> int:
        return (await browser.ask("POST", "/api/desk/state", {"action": action, **more}))[0]

    assert await do("pause", reason="lunch") == 409
    assert await do("log_in") == 204
    assert [(each.phone, each.queue) for each in room.switchboard.members] == [("web", "common")]
    assert await do("pause", reason="nap") == 409
    assert await do("pause", reason="lunch") == 204
    assert [each.reason for each in room.switchboard.members] == ["lunch"]
    assert await do("resume") == 204
    assert await do("log_out") == 204
    assert room.switchboard.members == []
    room.switchboard.away = True
    assert await do("log_in") == 503
