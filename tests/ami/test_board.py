"""The board over a real socket: read anew after each connection, never taken for fresh when it is not."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from ivr.ami.board import AmiBoard
from ivr.ami.client import AmiClient
from ivr.domain.queues import BoardView
from ivr.tasks import spawn

from .conftest import Links
from .fake import Action, FakeAsterisk, Peer, message, obedient, queue_status

Make = Callable[..., tuple[AmiClient, Links]]


class Rig:
    """A board, its clock, and the views it told its listeners."""

    def __init__(self, client: AmiClient, links: Links) -> None:
        self.client, self.links = client, links
        self.time = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
        self.board = AmiBoard(client, lambda: self.time, settle=0, every=60)
        self.views: list[BoardView] = []
        self._news = asyncio.Event()
        self.board.on_change.append(self._hear)

    def _hear(self, view: BoardView) -> None:
        self.views.append(view)
        self._news.set()

    async def until(self, wanted: Callable[[], bool]) -> None:
        async with asyncio.timeout(3):
            while not wanted():
                self._news.clear()
                await self._news.wait()


@pytest.fixture
async def rig(client: Make) -> AsyncIterator[Rig]:
    made = Rig(*client())
    task = spawn(made.board.run(), "board-under-test")
    yield made
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_the_first_snapshot_comes_with_the_link(rig: Rig) -> None:
    assert not rig.board.view().fresh
    await rig.until(lambda: bool(rig.views))
    view = rig.views[0]
    assert view.fresh and view == rig.board.view()
    queue = view.queues["signin"]
    assert (queue.logged_in, queue.ready) == (1, 1)
    assert [(w.channel, w.position, w.call_id) for w in queue.waiting] == [("PJSIP/a-1", 1, "call-1")]
    assert queue.waiting[0].joined == rig.time - timedelta(seconds=4)


async def test_every_new_connection_brings_a_new_snapshot(rig: Rig, asterisk: FakeAsterisk) -> None:
    for connection in range(3):
        await rig.until(lambda: bool(rig.views) and rig.views[-1].fresh)
        assert [a["action"] for a in asterisk.peers[connection].actions].count("QueueStatus") == 1
        asterisk.peers[connection].cut()
        await rig.until(lambda: not rig.views[-1].fresh)
    assert [v.fresh for v in rig.views] == [True, False] * 3


async def test_figures_from_before_the_cut_are_not_fresh_when_only_the_link_is_back(
    rig: Rig, asterisk: FakeAsterisk
) -> None:
    await rig.until(lambda: bool(rig.views))

    async def no_queues(peer: Peer, action: Action) -> None:
        if action["action"] != "QueueStatus":
            await obedient(peer, action)

    asterisk.handler = no_queues
    asterisk.peers[0].cut()
    await rig.links.until(True, False, True)
    await asterisk.until(lambda: asterisk.done("QueueStatus") == 2)
    assert rig.client.connected and not rig.board.view().fresh


async def test_a_change_is_read_soon_and_many_changes_at_once_are_read_once(
    rig: Rig, asterisk: FakeAsterisk
) -> None:
    await rig.until(lambda: bool(rig.views))
    peer = asterisk.peers[0]
    await peer.send(b"".join(message(Event="QueueCallerJoin", Queue="signin", Channel=f"c{n}") for n in range(50)))
    await asterisk.until(lambda: asterisk.done("QueueStatus") >= 2)
    await rig.client.action("CoreStatus")
    assert asterisk.done("QueueStatus") <= 3


async def test_nothing_is_told_when_nothing_changed(rig: Rig, asterisk: FakeAsterisk) -> None:
    await rig.until(lambda: bool(rig.views))
    await rig.board.snapshot()
    assert len(rig.views) == 1


async def test_figures_over_half_a_minute_old_are_not_fresh(rig: Rig) -> None:
    await rig.until(lambda: bool(rig.views))
    rig.time += timedelta(seconds=29)
    assert rig.board.view().fresh
    rig.time += timedelta(seconds=2)
    assert not rig.board.view().fresh


async def test_the_time_of_arrival_is_asked_once_and_forgotten_with_the_call(rig: Rig, asterisk: FakeAsterisk) -> None:
    arrived, asked = rig.time - timedelta(seconds=300), list[str]()

    async def knows(peer: Peer, action: Action) -> None:
        if action["action"] == "Getvar" and action["variable"] == "IVR_ARRIVED":
            asked.append(action["channel"])
            await peer.answer(action, Variable="IVR_ARRIVED", Value=str(int(arrived.timestamp())))
        else:
            await obedient(peer, action)

    await rig.until(lambda: bool(rig.views))
    asterisk.handler = knows
    asterisk.peers[0].cut()
    await rig.until(lambda: len(rig.views) == 3)
    assert [w.joined for w in rig.views[2].queues["signin"].waiting] == [arrived]
    await rig.board.snapshot()
    assert asked == ["PJSIP/a-1"]
    await asterisk.peers[1].send(message(Event="Hangup", Channel="PJSIP/a-1"))
    await rig.client.action("CoreStatus")
    await rig.board.snapshot()
    assert len(asked) == 2


@pytest.mark.parametrize("value", ["", "soon", "-1", "0", str(10**30)])
async def test_a_strange_time_of_arrival_is_not_believed(rig: Rig, asterisk: FakeAsterisk, value: str) -> None:
    async def odd(peer: Peer, action: Action) -> None:
        if action["action"] == "Getvar":
            await peer.answer(action, Variable=action["variable"], Value=value)
        else:
            await obedient(peer, action)

    await rig.until(lambda: bool(rig.views))
    asterisk.handler = odd
    asterisk.peers[0].cut()
    await rig.until(lambda: len(rig.views) == 3)
    assert [w.joined for w in rig.views[2].queues["signin"].waiting] == [rig.time - timedelta(seconds=4)]
    await rig.board.snapshot()
    # it will not become better, so it is asked for once
    asked = [a["variable"] for a in asterisk.peers[1].actions if a["action"] == "Getvar"]
    assert asked.count("IVR_ARRIVED") == 1


async def test_a_refused_snapshot_is_logged_and_the_next_one_works(
    rig: Rig, asterisk: FakeAsterisk, caplog: pytest.LogCaptureFixture
) -> None:
    async def refuse_once(peer: Peer, action: Action) -> None:
        if action["action"] != "QueueStatus":
            await obedient(peer, action)
        elif asterisk.done("QueueStatus") == 2:
            await peer.answer(action, Response="Error", Message="Permission denied")
            await peer.send(message(Event="QueueMemberPause", Queue="signin"))
        else:
            await peer.send(*queue_status(action, channel="PJSIP/later-1"))

    await rig.until(lambda: bool(rig.views))
    asterisk.handler = refuse_once
    await asterisk.peers[0].send(message(Event="QueueCallerJoin", Queue="signin"))
    await rig.until(lambda: len(rig.views) == 2)
    assert rig.views[1].queues["signin"].waiting[0].channel == "PJSIP/later-1"
    assert "Permission denied" in caplog.text


async def test_a_listener_of_the_board_that_raises_does_not_stop_it(rig: Rig, asterisk: FakeAsterisk) -> None:
    def broken(_view: BoardView) -> None:
        raise ValueError("a fault of the listener")

    rig.board.on_change.insert(0, broken)
    await rig.until(lambda: bool(rig.views))
    asterisk.peers[0].cut()
    await rig.until(lambda: len(rig.views) == 3)
    assert rig.board.view().fresh
