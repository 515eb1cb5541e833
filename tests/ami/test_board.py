"""The board over a real socket: read anew after each connection, never taken for fresh when it is not."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from ivr.ami.board import AmiBoard
from ivr.ami.client import AmiClient
from ivr.domain.live_people import board_view
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
        async with asyncio.timeout(20):
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
    assert [(w.channel, w.position, w.call_id) for w in queue.waiting] == [("PJSIP/a-1", 1, "7x1")]
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


def join(uniqueid: str, queue: str = "signin", position: int = 0, **more: str) -> bytes:
    place = {"Position": str(position)} if position else {}
    who = {"Channel": f"PJSIP/{uniqueid}", "Uniqueid": uniqueid}
    return message(Event="QueueCallerJoin", Queue=queue, **who, **place, **more)


async def test_a_change_is_seen_from_its_event_alone(rig: Rig, asterisk: FakeAsterisk) -> None:
    await rig.until(lambda: bool(rig.views))
    since = rig.time - timedelta(seconds=77)
    later = join("9.2", ChanVariable=f"IVR_ARRIVED={int(since.timestamp())}")
    await asterisk.peers[0].send(join("9.1"), later)
    await rig.until(lambda: len(rig.views[-1].queues["signin"].waiting) == 3)
    waiting = rig.views[-1].queues["signin"].waiting
    assert [(w.position, w.call_id, w.joined) for w in waiting[1:]] == [(2, "9x1", rig.time), (3, "9x2", since)]
    assert asterisk.done("QueueStatus") == 1


async def test_many_changes_at_once_are_told_in_few_views(rig: Rig, asterisk: FakeAsterisk) -> None:
    await rig.until(lambda: bool(rig.views))
    await asterisk.peers[0].send(b"".join(join(f"9.{n}") for n in range(50)))
    await rig.until(lambda: len(rig.views[-1].queues["signin"].waiting) == 51)
    assert len(rig.views) < 25


async def test_events_that_come_while_the_queues_are_read_hold_over_what_was_read(
    rig: Rig, asterisk: FakeAsterisk
) -> None:
    await rig.until(lambda: bool(rig.views))

    async def amid(peer: Peer, action: Action) -> None:
        if action["action"] != "QueueStatus":
            await obedient(peer, action)
            return
        start, *rest = queue_status(action, uniqueid="9.1")
        leave = message(Event="QueueCallerLeave", Queue="signin", Uniqueid="9.1", Channel="PJSIP/a-1")
        await peer.send(start, *rest[:-1], leave, join("9.2"), rest[-1])

    asterisk.handler = amid
    asterisk.peers[0].cut()
    await rig.until(lambda: rig.views[-1].fresh and len(rig.views) > 1)
    assert [w.call_id for w in rig.views[-1].queues["signin"].waiting] == ["9x2"]


async def test_a_comparison_finds_what_the_events_did_not_tell_and_puts_it_right(
    rig: Rig, asterisk: FakeAsterisk, caplog: pytest.LogCaptureFixture
) -> None:
    await rig.until(lambda: bool(rig.views))
    assert rig.board.drift is None
    await rig.board.snapshot()
    assert rig.board.drift is not None and rig.board.drift.differences == ()
    await asterisk.peers[0].send(join("9.1"))
    await rig.until(lambda: len(rig.views[-1].queues["signin"].waiting) == 2)
    await rig.board.snapshot()
    assert rig.board.drift.differences == ("signin: caller 9.1 is not there",)
    assert "caller 9.1 is not there" in caplog.text
    assert len(rig.board.view().queues["signin"].waiting) == 1


async def test_after_events_were_lost_all_is_read_anew(rig: Rig, asterisk: FakeAsterisk) -> None:
    await rig.until(lambda: bool(rig.views))
    rig.client.lost_events += 1  # as when they come faster than they are taken
    await asterisk.peers[0].send(join("9.1"))
    await asterisk.until(lambda: asterisk.done("QueueStatus") == 2)
    await rig.until(lambda: rig.board.view().fresh and len(rig.board.view().queues["signin"].waiting) == 1)


async def test_nothing_is_told_when_nothing_changed(rig: Rig, asterisk: FakeAsterisk) -> None:
    await rig.until(lambda: bool(rig.views))
    await asterisk.peers[0].send(message(Event="Newstate"), join("9.1"))
    await rig.until(lambda: len(rig.views) == 2)
    assert [len(v.queues["signin"].waiting) for v in rig.views] == [1, 2]


async def test_queues_of_a_silent_asterisk_are_not_fresh(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    await rig.until(lambda: bool(rig.views))
    silence = rig.client.silent_s
    assert silence is not None and silence < 20 and rig.board.view().fresh
    monkeypatch.setattr(AmiClient, "silent_s", 31.0)
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
    await asterisk.peers[1].send(message(Event="Hangup", Channel="PJSIP/a-1", Uniqueid="7.1"))
    await rig.until(lambda: not rig.views[-1].queues["signin"].waiting)
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
    assert [a["variable"] for a in asterisk.peers[1].actions if a["action"] == "Getvar"] == ["IVR_ARRIVED"]


async def test_a_refused_snapshot_is_logged_and_the_next_one_works(
    asterisk: FakeAsterisk, client: Make, caplog: pytest.LogCaptureFixture
) -> None:
    async def refuse_once(peer: Peer, action: Action) -> None:
        if action["action"] == "QueueStatus" and asterisk.done("QueueStatus") == 1:
            await peer.answer(action, Response="Error", Message="Permission denied")
        else:
            await obedient(peer, action)

    asterisk.handler = refuse_once
    made, _ = client()
    board = AmiBoard(made, lambda: datetime(2026, 1, 2, tzinfo=UTC), settle=0)
    seen: asyncio.Queue[BoardView] = asyncio.Queue()
    board.on_change.append(seen.put_nowait)
    task = spawn(board.run(), "board-under-test")
    async with asyncio.timeout(20):
        while not (await seen.get()).fresh:
            pass
    assert "Permission denied" in caplog.text
    task.cancel()


async def test_a_listener_of_the_board_that_raises_does_not_stop_it(rig: Rig, asterisk: FakeAsterisk) -> None:
    def broken(_view: BoardView) -> None:
        raise ValueError("a fault of the listener")

    rig.board.on_change.insert(0, broken)
    await rig.until(lambda: bool(rig.views))
    asterisk.peers[0].cut()
    await rig.until(lambda: len(rig.views) == 3)
    assert rig.board.view().fresh


async def test_a_view_that_fails_once_is_told_with_the_next_change(
    rig: Rig, asterisk: FakeAsterisk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await rig.until(lambda: bool(rig.views))
    made, failed = board_view, asyncio.Event()

    def broken(*_arguments: object) -> BoardView:
        failed.set()
        raise KeyError("9.1")

    monkeypatch.setattr("ivr.ami.board.board_view", broken)
    await asterisk.peers[0].send(join("9.1"))
    async with asyncio.timeout(20):
        await failed.wait()
    monkeypatch.setattr("ivr.ami.board.board_view", made)
    await asterisk.peers[0].send(join("9.2"))
    await rig.until(lambda: len(rig.views[-1].queues["signin"].waiting) == 3)
    assert "could not be looked at" in caplog.text
