"""A supervisor moves waiting callers and operators: on a real Asterisk, with the controller's own parts."""

import asyncio
from typing import Any

import pytest

from ivr.ami.client import AmiRefused
from ivr.domain.operators import Membership
from ivr.services.steering import SteeringRefused
from ivr.tasks import spawn
from tests.dialplan.controlled import Controlled, controlled
from tests.dialplan.test_legs import DID, logged_in
from tests.dialplan.test_order import served

pytestmark = pytest.mark.asyncio(loop_scope="module")
ONE, TWO, THREE = "79160000001", "79160000002", "79160000003"


def outcomes(house: Controlled, action: str) -> list[str]:
    return [entry.outcome for entry in house.audit.entries if entry.action == action]


async def test_an_operator_is_logged_in_paused_resumed_and_logged_out_of_all_his_queues(bench: Any) -> None:
    await bench.network.phones["103"].registered()
    async with controlled(bench, {}) as house:

        async def there() -> set[tuple[str, bool, str]]:
            mine = [each for each in await house.switchboard.memberships() if each.operator == "103"]
            assert all(isinstance(each, Membership) and each.phone == "op" for each in mine)
            return {(each.queue, each.paused, each.reason) for each in mine}

        await house.steering.log_in("anna", "103")
        assert await there() == {("west", False, "")}
        await house.steering.log_in("anna", "101")
        await house.steering.pause("anna", "101", "lunch", "he asked for it")
        everywhere = [each for each in await house.switchboard.memberships() if each.operator == "101"]
        assert {(each.queue, each.paused, each.reason) for each in everywhere} == {
            (queue, True, "lunch") for queue in ("east", "west", "common")
        }
        assert await there() == {("west", False, "")}
        await house.steering.resume("anna", "101")
        assert not any(each.paused for each in await house.switchboard.memberships())
        # logging in once more changes nothing
        await house.steering.log_in("anna", "101")
        await house.steering.log_out("anna", "101", "shift over")
        await house.steering.log_out("anna", "103", "shift over")
        assert await house.switchboard.memberships() == []
        with pytest.raises(SteeringRefused) as refused:
            await house.steering.pause("anna", "103", "lunch")
        assert refused.value.error_id == "not_logged_in"
    told = [(entry.who, entry.action, entry.target, entry.why, entry.outcome) for entry in house.audit.entries]
    assert told == [
        ("anna", "log_in", "103", "", "done"),
        ("anna", "log_in", "101", "", "done"),
        ("anna", "pause", "101", "he asked for it", "done"),
        ("anna", "resume", "101", "", "done"),
        ("anna", "log_in", "101", "", "done"),
        ("anna", "log_out", "101", "shift over", "done"),
        ("anna", "log_out", "103", "shift over", "done"),
        ("anna", "pause", "103", "", "void"),
    ]


async def test_a_caller_moved_to_another_queue_keeps_his_arrival(bench: Any) -> None:
    async with (
        logged_in(bench, "101", paused=True),
        logged_in(bench, "103", paused=True) as west,
        controlled(bench, {ONE: "west:0", TWO: "east:0&common:0", THREE: "west:0"}) as house,
    ):
        first = await house.call(ONE, "west", 1)
        moved = await house.call(TWO, "east", 1)
        last = await house.call(THREE, "west", 2)
        assert await house.steering.move("anna", moved, "west", "east is full") == "done"
        await house.until(lambda: house.waits("west", 3))
        assert house.order("west") == [first, moved, last]
        (told,) = house.journalled(moved)
        assert told == {"action": "move", "from": "east", "queue": "west", "by": "anna", "why": "east is full"}
        await house.until(lambda: outcomes(house, "move") == ["done"])
        # and Asterisk serves them so
        await west.code("*14")
        assert len(await served(west, 3)) == 3

        def answered() -> list[str]:
            return [call for call, _, kind, _ in house.house.journal.events if kind == "answered"]

        await house.until(lambda: len(answered()) >= 2)
        assert answered()[:2] == [first, moved]


async def test_a_caller_is_moved_up_with_a_reason_and_the_journal_says_by_whom(bench: Any) -> None:
    async with (
        logged_in(bench, "101", paused=True),
        controlled(bench, {ONE: "east:0", TWO: "east:0", THREE: "east:0"}) as house,
    ):
        first, second, third = [await house.call(number, "east", n) for n, number in enumerate((ONE, TWO, THREE), 1)]
        for why, position, error in (("", 1, "no_reason"), ("ill", 3, "not_earlier"), ("ill", 0, "not_earlier")):
            with pytest.raises(SteeringRefused) as refused:
                await house.steering.move_up("anna", third, position, why)
            assert refused.value.error_id == error
        assert await house.steering.move_up("anna", third, 2, "he is ill") == "done"
        await house.until(lambda: house.waits("east", 3) and house.order("east")[1] == third)
        assert house.order("east") == [first, third, second]
        (told,) = house.journalled(third)
        assert told == {
            "action": "move_up", "from": "east", "queue": "east", "position": 2, "by": "anna", "why": "he is ill",
        }  # fmt: skip


async def test_where_nobody_is_no_caller_is_sent_and_one_who_comes_there_too_late_returns_to_his_place(
    bench: Any,
) -> None:
    async with (
        logged_in(bench, "102", paused=True),
        controlled(bench, {ONE: "east:0", TWO: "east:0"}) as house,
    ):
        first = await house.call(ONE, "east", 1)
        second = await house.call(TWO, "east", 2)
        with pytest.raises(SteeringRefused) as refused:
            await house.steering.move("anna", first, "nowhere", "")
        assert refused.value.error_id == "unknown_queue"
        # 102 is in all queues: he leaves west in the moment of the move
        interface = "PJSIP/op-102"
        moving = spawn(house.steering.move("anna", first, "west", "try it"), "move")
        await house.switchboard._client.action("QueueRemove", Queue="west", Interface=interface)
        assert await moving == "done"
        await house.until(lambda: [each["action"] for each in house.journalled(first)] == ["move", "returned"])
        await house.until(lambda: house.waits("east", 2) and house.order("east") == [first, second])
        await house.until(lambda: not house.board.view().queues["west"].logged_in)
        with pytest.raises(SteeringRefused) as refused:
            await house.steering.move("anna", first, "west", "again")
        assert refused.value.error_id == "nobody_there"
        assert house.order("east") == [first, second]


async def test_without_a_controller_one_who_was_taken_out_goes_back_before_newcomers(bench: Any) -> None:
    async with logged_in(bench, "101", paused=True), controlled(bench, {ONE: "east:0", TWO: "east:0"}) as house:
        first = await house.call(ONE, "east", 1)
        second = await house.call(TWO, "east", 2)
        await house.agi.drain(0)
        channel = house.board.view().queues["east"].waiting[0].channel
        assert await house.switchboard.withdraw("east", channel)
        # not twice, and nobody who is not there
        assert not await house.switchboard.withdraw("west", channel)
        await house.until(lambda: "WITHDRAW" in (bench.paths.log / "queue_log").read_text())
        await house.until(lambda: house.waits("east", 2))
        assert house.order("east") == [first, second]


async def test_who_came_while_the_menu_was_away_is_moved_like_everybody(bench: Any) -> None:
    async with logged_in(bench, "101", paused=True):
        call = await bench.network.call(ONE, DID)
        await bench.queued("common", 1, 20)
        async with controlled(bench, {}) as house:
            house.calls.append(call)
            await house.until(lambda: house.waits("common", 1))
            (caller,) = house.order("common")
            assert await house.steering.move("anna", caller, "west", "") == "done"
            await house.until(lambda: house.waits("west", 1))
            assert house.order("west") == [caller] and house.handed == ["steered"]
            (told,) = house.journalled(caller)
            assert told == {"action": "move", "from": "common", "queue": "west", "by": "anna", "why": ""}


async def test_who_came_while_the_menu_was_away_and_is_let_go_without_a_controller_goes_back_to_his_place(
    bench: Any,
) -> None:
    def lines(event: str) -> int:
        written: str = (bench.paths.log / "queue_log").read_text()
        return written.count(f"|{event}|")

    async with logged_in(bench, "101", paused=True), controlled(bench, {}) as house:
        await house.agi.drain(0)
        let_go, came = lines("WITHDRAW"), lines("ENTERQUEUE")
        for waiting, number in enumerate((ONE, TWO), 1):
            house.calls.append(await bench.network.call(number, DID))
            await bench.queued("common", waiting, 20)
        await house.until(lambda: house.waits("common", 2))
        first, second = house.order("common")
        await house.until(lambda: lines("ENTERQUEUE") >= came + 2)
        assert await house.switchboard.withdraw("common", house.board.view().queues["common"].waiting[0].channel)
        await house.until(lambda: lines("WITHDRAW") == let_go + 1 and lines("ENTERQUEUE") >= came + 3)
        await house.until(lambda: house.waits("common", 2) and house.order("common") == [first, second])


async def test_who_is_answered_while_he_is_being_moved_is_not_moved(bench: Any) -> None:
    async with (
        logged_in(bench, "103", mode="slow") as west,
        logged_in(bench, "101", paused=True),
        controlled(bench, {ONE: "west:0&common:0"}) as house,
    ):
        house.calls.append(await bench.network.call(ONE, "88005553535"))
        await west.rung()
        await house.until(lambda: house.waits("west", 1))
        (caller,) = house.order("west")
        assert await house.steering.move("anna", caller, "east", "") == "answered"
        await west.talk()
        assert house.journalled(caller) == [] and house.orders.get(caller) is None
        await house.until(lambda: outcomes(house, "move") == ["answered"])


async def test_who_hangs_up_while_he_is_being_moved_is_gone(bench: Any) -> None:
    async with (
        logged_in(bench, "103", mode="ring") as west,
        logged_in(bench, "101", paused=True),
        controlled(bench, {ONE: "west:0&common:0"}) as house,
    ):
        house.calls.append(await bench.network.call(ONE, "88005553535"))
        await west.rung()
        await house.until(lambda: house.waits("west", 1))
        (caller,) = house.order("west")
        moving = spawn(house.steering.move("anna", caller, "east", ""), "move")
        await house.until(lambda: house.orders.get(caller) is not None)
        await house.calls[0].hangup()
        assert await moving == "gone"
        await house.until(lambda: outcomes(house, "move") == ["gone"])


async def test_a_phone_that_rings_in_vain_lets_the_caller_go_to_where_he_was_sent(bench: Any) -> None:
    async with (
        logged_in(bench, "103", mode="ring") as west,
        logged_in(bench, "101", paused=True),
        controlled(bench, {ONE: "west:0&common:0"}) as house,
    ):
        house.calls.append(await bench.network.call(ONE, "88005553535"))
        await west.rung()
        await house.until(lambda: house.waits("west", 1))
        (caller,) = house.order("west")
        house.steering._patience = 1
        assert await house.steering.move("anna", caller, "east", "") == "under_way"
        with pytest.raises(SteeringRefused) as refused:
            await house.steering.move("boris", caller, "common", "")
        assert refused.value.error_id == "being_moved"
        # a phone rings for five seconds here
        await house.until(lambda: house.waits("east", 1))
        assert house.order("east") == [caller]


async def test_of_two_supervisors_who_move_one_caller_at_once_one_does(bench: Any) -> None:
    async with logged_in(bench, "101", paused=True), controlled(bench, {ONE: "east:0"}) as house:
        caller = await house.call(ONE, "east", 1)
        both = await asyncio.gather(
            house.steering.move("anna", caller, "west", ""),
            house.steering.move("boris", caller, "common", ""),
            return_exceptions=True,
        )
        assert both[0] == "done" and isinstance(both[1], SteeringRefused) and both[1].error_id == "being_moved"
        await house.until(lambda: house.waits("west", 1))
        assert house.handed.count("steered") == 1


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("Redirect", {"Channel": "{channel}", "Context": "callback-dial", "Exten": "cb20782abc", "Priority": "1"}),
        ("Setvar", {"Channel": "{channel}", "Variable": "IVR_CALLBACK_NUMBER", "Value": "+79161234567"}),
        ("Originate", {"Channel": "PJSIP/79161234567@trunk-alpha", "Application": "Wait", "Data": "1"}),
        ("Hangup", {"Channel": "{channel}"}),
        ("Command", {"Command": "core show version"}),
    ],
)
async def test_the_controllers_manager_user_can_send_no_call_anywhere(
    bench: Any, action: str, fields: dict[str, str]
) -> None:
    async with logged_in(bench, "101", paused=True), controlled(bench, {ONE: "east:0"}) as house:
        caller = await house.call(ONE, "east", 1)
        channel = house.board.view().queues["east"].waiting[0].channel
        filled = {name: value.format(channel=channel) for name, value in fields.items()}
        with pytest.raises(AmiRefused, match="denied"):
            await house.switchboard._client.action(action, **filled)
        assert house.order("east") == [caller]
