"""A supervisor's deeds on fakes: the audit first, one order a caller, and a talk heard by one-time numbers only."""

import asyncio
from datetime import timedelta

import pytest

from ivr.domain.operators import OperatorTalk, operator_of, operator_talks
from ivr.domain.queues import BoardView, QueueView, Waiting
from ivr.errors import PbxError, StorageError
from ivr.flow.commands import Enqueue, Flow
from ivr.services.flows import MovedCall
from ivr.services.listening import Listening
from ivr.services.steering import Steering, SteeringRefused
from ivr.services.steering_orders import Order, SteeringOrders
from ivr.tasks import spawn
from ivr.testing import NOON, FixedBoard, FixedClock, MemoryAudit, MemoryJournal, MemorySwitchboard, ScriptedChannel
from tests.services.house import House, staffed
from tests.services.test_reception import reception

QUEUES = ("ural", "common")


class Desk:
    """Two callers wait in ural, nobody in common; operator 101 may be logged in."""

    def __init__(self, patience: float = 0.05) -> None:
        waiting = tuple(Waiting(f"PJSIP/{n}", n, NOON - timedelta(minutes=9 - n), f"c{n}") for n in (1, 2))
        self.view = staffed(
            ural=QueueView("ural", 1, 0, waiting), common=QueueView("common", 1), empty=QueueView("empty")
        )
        self.board, self.clock, self.audit = FixedBoard(self.view), FixedClock(), MemoryAudit()
        self.switchboard, self.orders = MemorySwitchboard(), SteeringOrders(self.clock)
        self.steering = Steering(
            self.switchboard, self.board, self.audit, self.clock, {"101": QUEUES}, self.orders, patience=patience
        )
        self.journal = MemoryJournal()
        self.listening = Listening(self.switchboard, self.audit, self.journal, self.clock, lambda n: n // 3)

    def told(self) -> list[tuple[str, str, str, str]]:
        return [(e.who, e.action, e.target, e.outcome) for e in self.audit.entries]


async def refused(deed: object) -> str:
    with pytest.raises(SteeringRefused) as caught:
        await deed  # type: ignore[misc]
    return caught.value.error_id


async def test_nothing_is_done_that_the_audit_does_not_take() -> None:
    desk = Desk()
    desk.audit.away = True
    for deed in (
        desk.steering.log_in("anna", "101"),
        desk.steering.pause("anna", "101", "lunch"),
        desk.steering.log_out("anna", "101", ""),
        desk.steering.move("anna", "c1", "common", ""),
    ):
        with pytest.raises(StorageError):
            await deed
    assert desk.switchboard.members == [] and desk.switchboard.withdrawn == [] and desk.orders.get("c1") is None


async def test_what_asterisk_does_not_do_is_in_the_audit_as_failed() -> None:
    desk = Desk()
    desk.switchboard.away = True
    with pytest.raises(PbxError):
        await desk.steering.pause("anna", "101", "lunch")
    with pytest.raises(PbxError):
        await desk.steering.move("anna", "c1", "common", "")
    assert desk.told() == [("anna", "pause", "101", "failed"), ("anna", "move", "c1", "failed")]
    # the order is not left behind
    assert desk.orders.get("c1") is None


async def test_only_known_operators_and_reasons_are_taken() -> None:
    desk = Desk()
    assert await refused(desk.steering.log_in("anna", "999")) == "unknown_operator"
    assert await refused(desk.steering.log_out("anna", "101@trunk", "")) == "unknown_operator"
    assert await refused(desk.steering.pause("anna", "101", "holiday|x")) == "unknown_reason"
    assert await refused(desk.steering.pause("anna", "101", "lunch", "x" * 301)) == "reason_too_long"
    assert await refused(desk.steering.resume("anna", "101")) == "not_logged_in"
    assert desk.told() == [("anna", "resume", "101", "void")]


async def test_a_move_waits_for_what_becomes_of_it_and_says_so() -> None:
    desk = Desk()
    assert await desk.steering.move("anna", "c1", "common", "") == "under_way"
    assert desk.switchboard.withdrawn == [("ural", "PJSIP/1")]
    assert await refused(desk.steering.move("boris", "c1", "common", "")) == "being_moved"
    order = desk.orders.take("c1")
    assert order is not None and (order.queue, order.by) == ("common", "anna")
    # taken once
    assert desk.orders.take("c1") is None
    await asyncio.sleep(0)
    assert desk.told() == [("anna", "move", "c1", "done")]


@pytest.mark.parametrize(
    ("event", "outcome"), [("AgentConnect", "answered"), ("Hangup", "gone"), ("QueueCallerJoin", "")]
)
async def test_who_is_answered_or_hangs_up_first_is_not_moved(event: str, outcome: str) -> None:
    desk = Desk(patience=20 if outcome else 0.05)
    moving = spawn(desk.steering.move("anna", "1764061200x1", "common", ""), "move")
    desk.board.now = staffed(
        ural=QueueView("ural", 1, 0, (Waiting("PJSIP/1", 1, NOON, "1764061200x1"),)), common=QueueView("common", 1)
    )
    while not desk.switchboard.withdrawn:  # noqa: ASYNC110
        await asyncio.sleep(0)
    desk.orders.event({"event": event, "uniqueid": "1764061200.1"})
    assert await moving == (outcome or "under_way")
    assert (desk.orders.take("1764061200x1") is None) == bool(outcome)


async def test_who_is_not_there_any_more_or_cannot_be_taken_stays() -> None:
    desk = Desk()
    desk.switchboard.not_waiting = {"PJSIP/1"}
    assert await refused(desk.steering.move("anna", "c1", "common", "")) == "not_waiting"
    assert desk.told() == [("anna", "move", "c1", "void")] and desk.orders.get("c1") is None
    for queue, error in (("ural", "same_queue"), ("empty", "nobody_there"), ("other", "unknown_queue")):
        assert await refused(desk.steering.move("anna", "c2", queue, "")) == error
    assert await refused(desk.steering.move("anna", "", "common", "")) == "not_waiting"
    desk.board.now = BoardView(desk.view.queues, fresh=False)
    with pytest.raises(PbxError):
        await desk.steering.move("anna", "c2", "common", "")


async def test_moving_up_needs_an_earlier_place_and_a_reason() -> None:
    desk = Desk()
    for position in (0, 2, 3, -1):
        assert await refused(desk.steering.move_up("anna", "c2", position, "ill")) == "not_earlier"
    assert await refused(desk.steering.move_up("anna", "c2", 1, " ")) == "no_reason"
    assert await desk.steering.move_up("anna", "c2", 1, "ill") == "under_way"
    assert desk.audit.entries[0].data == {"from": "ural", "queue": "ural", "place": 2, "position": 1}


async def test_an_order_that_nobody_came_for_is_void_after_a_while() -> None:
    clock = FixedClock()
    orders = SteeringOrders(clock)
    orders.put("c1", Order("anna", "", "ural", "common", 0, clock.now()))
    clock.pass_(121)
    assert orders.get("c1") is None and orders.take("c1") is None


async def test_the_call_that_comes_back_goes_where_it_was_sent_or_back_to_its_place() -> None:
    house = House(staffed(common=QueueView("common", 1, 0, (Waiting("x", 1, NOON, "other"),))))
    got: list[MovedCall] = []

    def flow(told: MovedCall) -> Flow:
        got.append(told)
        place = told.position
        return Enqueue(told.legs[0][0], "1", "signin", "steered", legs=told.legs, position=place, chosen=place > 0)
        yield

    variables = {"IVR_QUEUE": "ural", "IVR_LEGS": "ural:090&common:0", "IVR_ARRIVED": str(int(NOON.timestamp()) - 600)}
    desk = reception(house, flow)
    house.orders.put("call-1", Order("anna", "ill", "ural", "common", 3, NOON))
    await desk.steered(ScriptedChannel(variables=variables))
    await desk.steered(ScriptedChannel(variables=variables | {"IVR_QUEUE": "common", "IVR_LEGS": "ural:90"}))
    assert [told.legs for told in got] == [(("common", 0), ("ural", 90)), (("ural", 90),)]
    assert house.told("steered") == [
        {"action": "move_up", "from": "ural", "queue": "common", "by": "anna", "why": "ill", "position": 3},
        {"action": "returned", "from": "common", "queue": "ural"},
    ]
    # the chosen place is kept; the other one is reckoned by arrival
    assert [told.get("position") for told in house.told("enqueue")] == [3, 1]


SPYING = {"EXTEN": "*7" + "3" * 16, "CHANNEL(endpoint)": "sup-1"}


class Phone:
    """A supervisor's phone that has dialled."""

    def __init__(self, **variables: str) -> None:
        self.variables = {**SPYING, **variables}
        self.set: dict[str, str] = {}

    async def get_variable(self, name: str) -> str:
        return self.variables.get(name, "")

    async def set_variable(self, name: str, value: str) -> None:
        self.set[name] = value


async def test_a_talk_is_heard_by_its_one_time_number_and_is_in_the_audit_and_in_the_calls_journal() -> None:
    desk = Desk()
    assert await refused(desk.listening.ask("anna", "sup-1", "101", "whisper")) == "not_talking"
    other, talk = OperatorTalk("102", "PJSIP/op-102-2", "c2"), OperatorTalk("101", "PJSIP/op-101-1", "c1")
    desk.switchboard.talking = [other, talk]
    assert await desk.listening.ask("anna", "sup-1", "101", "whisper", "new colleague") == SPYING["EXTEN"]
    assert desk.told() == []
    phone = Phone()
    await desk.listening.listen(phone)
    assert phone.set == {"IVR_SPY_MODE": "w", "IVR_SPY": "PJSIP/op-101-1"}
    assert desk.told() == [("anna", "whisper", "101", "done")]
    assert desk.journal.events == [("c1", NOON, "listened", {"by": "anna", "mode": "whisper"})]
    again = Phone()
    await desk.listening.listen(again)
    assert again.set == {}


@pytest.mark.parametrize("what", ["another phone", "another number", "too late", "talk over", "no audit"])
async def test_nobody_listens_otherwise(what: str) -> None:
    desk = Desk()
    desk.switchboard.talking = [OperatorTalk("101", "PJSIP/op-101-1", "c1")]
    await desk.listening.ask("anna", "sup-1", "101", "barge")
    phone = Phone()
    match what:
        case "another phone":
            phone.variables["CHANNEL(endpoint)"] = "sup-2"
        case "another number":
            phone.variables["EXTEN"] = "*7" + "4" * 16
        case "too late":
            desk.clock.pass_(31)
        case "talk over":
            desk.switchboard.talking = []
        case "no audit":
            desk.audit.away = True
    await desk.listening.listen(phone)
    assert phone.set == {} and desk.journal.events == []


def test_an_operators_device_is_known_by_its_name_alone() -> None:
    assert operator_of("PJSIP/op-101") == ("101", "op") and operator_of("PJSIP/web-102") == ("102", "web")
    for other in ("PJSIP/trunk-a", "op-101", "Local/op-101", "PJSIP/sup-1", ""):
        assert operator_of(other) is None


def test_only_operators_connected_with_a_caller_out_of_a_queue_can_be_heard() -> None:
    channels = [
        {"channel": "PJSIP/alpha-00000001", "uniqueid": "17.1", "bridgeid": "b1", "application": "Queue"},
        {"channel": "PJSIP/op-101-00000002", "uniqueid": "17.2", "bridgeid": "b1", "application": "AppQueue"},
        # rung, not connected
        {"channel": "PJSIP/op-102-00000003", "uniqueid": "17.3", "bridgeid": "", "application": "AppQueue"},
        # dials a code of his own
        {"channel": "PJSIP/web-103-00000004", "uniqueid": "17.4", "bridgeid": "", "application": "Playback"},
        # two operators with each other
        {"channel": "PJSIP/op-104-00000005", "uniqueid": "17.5", "bridgeid": "b2", "application": "Dial"},
        {"channel": "PJSIP/op-105-00000006", "uniqueid": "17.6", "bridgeid": "b2", "application": "AppDial"},
        {"event": "CoreShowChannelsComplete"},
    ]
    assert operator_talks(channels, lambda uniqueid: f"call {uniqueid}") == [
        OperatorTalk("101", "PJSIP/op-101-00000002", "call 17.1")
    ]
