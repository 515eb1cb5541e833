"""An operator passes a caller on: to a queue, to a colleague, to nobody at all; the caller is never dropped."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from ivr.testnet.calls import NetworkCall
from tests.dialplan.fake_controller import TO_QUEUE, Asked, controller, next_route

pytestmark = pytest.mark.asyncio(loop_scope="module")
DID = "88005553535"
ANSWERS = {"inbound": TO_QUEUE | {"IVR_QUEUE": "west"}, "transferred": {}, "rating": {"IVR_NEXT": "end"}}


@asynccontextmanager
async def talking(bench: Any, **more: str) -> AsyncIterator[tuple[NetworkCall, NetworkCall, Asked]]:
    """A citizen talks with 103, who is in west and common alone. `more`: variables that his call has."""
    phone = bench.network.phones["103"]
    await phone.registered()
    phone.forget()
    await phone.code("*11")
    try:
        answers = ANSWERS | {"inbound": ANSWERS["inbound"] | more}
        async with controller(bench.config.agi_port, answers) as asked:
            citizen = await bench.network.call("79161234567", DID)
            theirs = await phone.talk()
            yield citizen, theirs, asked
            await citizen.hangup()
    finally:
        await phone.code("*12")


def uri(bench: Any, who: str) -> str:
    return f"sip:{who}@{bench.config.sip_bind}:{bench.config.sip_port}"


async def test_to_a_queue_where_another_operator_answers(bench: Any) -> None:
    other = bench.network.phones["101"]
    await other.registered()
    other.forget()
    await other.code("*11")
    try:
        async with talking(bench) as (citizen, theirs, asked):
            assert await theirs.pass_on(uri(bench, "q-east")) == "SUCCESS"
            answered = await other.talk()
            assert citizen.live
            assert [await next_route(asked), await next_route(asked)] == ["inbound", "transferred"]
            await answered.hangup()
            assert await next_route(asked) == "rating"
    finally:
        await other.code("*12")


async def test_to_a_queue_without_anybody_he_goes_on_to_the_common_one(bench: Any) -> None:
    # 103 talks with him, and is in west and common alone: nobody is in east
    phone = bench.network.phones["103"]
    async with talking(bench) as (citizen, theirs, asked):
        assert await theirs.pass_on(uri(bench, "q-east")) == "SUCCESS"
        answered = await phone.talk()
        assert citizen.live
        assert [await next_route(asked), await next_route(asked)] == ["inbound", "transferred"]
        await answered.hangup()
        assert await next_route(asked) == "rating"
        assert asked.seen["rating"]["IVR_QUEUE"] == "common"


async def test_when_the_last_operator_of_that_queue_goes_home_he_goes_on_to_the_common_one(bench: Any) -> None:
    last = bench.network.phones["101"]
    await last.registered()
    await last.behave("ring")
    await last.code("*11")
    await last.code("*13")
    try:
        # as of one whom we called back: he is not sent away because of that
        async with talking(bench, IVR_ATTEMPT="cb20781abcdefghijkl") as (citizen, theirs, asked):
            phone = bench.network.phones["103"]
            await phone.behave("ring")
            assert await theirs.pass_on(uri(bench, "q-east")) == "SUCCESS"
            await bench.queued("east", 1)
            await last.code("*12")
            await bench.queued("common", 1)
            assert citizen.live
            routes = [await next_route(asked) for _ in range(3)]
            assert routes == ["inbound", "transferred", "moved"]
            moved = asked.seen["moved"]
            assert (moved["QUEUESTATUS"], moved["IVR_LEGS"], moved["IVR_ATTEMPT"]) == ("LEAVEEMPTY", "common:0", "")
    finally:
        await bench.network.phones["103"].behave("answer")
        await last.code("*12")
        await last.behave("answer")


@pytest.mark.parametrize("dialled", ["op-102", "102"])
async def test_to_a_colleague_who_is_in_no_queue(bench: Any, dialled: str) -> None:
    colleague = bench.network.phones["102"]
    await colleague.registered()
    colleague.forget()
    async with talking(bench) as (citizen, theirs, asked):
        assert await theirs.pass_on(uri(bench, dialled)) == "SUCCESS"
        answered = await colleague.talk()
        assert [await next_route(asked), await next_route(asked)] == ["inbound", "transferred"]
        await answered.hangup()
        assert await next_route(asked) == "rating"
        assert (await citizen.ended(10)).cause == 16


@pytest.mark.parametrize(("mode", "dialled"), [("reject", "op-102"), ("busy", "102"), ("answer", "told"),
                                               ("answer", "89161112233"), ("answer", "q-nowhere")])  # fmt: skip
async def test_who_reaches_nobody_waits_in_the_common_queue(bench: Any, mode: str, dialled: str) -> None:
    colleague = bench.network.phones["102"]
    await colleague.registered()
    await colleague.behave(mode)
    last = bench.network.phones["101"]
    await last.registered()
    await last.behave("ring")
    await last.code("*11")
    try:
        async with talking(bench) as (citizen, theirs, _):
            assert await theirs.pass_on(uri(bench, dialled)) == "SUCCESS"
            await bench.queued("common", 1)
            assert citizen.live
    finally:
        await colleague.behave("answer")
        await last.code("*12")
        await last.behave("answer")


async def test_a_controller_that_is_gone_loses_nobody(bench: Any) -> None:
    colleague = bench.network.phones["102"]
    await colleague.registered()
    colleague.forget()
    phone = bench.network.phones["103"]
    await phone.registered()
    phone.forget()
    await phone.code("*11")
    try:
        async with controller(bench.config.agi_port, ANSWERS):
            citizen = await bench.network.call("79161234567", DID)
            theirs = await phone.talk()
        assert await theirs.pass_on(uri(bench, "op-102")) == "SUCCESS"
        await colleague.talk()
        assert citizen.live
        await citizen.hangup()
    finally:
        await phone.code("*12")
