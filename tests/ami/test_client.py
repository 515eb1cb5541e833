"""The manager link against a server that misbehaves in every way we could think of."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import pytest

from ivr.ami.client import AmiClient, AmiError
from ivr.tasks import spawn

from .conftest import Links
from .fake import Action, FakeAsterisk, Peer, fake_asterisk, message, obedient

Make = Callable[..., tuple[AmiClient, Links]]


def collect(client: AmiClient) -> "asyncio.Queue[dict[str, str]]":
    events: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    client.on_event.append(events.put_nowait)
    return events


async def take(events: "asyncio.Queue[dict[str, str]]", count: int = 1) -> list[dict[str, str]]:
    async with asyncio.timeout(20):
        return [await events.get() for _ in range(count)]


async def test_it_logs_in_with_the_events_on(asterisk: FakeAsterisk, client: Make) -> None:
    made, links = client()
    await links.until(True)
    assert made.connected
    (login,) = asterisk.peers[0].actions
    assert {k: v for k, v in login.items() if k != "actionid"} == {
        "action": "Login", "username": "controller", "secret": "secret", "events": "on"}


async def test_a_refused_login_is_said_without_the_secret_and_tried_again(
    asterisk: FakeAsterisk, client: Make, caplog: pytest.LogCaptureFixture
) -> None:
    async def refuse(peer: Peer, action: Action) -> None:
        await peer.answer(action, Response="Error", Message="Authentication failed")

    asterisk.handler = refuse
    made, links = client()
    await asterisk.until(lambda: asterisk.done("Login") >= 3)
    assert not made.connected and links.said == []
    assert "refused the login" in caplog.text and "ivr doctor" in caplog.text
    asterisk.handler = obedient
    await links.until(True)


async def test_pauses_between_connections_double_up_to_the_longest_and_begin_anew_after_a_login(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pauses: list[float] = []
    enough = asyncio.Event()
    sleep = asyncio.sleep

    async def noted(seconds: float, *_: Any) -> None:
        pauses.append(seconds)
        if len(pauses) == 8:
            enough.set()
        await sleep(0)

    client = AmiClient("127.0.0.1", 1, "controller", "secret", backoff=0.5, longest=4)
    outcomes = iter([False] * 5 + [True] + [False] * 9)

    async def session() -> bool:
        return next(outcomes, False)

    monkeypatch.setattr(client, "_session", session)
    monkeypatch.setattr("ivr.ami.client.asyncio.sleep", noted)
    run = spawn(client.run(), "client-under-test")
    async with asyncio.timeout(20):
        await enough.wait()
    run.cancel()
    assert pauses[:8] == [0.5, 1, 2, 4, 4, 0.5, 1, 2]


async def test_with_nobody_listening_it_waits_and_connects_when_asterisk_is_there(client: Make) -> None:
    async with fake_asterisk() as first:
        port = first.port
    made = AmiClient("127.0.0.1", port, "controller", "secret", backoff=0.01, longest=0.02)
    links = Links(made)
    run = spawn(made.run(), "client-under-test")
    with pytest.raises(AmiError):
        await made.action("QueueStatus")
    async with fake_asterisk(port):
        await links.until(True)
        run.cancel()


async def test_a_link_cut_in_the_middle_of_an_action_fails_it_at_once_and_nothing_is_sent_again(
    asterisk: FakeAsterisk, client: Make
) -> None:
    async def cut(peer: Peer, action: Action) -> None:
        if action["action"] == "Originate":
            peer.cut()
        else:
            await obedient(peer, action)

    asterisk.handler = cut
    made, links = client()
    await links.until(True)
    async with asyncio.timeout(20):
        with pytest.raises(AmiError):
            await made.action("Originate", limit=60, Channel="PJSIP/x")
    await links.until(True, False, True)
    # panoramisk would send it again here
    await asterisk.peers[1].send(message(Event="FullyBooted", Privilege="system,all", Status="Fully Booted"))
    await made.action("CoreStatus")
    assert asterisk.done("Originate") == 1
    assert [a["action"] for a in asterisk.peers[1].actions] == ["Login", "CoreStatus"]


async def test_a_link_cut_in_the_middle_of_a_message_gives_no_half_event(asterisk: FakeAsterisk, client: Make) -> None:
    made, links = client()
    events = collect(made)
    await links.until(True)
    await asterisk.peers[0].send(b"Event: Hangup\r\nChannel: PJSIP/ha")
    asterisk.peers[0].cut()
    await links.until(True, False, True)
    await asterisk.peers[1].send(message(Event="Hangup", Channel="PJSIP/whole"))
    assert [e["channel"] for e in await take(events)] == ["PJSIP/whole"]


async def test_half_a_list_is_not_taken_for_an_answer(asterisk: FakeAsterisk, client: Make) -> None:
    async def half(peer: Peer, action: Action) -> None:
        if action["action"] != "QueueStatus":
            await obedient(peer, action)
            return
        await peer.answer(action, EventList="start", Message="will follow")
        await peer.send(message(Event="QueueParams", Queue="q", ActionID=action["actionid"]))
        peer.cut()

    asterisk.handler = half
    made, links = client()
    await links.until(True)
    with pytest.raises(AmiError):
        await made.action("QueueStatus")


async def test_a_cyrillic_letter_cut_by_the_packet_border_stays_whole(asterisk: FakeAsterisk, client: Make) -> None:
    made, links = client()
    events = collect(made)
    await links.until(True)
    text = message(Event="Newchannel", CallerIDName="Жәмилә Ёлкина")
    for cut in range(1, len(text)):
        await asterisk.peers[0].send(text[:cut], text[cut:])
    names = {e["calleridname"] for e in await take(events, len(text) - 1)}
    assert names == {"Жәмилә Ёлкина"}


async def test_bytes_that_are_no_text_cost_one_letter_and_not_the_link(asterisk: FakeAsterisk, client: Make) -> None:
    made, links = client()
    events = collect(made)
    await links.until(True)
    broken = b"Event: A\r\nName: \xff\xfeb\r\n\r\n"
    await asterisk.peers[0].send(broken, b"no message at all\r\n\r\n", message(Event="B"))
    first, second = await take(events, 2)
    assert first["name"].endswith("b") and second["event"] == "B"
    assert links.said == [True]


async def test_events_come_in_order_also_those_among_an_answer(asterisk: FakeAsterisk, client: Make) -> None:
    async def mixed(peer: Peer, action: Action) -> None:
        if action["action"] != "QueueStatus":
            await obedient(peer, action)
            return
        same = {"ActionID": action["actionid"]}
        await peer.send(
            message(Event="One", N="1"),
            message(Response="Success", EventList="start", **same),
            message(Event="Two", N="2"),
            message(Event="QueueParams", Queue="q", **same)
            + message(Event="QueueStatusComplete", EventList="Complete", **same)
            + b"".join(message(Event="More", N=str(n)) for n in range(3, 500)),
        )

    asterisk.handler = mixed
    made, links = client()
    events = collect(made)
    await links.until(True)
    answer = await made.action("QueueStatus")
    assert [m.get("event", "") for m in answer] == ["", "QueueParams", "QueueStatusComplete"]
    assert [int(e["n"]) for e in await take(events, 499)] == list(range(1, 500))


async def test_a_listener_that_raises_does_not_disturb_the_others(asterisk: FakeAsterisk, client: Make) -> None:
    def broken(*_: object) -> None:
        raise ValueError("a fault of the listener")

    made, links = client()
    made.on_event.append(broken)
    made.on_link.insert(0, broken)
    events = collect(made)
    await links.until(True)
    await asterisk.peers[0].send(message(Event="A"), message(Event="B"))
    assert [e["event"] for e in await take(events, 2)] == ["A", "B"]
    assert made.connected


async def test_a_silent_server_is_given_up_and_who_waits_for_an_answer_is_told(
    asterisk: FakeAsterisk, client: Make
) -> None:
    async def silent(peer: Peer, action: Action) -> None:
        if action["action"] == "Login":
            await obedient(peer, action)

    asterisk.handler = silent
    made, links = client(ping_every=0.05, patience=0.05)
    await links.until(True)
    async with asyncio.timeout(20):
        with pytest.raises(AmiError):
            await made.action("QueueStatus", limit=60)
    assert asterisk.done("Ping") >= 1
    await links.until(True, False, True)


async def test_a_server_that_answers_pings_keeps_the_link(asterisk: FakeAsterisk, client: Make) -> None:
    _, links = client(ping_every=0.01)
    await asterisk.until(lambda: asterisk.done("Ping") >= 4)
    assert links.said == [True] and len(asterisk.peers) == 1


async def test_a_server_that_never_answers_the_login_is_tried_again(asterisk: FakeAsterisk, client: Make) -> None:
    async def silent(peer: Peer, action: Action) -> None:
        pass

    asterisk.handler = silent
    made, links = client(patience=0.02)
    await asterisk.until(lambda: asterisk.done("Login") >= 2)
    assert not made.connected and links.said == []


async def test_an_action_that_is_not_answered_in_time_fails_and_the_link_stays(
    asterisk: FakeAsterisk, client: Make
) -> None:
    async def late(peer: Peer, action: Action) -> None:
        if action["action"] != "Getvar":
            await obedient(peer, action)

    asterisk.handler = late
    made, links = client()
    await links.until(True)
    with pytest.raises(AmiError):
        await made.action("Getvar", limit=0.02, Variable="X", Channel="c")
    # the answer that comes after all is nobody's, and not the next one's
    await asterisk.peers[0].answer(asterisk.peers[0].actions[-1], Value="late")
    answer = await made.action("CoreStatus")
    assert "value" not in answer[0] and links.said == [True]


async def test_a_refused_action_says_which_and_why(asterisk: FakeAsterisk, client: Make) -> None:
    async def refuse(peer: Peer, action: Action) -> None:
        wanted = {} if action["action"] == "Login" else {"Response": "Error", "Message": "No such queue"}
        await peer.answer(action, **wanted)

    asterisk.handler = refuse
    made, links = client()
    await links.until(True)
    with pytest.raises(AmiError, match="QueuePause: No such queue"):
        await made.action("QueuePause", Queue="q")


@pytest.mark.parametrize("bad", ["a\r\nAction: Command", "a\nb", "a\rb", "a\0b"])
async def test_a_line_break_in_a_value_is_refused_and_nothing_is_sent(
    asterisk: FakeAsterisk, client: Make, bad: str
) -> None:
    made, links = client()
    await links.until(True)
    for fields in ({"Reason": bad}, {bad: "x"}):
        with pytest.raises(AmiError, match="line break"):
            await made.action("QueuePause", **fields)
    with pytest.raises(AmiError, match="line break"):
        await made.action(bad)
    await made.action("CoreStatus")
    assert [a["action"] for a in asterisk.peers[0].actions] == ["Login", "CoreStatus"]
    with pytest.raises(AmiError, match="line break"):
        AmiClient("127.0.0.1", 1, "controller", bad)


async def test_added_to_queue_is_a_whole_answer(asterisk: FakeAsterisk, client: Make) -> None:
    async def added(peer: Peer, action: Action) -> None:
        await peer.answer(action, Message="Added interface to queue")

    asterisk.handler = added
    made, links = client()
    await links.until(True)
    async with asyncio.timeout(20):
        assert (await made.action("QueueAdd", limit=60))[0]["message"] == "Added interface to queue"


async def test_the_secret_is_never_logged(
    asterisk: FakeAsterisk, client: Make, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    made, links = client()
    await links.until(True)
    asterisk.peers[0].cut()
    await links.until(True, False, True)
    assert caplog.records and "secret" not in caplog.text
    assert made.connected
