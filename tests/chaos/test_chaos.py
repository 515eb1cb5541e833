"""The oracle finds what it is there to find; no Asterisk is started here."""

import asyncio
import json
import os
import re
import signal
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from ivr.domain.tickets import Ticket
from ivr.errors import StorageError
from ivr.testnet.recogniser import Library, Piece
from tests.chaos import families, oracle, rounds
from tests.chaos import world as chaos_world
from tests.chaos.__main__ import main, run
from tests.chaos.callers import TO_OPERATOR, Caller, Word
from tests.chaos.case import CASES, Case, Options, Result
from tests.chaos.page import page
from tests.chaos.world import World

NUMBER, TICKET = "+74956010001", "77123456"


def caller(*keys: str, served: bool = False, cut: bool = False) -> Caller:
    """`served`: he came to the operator; then he hung up himself, or the talk was `cut`."""
    one = Caller(cast(Any, None), Library([]), NUMBER, TO_OPERATOR)
    one.words = [Word(key, number, number, True) for number, key in enumerate(keys)]
    one.served_at = float(len(keys)) if served else None
    one.by_us = served and not cut
    one.ended_at = len(keys) + 100.0
    return one


def reading(digits: str) -> tuple[str, ...]:
    return ("ticket/your-number", *(f"d/{digit}" for digit in digits), "ticket/repeat")


def ticket(number: str = TICKET) -> Ticket:
    return Ticket(number, "signin", "ru", "77", f"call-{number}", NUMBER, "open", "operator", datetime.now(UTC))


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    def judge(one: Caller, *tickets: Ticket, callbacks: int = 0, carried: bool = False, away: bool = False) -> Result:
        async def stored(world: World) -> Any:
            wishes = [SimpleNamespace(state="waiting") for _ in range(callbacks)]
            return {NUMBER: list(tickets)}, {NUMBER: wishes}

        monkeypatch.setattr(oracle, "stored", stored)
        result = Result("case")
        gone = frozenset({NUMBER} if carried else ())
        asyncio.run(oracle.judge(cast(World, None), [one], gone, result, away))
        return result

    return judge


def test_who_came_to_the_operator_with_his_own_number_is_no_fault(judged: Callable[..., Result]) -> None:
    result = judged(caller("say/hello", *reading(TICKET), served=True), ticket())
    assert (result.faults, result.calls, result.figures) == ([], 1, {"numbers heard whole": 1})


def test_a_call_that_was_cut_off_is_dropped_unless_the_fault_took_it(judged: Callable[..., Result]) -> None:
    assert len(judged(caller("say/hello")).dropped) == 1
    assert judged(caller("say/hello"), carried=True).faults == []
    assert judged(caller("say/hello", "callback/done"), callbacks=1).faults == []
    # a prompt was missing
    assert judged(caller("say/hello", "say/goodbye"), callbacks=1).faults == []
    assert len(judged(caller("say/hello"), callbacks=1).dropped) == 1
    assert len(judged(caller("say/hello", "say/goodbye")).dropped) == 1


def test_a_talk_that_the_caller_did_not_end_is_dropped_unless_the_fault_took_it(judged: Callable[..., Result]) -> None:
    (words,) = judged(caller("say/hello", served=True, cut=True)).dropped
    assert words.endswith("was cut off in the talk with the operator")
    assert judged(caller("say/hello", served=True, cut=True), carried=True).faults == []
    # what he was told before does not end a talk either
    assert len(judged(caller("callback/done", served=True, cut=True), callbacks=1).dropped) == 1


def test_who_hears_the_hotline_again_lost_the_operator_though_he_hangs_up_himself(
    judged: Callable[..., Result],
) -> None:
    one = caller("say/hello", "operator/connecting", served=True)
    one.words.append(Word("rating/ask", 20, 20, False))
    (words,) = judged(one).dropped
    assert words.endswith("was cut off in the talk with the operator, and heard rating/ask")
    # a word that was over before is recognised a moment late
    one.words[-1] = Word("operator/connecting", 2, 2.5, True)
    assert judged(one).faults == []


async def test_who_hangs_up_when_his_call_is_over_did_not_end_it() -> None:
    one, calls = caller("say/hello", served=True, cut=True), []
    for live in (False, True):
        call = SimpleNamespace(live=live)

        async def hangup(live: bool = live) -> None:
            calls.append(live)

        call.hangup = hangup
        one._call = cast(Any, call)
        await one.hang_up()
        assert one.by_us is live
    assert calls == [False, True]


@pytest.mark.parametrize("said", ["77123457", "7712345", "771234567"])
def test_another_number_than_the_stored_one_is_wrong(said: str, judged: Callable[..., Result]) -> None:
    result = judged(caller(*reading(said), served=True), ticket())
    # a digit that was not recognised makes fewer of them, and is no other number
    assert len(result.wrong) == (0 if said in TICKET else 1)


def test_a_number_cut_short_is_compared_as_far_as_it_came(judged: Callable[..., Result]) -> None:
    assert judged(caller(*reading("7712")[:-1], served=True), ticket()).wrong == []
    assert len(judged(caller(*reading("7719")[:-1], served=True), ticket()).wrong) == 1


def test_what_was_told_and_is_not_stored_or_stored_twice_is_found(judged: Callable[..., Result]) -> None:
    assert len(judged(caller(*reading(TICKET), served=True)).lost) == 1
    assert len(judged(caller(served=True), ticket(), ticket("77123450")).lost) == 1
    assert len(judged(caller("callback/done", served=True)).lost) == 1
    assert len(judged(caller("callback/done", served=True), callbacks=2).lost) == 1


def test_who_is_told_that_nobody_is_there_while_somebody_is_was_told_wrong(judged: Callable[..., Result]) -> None:
    assert len(judged(caller("nobody/all-away", served=True)).other) == 1
    gone = judged(caller("nobody/all-away", "say/goodbye"), away=True)
    assert (gone.faults, gone.figures) == ([], {"told that nobody is there": 1})


def test_a_caller_knows_words_and_the_operators_tone() -> None:
    sound = (8000 * np.sin(np.cumsum(np.linspace(0.1, 1.5, 16000)))).astype(np.int16)
    piece = Piece("ru", "menu/main", "menu/main", sound, 0, len(sound))
    one = Caller(cast(Any, None), Library([piece]), NUMBER, TO_OPERATOR)
    tone = (12000 * np.sin(2 * np.pi * 440 / 8000 * np.arange(8000))).astype(np.int16)
    for raw in (sound, np.zeros(3200, np.int16), tone):
        for at in range(0, len(raw), 160):
            one._take(raw[at : at + 160].tobytes())
        if raw is sound:
            assert one.served_at is None
    assert one.keys == ["menu/main"] and one.words[0].whole
    assert one.served_at is not None


def test_every_family_is_registered_and_listed(capsys: pytest.CaptureFixture[str]) -> None:
    families.load()
    assert main(["--list"]) == 0
    listed = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert listed == list(CASES)
    assert {"controller-killed", "callbacks"} <= set(CASES)


def test_what_cannot_be_done_is_told_before_anything_is_started(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    for wrong, words in (
        (["controller-kiled"], "there is no case controller-kiled; is controller-killed meant? --list shows them all"),
        (["xyz", "soak"], "there is no case xyz; --list shows them all"),
        (["--rounds", "0"], "--rounds: 1 or more"),
        (["--out", str(tmp_path / "file" / "out")], "--out: [Errno "),
    ):
        with pytest.raises(SystemExit, match="2"):
            main(wrong)
        assert words in capsys.readouterr().err


def test_a_fault_found_is_printed_written_and_makes_the_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def bad(options: Options, result: Result) -> None:
        result.dropped.append("a <call> was cut off")
        result.figures["MB at most"] = 77
        result.recovery += [1.0, 3.0]
        result.series["memory, MB"] = [(0.0, 1.0), (5.0, 2.0)]

    async def good(options: Options, result: Result) -> None:
        result.rounds = options.rounds

    assert run([Case("good", "", whole=good)], 1, 1, 1, tmp_path) == 0
    assert run([Case("bad", "", whole=bad), Case("good", "", whole=good)], 2, 1, 1, tmp_path) == 1
    told = json.loads(max(tmp_path.glob("*.json")).read_text("utf-8"))
    assert [each["verdict"] for each in told["cases"]] == ["FAULT", "unbroken"]
    assert told["cases"][0]["recovery_s"] == [1, 3] and told["cases"][0]["took_s"] < 5
    assert told["machine"]["asterisk"]
    shown = max(tmp_path.glob("*.html")).read_text("utf-8")
    assert "a &lt;call&gt; was cut off" in shown and "MB at most: 77" in shown
    said = capsys.readouterr()
    assert "FAULT a <call> was cut off" in said.out
    assert re.search(r"bad: over after \d+ s; 1 faults", said.err)


def test_ended_by_hand_what_was_found_is_written(tmp_path: Path) -> None:
    async def interrupted(options: Options, result: Result) -> None:
        result.lost.append("a ticket")
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(10)

    assert run([Case("one", "", whole=interrupted)], 1, 1, 1, tmp_path) == 1
    assert "a ticket" in max(tmp_path.glob("*.json")).read_text("utf-8")


@asynccontextmanager
async def no_hotline(folder: Path) -> AsyncIterator[World]:
    yield cast(World, None)


@asynccontextmanager
async def no_start(folder: Path) -> AsyncIterator[World]:
    raise StorageError
    yield


@asynccontextmanager
async def no_end(folder: Path) -> AsyncIterator[World]:
    yield cast(World, None)
    raise sqlite3.OperationalError("disk I/O error")


def test_what_breaks_one_case_or_hotline_leaves_the_others_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def round_of(case: Case, world: World, options: Options, result: Result) -> None:
        if case.name.startswith("broken"):
            raise IndexError("list index out of range")
        result.rounds += 1
        result.ended = ""

    monkeypatch.setattr(rounds, "rounds", round_of)
    cases = [
        Case("broken", "", setting=no_hotline), Case("good", "", setting=no_hotline),
        Case("unstarted", "", setting=no_start), Case("unstarted-too", "", setting=no_start),
        Case("broken-unended", "", setting=no_end), Case("unended", "", setting=no_end),
    ]  # fmt: skip
    assert run(cases, 1, 1, 1, tmp_path) == 1
    told = {each["case"]: each for each in json.loads(next(tmp_path.glob("*.json")).read_text("utf-8"))["cases"]}
    assert told["broken"]["other"] == ["round 1: IndexError: list index out of range"]
    assert (told["good"]["verdict"], told["good"]["rounds"]) == ("unbroken", 1)
    for name in ("unstarted", "unstarted-too"):
        assert told[name]["other"] == [f"no hotline for it: StorageError: {StorageError()}"]
    ending = "its hotline did not end well: OperationalError: disk I/O error"
    assert told["broken-unended"]["other"] == ["round 1: IndexError: list index out of range", ending]
    assert (told["unended"]["other"], told["unended"]["rounds"]) == ([ending], 1)


async def test_a_hotlines_last_words_are_shown_when_something_broke(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    @asynccontextmanager
    async def hotline(*settings: object, say: Callable[[str], None], **more: object) -> AsyncIterator[str]:
        try:
            yield "line"
        finally:
            say("controller stops")

    monkeypatch.setattr(chaos_world, "hotline", hotline)
    monkeypatch.setattr(chaos_world, "asterisk_install", lambda: None)
    async with chaos_world.quiet_hotline(tmp_path / "one", 0):
        pass
    assert "controller stops" not in capsys.readouterr().err
    with pytest.raises(StorageError):
        async with chaos_world.quiet_hotline(tmp_path / "two", 0):
            raise StorageError
    assert "controller stops" in capsys.readouterr().err


def test_a_page_of_nothing_is_a_page() -> None:
    assert page([Result("none")], "now", {}).startswith("<!doctype html>")
