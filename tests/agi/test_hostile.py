"""Whatever connects to the AGI port, another call goes on undisturbed and on time."""

import asyncio
import contextlib
import gc
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from ivr.agi.channel import AgiChannel
from ivr.agi.server import AgiServer
from ivr.errors import CallerHungUp
from ivr.flow.commands import Enqueue
from ivr.services.ports import Handover

HEADER = b"agi_network_script: %s\nagi_uniqueid: 1.1\nagi_arg_1: c1\nagi_arg_2: +79990000000\n\n"
#: The answers a well-behaved Asterisk gives to the flow of `talk`.
STEPS = 4


async def talk(channel: AgiChannel) -> None:
    assert await channel.ask(("menu/main",), 1, 5, False) == "1"
    await channel.set_language("en")
    assert await channel.ask(("a", "b"), 4, 5, True) == "1"
    legs = (("ural", 90), ("common", 0))
    ending = Enqueue("ural", "12345678", "signin", legs=legs, position=2)
    await channel.leave_to_queue(Handover(ending, "en", "41"))


class Rig:
    def __init__(self, server: AgiServer, port: int) -> None:
        self.server, self.port = server, port
        self.outcomes: asyncio.Queue[str] = asyncio.Queue()

    async def handler(self, channel: AgiChannel) -> None:
        try:
            await talk(channel)
        except CallerHungUp:
            self.outcomes.put_nowait("hung up")
            raise
        except Exception as error:
            self.outcomes.put_nowait(type(error).__name__)
            raise
        self.outcomes.put_nowait("done")

    async def open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def call(self, steps: int = 99, then: bytes = b"", route: bytes = b"inbound") -> list[bytes]:
        """Answer `steps` commands well, the next one with `then`, and close. Returns the commands."""
        reader, writer = await self.open()
        writer.write(HEADER % route)
        commands: list[bytes] = []
        while line := await reader.readline():
            commands.append(line)
            if len(commands) > steps:
                writer.write(then)
                break
            writer.write(b"200 result=0\n" if line.startswith(b"EXEC ") else b"200 result=1\n")
        writer.close()
        return commands

    async def outcome(self) -> str:
        return await asyncio.wait_for(self.outcomes.get(), 20)

    async def undisturbed(self, attack: Callable[[], Awaitable[object]]) -> None:
        """Calls run one after another while `attack` goes on; each is whole and waits for no end of the attack."""
        going = asyncio.ensure_future(attack())
        for _ in range(3):
            began = time.monotonic()
            assert len(await self.call()) == STEPS
            assert time.monotonic() - began < 20
        await asyncio.wait_for(going, 90)
        assert len(await self.call()) == STEPS


@pytest.fixture
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    """`request`: seconds that a header may take."""
    server = AgiServer(max_calls=50, header_time=getattr(request, "param", 0.5))
    port = await server.start("127.0.0.1", 0)
    rig = Rig(server, port)
    server.add_route("inbound", rig.handler)
    yield rig
    await server.drain(0.5)


async def test_the_time_before_each_command_is_told(rig: Rig) -> None:
    thought: list[float] = []
    rig.server.on_thought = thought.append
    assert len(await rig.call()) == STEPS
    assert len(thought) == STEPS and all(0 < seconds < 20 for seconds in thought)


@pytest.mark.parametrize(
    "sent",
    [b"", b"agi_network_script: inbound\n", b"x" * 1_000_000, bytes(range(256)) * 40 + b"\n\n", b"\n\n"],
    ids=["nothing", "half a header", "1 MB header", "binary", "empty header"],
)
@pytest.mark.parametrize("leaves", [True, False], ids=["and closes", "and stays"])
async def test_bad_headers_disturb_no_call(rig: Rig, sent: bytes, leaves: bool) -> None:
    async def attack() -> None:
        reader, writer = await rig.open()
        try:
            writer.write(sent)
            if not leaves:
                assert await reader.read() == b""
        except OSError:
            pass
        finally:
            writer.close()

    await rig.undisturbed(attack)
    await rig.server.drain(0)
    assert rig.server.counters.bad_headers == 1


@pytest.mark.parametrize("step", range(STEPS))
@pytest.mark.parametrize(
    "answer",
    [b"", b"HANGUP\n", b"HANGUP\n200 result=-1\n", b"511 Command Not Permitted\n", b"200 resu", b"200 result=-1\n",
     b"A" * 70_000],
)
async def test_a_hang_up_at_any_step_ends_only_that_call(rig: Rig, step: int, answer: bytes) -> None:
    await rig.call(step, answer)
    assert await rig.outcome() in {"hung up", "AgiError"}
    assert len(await rig.call()) == STEPS
    assert await rig.outcome() == "done"


async def test_a_refused_command_of_several_lines_is_read_to_its_end(rig: Rig) -> None:
    usage = b"520-Invalid command syntax.  Proper usage follows:\n Usage: X\n200 result=1\n520 End of proper usage.\n"
    await rig.call(0, usage)
    assert await rig.outcome() == "AgiError"
    assert len(await rig.call()) == STEPS


@pytest.mark.parametrize("rig", [5.0], indirect=True)
async def test_two_thousand_connections_at_once_disturb_no_call(rig: Rig) -> None:
    async def attack() -> None:
        opened = await asyncio.gather(*(rig.open() for _ in range(2000)))
        ends = await asyncio.gather(*(reader.read() for reader, _ in opened))
        assert set(ends) == {b""}
        for _, writer in opened:
            writer.close()

    await rig.undisturbed(attack)


async def test_calls_over_the_limit_are_closed_without_a_word(rig: Rig) -> None:
    gate, busy = asyncio.Event(), asyncio.Event()

    async def wait(channel: AgiChannel) -> None:
        if rig.server.counters.running == 50:
            busy.set()
        await gate.wait()

    rig.server.add_route("wait", wait)
    calls = [asyncio.ensure_future(rig.call(route=b"wait")) for _ in range(50)]
    await asyncio.wait_for(busy.wait(), 20)
    with contextlib.suppress(ConnectionError):  # closed while the header was being sent: just as silent
        assert await rig.call() == []
    assert rig.server.counters.refused == 1
    gate.set()
    await asyncio.gather(*calls)
    assert len(await rig.call()) == STEPS


async def test_a_call_that_was_taken_comes_back_also_over_the_limit(rig: Rig) -> None:
    gate, busy = asyncio.Event(), asyncio.Event()

    async def wait(channel: AgiChannel) -> None:
        if rig.server.counters.running == 50:
            busy.set()
        await gate.wait()

    rig.server.add_route("wait", wait)
    rig.server.add_route("moved", rig.handler, known=True)
    calls = [asyncio.ensure_future(rig.call(route=b"wait")) for _ in range(50)]
    await asyncio.wait_for(busy.wait(), 20)
    assert len(await rig.call(route=b"moved")) == STEPS
    with contextlib.suppress(ConnectionError):
        assert await rig.call() == []
    gate.set()
    await asyncio.gather(*calls)


async def test_calls_that_come_back_take_no_new_callers_place(rig: Rig) -> None:
    gate, busy = asyncio.Event(), asyncio.Event()

    async def wait(channel: AgiChannel) -> None:
        if rig.server.counters.running == 60:
            busy.set()
        await gate.wait()

    rig.server.add_route("moved", wait, known=True)
    calls = [asyncio.ensure_future(rig.call(route=b"moved")) for _ in range(60)]
    await asyncio.wait_for(busy.wait(), 20)
    assert len(await rig.call()) == STEPS
    gate.set()
    await asyncio.gather(*calls)


async def test_the_secret_in_front_of_a_route_is_not_logged(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    async def broken(channel: AgiChannel) -> None:
        raise ZeroDivisionError

    rig.server.add_route("s3cret/broken", broken)
    assert await rig.call(route=b"s3cret/broken") == []
    assert await rig.call(route=b"s3cret/nowhere") == []
    assert "broken" in caplog.text and "nowhere" in caplog.text
    assert "s3cret" not in caplog.text


async def test_an_unknown_route_and_a_failing_handler_close_the_connection(rig: Rig) -> None:
    async def broken(channel: AgiChannel) -> None:
        raise ZeroDivisionError

    rig.server.add_route("broken", broken)
    assert await rig.call(route=b"broken") == []
    assert await rig.call(route=b"nowhere") == []
    assert (rig.server.counters.failed, rig.server.counters.unknown_routes) == (1, 1)


async def test_the_next_step_is_set_last(rig: Rig) -> None:
    told = (await rig.call())[-1].decode()
    assert told.startswith('EXEC MSet "') and told.endswith(',IVR_NEXT=queue"\n')
    for pair in ("CHANNEL(language)=en_c1", "IVR_LEGS=ural:90&common:0", "IVR_POSITION=2", "IVR_REGION=41"):
        assert f",{pair}," in told


async def test_a_connection_that_comes_as_the_controller_stops_is_closed_at_once() -> None:
    """Its caller would wait for the collector else: the server is closed between its acceptance and its first step."""
    server = AgiServer()
    port = await server.start("127.0.0.1", 0)
    gc.disable()
    try:
        with socket.create_connection(("127.0.0.1", port)) as asterisk:
            asterisk.setblocking(False)
            # one turn to be accepted, one before its task begins
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            await server.drain(0)
            async with asyncio.timeout(20):
                assert await asyncio.get_running_loop().sock_recv(asterisk, 1) == b""
    finally:
        gc.enable()
        gc.collect()
