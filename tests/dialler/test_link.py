"""The dispatcher's manager session against an Asterisk that answers late, not at all, or with hostile texts."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ivr.ami.events import fold
from ivr.dialler.dialler import AsteriskDialler
from ivr.dialler.link import Link, LinkLost, Refused
from ivr.services.dispatch import DialOrder, DialRefused, DialUnsure, Result, Trace
from tests.ami.fake import Action, FakeAsterisk, Peer, fake_asterisk, message, obedient, queue_status

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ORDER = DialOrder("cb20780bcdfghjkmpqr", "+79161234567", "88005553535", "ru", "48215513", "signin", AT)


@pytest.fixture
async def asterisk() -> AsyncIterator[FakeAsterisk]:
    async with fake_asterisk() as fake:
        yield fake


async def linked(asterisk: FakeAsterisk) -> tuple[Link, AsteriskDialler]:
    link = Link(10)
    dialler = AsteriskDialler(link, fold)
    await link.connect(asterisk.port, "dispatcher", "secret")
    return link, dialler


async def test_a_call_is_asked_for_once_with_all_that_the_dialplan_needs(asterisk: FakeAsterisk) -> None:
    link, dialler = await linked(asterisk)
    await dialler.dial(ORDER)
    sent = asterisk.peers[0].actions[-1]
    assert (sent["action"], sent["async"], sent["context"], sent["exten"]) == ("Originate", "true", "callback", "s")
    assert (sent["channel"], sent["channelid"]) == (f"Local/{ORDER.attempt}@callback-dial/n", ORDER.attempt)
    assert "application" not in sent
    assert sent["codecs"] == "alaw"
    link.close()


@pytest.mark.parametrize("evil", ["1,SHELL(id)=x,IVR_CALLBACK_NUMBER=+78095550000", "a\r\nAction: Command", "${X}"])
async def test_what_is_no_plain_word_is_left_out_and_sets_no_other_variable(
    asterisk: FakeAsterisk, monkeypatch: pytest.MonkeyPatch, evil: str
) -> None:
    link, dialler = await linked(asterisk)
    sent: list[dict[str, str]] = []

    async def action(name: str, variables: dict[str, str], **fields: str) -> dict[str, str]:
        sent.append(variables)
        return {}

    monkeypatch.setattr(link, "action", action)
    await dialler.dial(replace(ORDER, ticket=evil, language=evil, category=evil, did=evil))
    await dialler.dial(replace(ORDER, number=evil))
    assert evil not in [*sent[0].values(), *sent[1].values()]
    assert sent[0]["IVR_CALLBACK_NUMBER"] == ORDER.number and sent[0]["IVR_TICKET"] == ""
    # not empty: that would be a dial made void, and asked for again
    assert sent[1]["IVR_CALLBACK_NUMBER"] == "unfit"
    link.close()


@pytest.mark.parametrize("bad", ["1,2", "1\r\nAction: Command", "1\n", "1\r", "1\0"])
async def test_a_variable_that_would_become_another_is_not_sent(asterisk: FakeAsterisk, bad: str) -> None:
    link, _ = await linked(asterisk)
    with pytest.raises(Refused, match="it is not sent"):
        await link.action("Setvar", {"IVR_TICKET": bad})
    assert asterisk.done("Setvar") == 0
    link.close()


async def test_a_link_cut_after_the_dial_was_sent_is_not_known_and_never_sent_again(asterisk: FakeAsterisk) -> None:
    async def cut(peer: Peer, action: Action) -> None:
        if action["action"] == "Originate":
            peer.cut()
        else:
            await obedient(peer, action)

    asterisk.handler = cut
    link, dialler = await linked(asterisk)
    with pytest.raises(DialUnsure):
        await dialler.dial(ORDER)
    async with asyncio.timeout(30):
        await dialler.lost.wait()
    with pytest.raises(DialUnsure):
        await dialler.dial(ORDER)
    assert (asterisk.done("Originate"), len(asterisk.peers)) == (1, 1)
    link.close()


async def test_an_answer_that_does_not_come_ends_the_session(
    asterisk: FakeAsterisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def deaf(peer: Peer, action: Action) -> None:
        if action["action"] == "Login":
            await obedient(peer, action)

    asterisk.handler = deaf
    link, dialler = await linked(asterisk)
    monkeypatch.setattr(link, "_patience", 1.0)
    with pytest.raises(DialUnsure):
        await dialler.dial(ORDER)
    with pytest.raises(LinkLost):
        await link.action("Ping")
    assert (asterisk.done("Originate"), asterisk.done("Ping")) == (1, 0)


async def test_a_refusal_is_told_apart(asterisk: FakeAsterisk) -> None:
    async def refuse(peer: Peer, action: Action) -> None:
        good = action["action"] == "Login"
        await peer.answer(action, Response="Success" if good else "Error", Message="Permission denied")

    asterisk.handler = refuse
    link, dialler = await linked(asterisk)
    with pytest.raises(DialRefused, match="Permission denied"):
        await dialler.dial(ORDER)
    assert await dialler.trace(ORDER.attempt) is None
    link.close()


async def test_a_wrong_password_and_a_closed_port_are_said(asterisk: FakeAsterisk) -> None:
    async def refuse(peer: Peer, action: Action) -> None:
        await peer.answer(action, Response="Error", Message="Authentication failed")

    asterisk.handler = refuse
    with pytest.raises(Refused, match="Authentication failed"):
        await linked(asterisk)
    with pytest.raises(LinkLost):
        await Link().connect(1, "dispatcher", "secret")


@pytest.mark.parametrize("bad", ["a\r\nAction: Command", "a\nb", "a\rb", "a\0b"])
async def test_a_value_with_a_line_break_is_not_sent(asterisk: FakeAsterisk, bad: str) -> None:
    link, dialler = await linked(asterisk)
    with pytest.raises(DialRefused, match="line break"):
        await dialler.dial(replace(ORDER, attempt=bad))
    assert asterisk.done("Originate") == 0
    link.close()


async def test_what_a_message_says_does_not_hold_up_the_session(asterisk: FakeAsterisk) -> None:
    async def hostile(peer: Peer, action: Action) -> None:
        if action["action"] == "QueueStatus":
            await peer.send(
                message(Event="Newchannel", CallerIDName="status will follow", ChanVariable="a=b"),
                b"Event: Odd\r\nResponse: Follows without an end\r\nno colon here\r\n\r\n",
                *queue_status(action),
            )
        else:
            await obedient(peer, action)

    asterisk.handler = hostile
    link, dialler = await linked(asterisk)
    board = await dialler.board(AT)
    assert (board.fresh, board.queues["signin"].ready, len(board.queues["signin"].waiting)) == (True, 1, 1)
    link.close()


async def test_results_are_heard_and_what_was_written_down_is_read(asterisk: FakeAsterisk) -> None:
    async def talk(peer: Peer, action: Action) -> None:
        number = {"ActionID": action["actionid"]}
        if action["action"] == "DBGet":
            await peer.send(
                message(Response="Success", EventList="start", **number),
                message(
                    Event="DBGetResponse", Family=action["family"], Key=action["key"], Val="over:BUSY:017:0", **number
                ),
                message(Event="DBGetComplete", EventList="Complete", **number),
            )
            return
        await peer.answer(action)
        await peer.send(
            message(
                Event="UserEvent", UserEvent="CallbackResult", Attempt="cb1", Cause="016", Status="ANSWER", Talked="1"
            )
        )

    asterisk.handler = talk
    link, dialler = await linked(asterisk)
    async with asyncio.timeout(30):
        assert await dialler.results.get() == Result("cb1", 16, "ANSWER", True)
    assert await dialler.trace(ORDER.attempt) == Trace(True, "BUSY", 17, False)
    sent = asterisk.peers[0].actions[-1]
    assert (sent["family"], sent["key"]) == ("callback-20780", ORDER.attempt)
    link.close()
