"""The dialplan's side of the contract with the controller, played by a controller that only sets variables."""

from typing import Any

import pytest

from tests.dialplan.fake_controller import TO_QUEUE, controller, next_route

pytestmark = pytest.mark.asyncio(loop_scope="module")
DID = "88005553535"


async def test_the_operator_sees_ticket_and_category_and_the_rating_follows(bench: Any, pitches: Any) -> None:
    phone = bench.network.phones["101"]
    await phone.registered()
    await phone.code("*11")
    try:
        async with controller(bench.config.agi_port, {"inbound": TO_QUEUE, "rating": {"IVR_NEXT": "end"}}) as asked:
            call = await bench.network.call("79161234567", DID)
            assert await phone.rung() == ("4821-5513 signin", "48215513")
            await (await phone.talk()).hangup()
            assert (await call.ended(10)).cause == 16
            assert [await next_route(asked), await next_route(asked)] == ["inbound", "rating"]
    finally:
        await phone.code("*12")
    assert pitches(call.heard) == []


async def test_nobody_logged_in_is_told_to_the_controller(bench: Any, pitches: Any) -> None:
    answers = {"inbound": TO_QUEUE, "unanswered": {"IVR_NEXT": "end"}}
    async with controller(bench.config.agi_port, answers) as asked:
        call = await bench.network.call("79161234567", DID)
        assert (await call.ended(10)).cause == 16
        assert [await next_route(asked), await next_route(asked)] == ["inbound", "unanswered"]
    assert pitches(call.heard) == []


async def test_a_controller_that_dies_without_a_word_leaves_the_call_to_the_fallback(bench: Any, pitches: Any) -> None:
    async with controller(bench.config.agi_port, {}):
        call = await bench.network.call("79161234567", DID)
        await bench.heard(call, "fallback/nobody")
        await call.hangup()
    assert pitches(call.heard)[0] == "fallback/greeting"


async def test_a_queue_nobody_knows_becomes_the_common_one_and_its_end_is_spoken(bench: Any, pitches: Any) -> None:
    lost = TO_QUEUE | {"IVR_QUEUE": "nowhere"}
    async with controller(bench.config.agi_port, {"inbound": lost}) as asked:
        call = await bench.network.call("79161234567", DID)
        await bench.heard(call, "fallback/nobody")
        await call.hangup()
        assert [await next_route(asked), await next_route(asked)] == ["inbound", "unanswered"]


async def test_who_waits_or_talks_notices_nothing_when_the_controller_goes(bench: Any, pitches: Any) -> None:
    phone = bench.network.phones["102"]
    await phone.registered()
    await phone.behave("ring")
    await phone.code("*11")
    try:
        async with controller(bench.config.agi_port, {"inbound": TO_QUEUE}):
            call = await bench.network.call("79161234567", DID)
            await phone.rung()
        await phone.behave("answer")  # the controller is gone; the phone rings again after its time-out
        talk = await phone.talk(30)
        await call.speak(bench.network.tone(3000, 2.0))
        await talk.hangup()
        assert (await call.ended(10)).cause == 16
    finally:
        await phone.code("*12")
    assert 3000.0 in bench.frequencies(talk.heard)
    assert pitches(call.heard) == ["say/goodbye"]


async def test_a_waiting_caller_hears_the_announcement_written_for_this_call_alone(bench: Any, pitches: Any) -> None:
    sounds = bench.paths.sounds
    own = sounds / "ru_mine" / "ivr" / "queue" / "hold.alaw"
    own.parent.mkdir(parents=True)
    own.write_bytes((sounds / "ru/ivr/operator/resumed.alaw").read_bytes())
    phone = bench.network.phones["101"]
    await phone.registered()
    await phone.code("*11")
    await phone.code("*13")  # there, but not rung
    try:
        answers = {"inbound": TO_QUEUE | {"CHANNEL(language)": "ru_mine"}}
        async with controller(bench.config.agi_port, answers):
            call = await bench.network.call("79161234567", DID)
            await bench.heard(call, "operator/resumed")
            own.unlink()
            await bench.heard(call, "queue/hold")
            await call.hangup()
    finally:
        await phone.code("*12")
