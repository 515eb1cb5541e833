"""The hotline's bench with the real parts of the controller that steer: manager link, board, FastAGI, steering."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from ivr.agi.channel import AgiChannel
from ivr.agi.server import AgiServer
from ivr.ami.board import AmiBoard
from ivr.ami.client import AmiClient
from ivr.ami.switchboard import Switchboard
from ivr.config import Config
from ivr.flow.commands import Enqueue, Flow
from ivr.pbx.secrets import load_secrets
from ivr.services.listening import Listening
from ivr.services.reception import Reception
from ivr.services.routing import RouteDesk
from ivr.services.steering import Steering
from ivr.services.steering_orders import SteeringOrders
from ivr.tasks import spawn
from ivr.testing import FixedClock, MemoryAudit
from ivr.wiring import SystemClock, identify, load_readers, make_flows, read_regions
from tests.dialplan.test_legs import DID
from tests.services.house import NOWHERE, House

_CONFIG = Config(languages=("ru",))


@dataclass
class Controlled:
    """`legs`: by the caller's number, the queues that he is sent to and the seconds in each."""

    bench: Any
    house: House
    board: AmiBoard
    switchboard: Switchboard
    steering: Steering
    listening: Listening
    orders: SteeringOrders
    audit: MemoryAudit
    agi: AgiServer
    legs: Mapping[str, tuple[tuple[str, int], ...]] = field(default_factory=dict)
    calls: list[Any] = field(default_factory=list)
    handed: list[str] = field(default_factory=list)

    async def call(self, number: str, queue: str, waiting: int) -> str:
        """A citizen calls and is the last of so many in `queue`; his call's id. Nobody else comes in that second."""
        second = int(time.time())
        self.calls.append(await self.bench.network.call(number, DID))
        await self.bench.queued(queue, waiting)
        await self.until(lambda: self.waits(queue, waiting) and int(time.time()) > second)
        return self.board.view().queues[queue].waiting[-1].call_id

    def waits(self, queue: str, count: int) -> bool:
        """The board shows so many callers with their ids."""
        there = self.board.view().queues.get(queue)
        return there is not None and len(there.waiting) == count and all(each.call_id for each in there.waiting)

    async def until(self, wanted: Any, limit: float = 15) -> None:
        async with asyncio.timeout(limit):
            while not wanted():  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    def order(self, queue: str) -> list[str]:
        """Who waits in `queue`, by call id."""
        return [each.call_id for each in self.board.view().queues[queue].waiting]

    def journalled(self, call_id: str) -> list[dict[str, object]]:
        """What the journal says of the steering of a call."""
        return [data for call, _, kind, data in self.house.journal.events if (call, kind) == (call_id, "steered")]


class Now(FixedClock):
    """The real clock, for services that a test gave a fixed one."""

    def now(self) -> datetime:
        return SystemClock().now()


@asynccontextmanager
async def controlled(bench: Any, legs: Mapping[str, str]) -> AsyncIterator[Controlled]:
    """`legs`: caller's number -> "east:0"."""
    secrets = load_secrets(bench.config.state_dir / "secrets.json", [o.login for o in bench.config.operators])
    client = AmiClient("127.0.0.1", bench.config.ami_port, "controller", secrets.ami)
    house, clock = House(), Now()
    board = AmiBoard(client, clock.now, settle=0.05, every=0.5)
    audit, orders = MemoryAudit(), SteeringOrders(clock)
    switchboard = Switchboard(client)
    route = RouteDesk(house.router, board, clock)
    house.queue_journal.on_out.append(route.out)
    for listener in (house.queue_journal.event, orders.event):
        client.on_event.append(listener)
    operators = {o.login: ("east", "west", "common") if not o.queues else o.queues for o in bench.config.operators}
    steering = Steering(switchboard, board, audit, clock, operators, orders, patience=20)
    listening = Listening(switchboard, audit, house.journal, clock, lambda n: 7 * n // 9)
    agi = AgiServer()
    made = Controlled(bench, house, board, switchboard, steering, listening, orders, audit, agi)
    made.legs = {number: tuple((q, int(s)) for q, s in (leg.split(":") for leg in told.split("&")))
                 for number, told in legs.items()}  # fmt: skip

    def inbound(caller: Any, _promised: object) -> Flow:
        mine = made.legs[caller.number.lstrip("+")]
        return Enqueue(mine[0][0], "48215513", "signin", legs=mine)
        yield

    flows = replace(make_flows(_CONFIG, load_readers(_CONFIG), read_regions(_CONFIG)), inbound=inbound)
    services = replace(house.services, clock=clock, local_clock=clock, route=route)
    reception = Reception(services, flows, identify, ("ru", "en", "tt"), NOWHERE, orders, house.guests)

    def counted(name: str) -> Any:
        async def serve(channel: AgiChannel) -> None:
            made.handed.append(name)
            await getattr(reception, name)(channel)

        return serve

    for name in ("inbound", "rating", "unanswered", "moved", "steered", "offer"):
        agi.add_route(f"{secrets.agi}/{name}", counted(name))
    agi.add_route(f"{secrets.agi}/listen", listening.listen)
    async with AsyncExitStack() as stack:
        await agi.start("127.0.0.1", bench.config.agi_port)
        stack.push_async_callback(agi.drain, 0.2)
        for task in (spawn(client.run(), "link"), spawn(board.run(), "board")):
            stack.push_async_callback(_over, task)
        await made.until(lambda: board.view().fresh)
        try:
            yield made
        finally:
            for call in made.calls:
                with suppress(Exception):
                    await call.hangup()


async def _over(task: "asyncio.Task[Any]") -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
