"""`ivr callbacks` over a database: promised, shown, moved, cancelled, counted; what is refused, and the words."""

import asyncio
import json
import shlex
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, get_args

import pytest

from ivr.cli import main
from ivr.commands import _callbacks_dispatch
from ivr.domain.dispatching import Reason
from ivr.services.dispatch import Round
from ivr.storage.store import open_storage
from tests.addresses import free_port

NUMBER = "+74232201234"


@pytest.fixture(autouse=True)
def hotline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database without callbacks, noon in Vladivostok."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IVR_DATABASE_URL", f"sqlite:///{tmp_path / 'hotline.db'}")
    monkeypatch.setenv("IVR_STATE_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("IVR_TEST_TIME", "2026-11-25T12:00:00+10:00")
    assert main(["db", "upgrade"]) == 0
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *argv: str, rc: int = 0) -> str:
    capsys.readouterr()
    assert main(["callbacks", *argv]) == rc
    told = capsys.readouterr()
    return told.err if rc == 2 else told.out


def told(capsys: pytest.CaptureFixture[str], *argv: str) -> Any:
    return json.loads(said(capsys, *argv, "--json"))


def test_a_callback_is_promised_listed_and_shown(capsys: pytest.CaptureFixture[str]) -> None:
    added = told(capsys, "add", "--number", "8 (423) 220-12-34", "--category", "signin", "--language", "en")
    assert (added["number"], added["state"], added["zone"]) == (NUMBER, "waiting", "Asia/Vladivostok")
    assert datetime.fromisoformat(added["window_from"]) <= datetime.now(UTC)
    (listed,) = told(capsys, "list", "--state", "waiting", "--queue", "common")
    assert listed == added
    assert said(capsys, "list", "--state", "done") == "no callbacks\n"
    assert NUMBER in said(capsys, "list")
    shown = told(capsys, "show", added["id"])
    assert [(event["event"], event["after"]) for event in shown["events"]] == [("confirm", "waiting")]
    words = said(capsys, "show", added["id"])
    assert "Asia/Vladivostok" in words and "0 charged" in words


def test_the_notices_that_wait_are_shown_as_they_will_read(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert said(capsys, "notices") == "no messages wait to be sent\n"
    added = told(capsys, "add", "--number", NUMBER, "--language", "en")
    (notice,) = told(capsys, "notices")
    assert (notice["template"], notice["number"], notice["callback"]) == ("callback-created", NUMBER, added["id"])
    start = datetime.fromisoformat(added["window_from"]).astimezone(timezone(timedelta(hours=10)))
    assert f"on {start:%d.%m} between {start:%H:%M} and " in notice["text"]
    assert "(MSK+7) at the number ending in 1234." in notice["text"] and "http" not in notice["text"]
    monkeypatch.setenv("IVR_CALLBACK_LINK", "https://hotline.example/c/{id}")
    assert f"At https://hotline.example/c/{added['id']} you can" in said(capsys, "notices")
    monkeypatch.setenv("IVR_CALLBACK_LINK", "http://hotline.example")
    assert "IVR_CALLBACK_LINK: " in said(capsys, "notices", rc=2)


def test_out_of_his_hours_the_promise_begins_in_the_morning_by_his_clock(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # 22:00 in Vladivostok, 15:00 in Moscow: he may be called again at nine, eleven hours later
    monkeypatch.setenv("IVR_TEST_TIME", "2026-11-25T22:00:00+10:00")
    added = told(capsys, "add", "--number", NUMBER)
    ahead = datetime.fromisoformat(added["window_from"]) - datetime.now(UTC)
    assert timedelta(hours=10, minutes=59) < ahead <= timedelta(hours=11)


def test_his_own_wish_opens_his_quiet_hours_for_ninety_minutes(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    by_day = told(capsys, "add", "--number", "+74152123456", "--tonight")
    assert by_day["tonight_until"] is None
    monkeypatch.setenv("IVR_TEST_TIME", "2026-11-25T22:00:00+10:00")
    added = told(capsys, "add", "--number", NUMBER, "--tonight")
    assert datetime.fromisoformat(added["window_from"]) <= datetime.now(UTC)
    ahead = datetime.fromisoformat(added["tonight_until"]) - datetime.now(UTC)
    assert timedelta(minutes=89) < ahead <= timedelta(minutes=90)
    assert "--tonight" in said(capsys, "add", "--number", "+74232201235")


def test_when_he_is_called_is_told_by_his_own_clock(capsys: pytest.CaptureFixture[str]) -> None:
    line = said(capsys, "add", "--number", NUMBER)
    (added,) = told(capsys, "list", "--number", "8 423 220-12-34")
    start = datetime.fromisoformat(added["window_from"]).astimezone(timezone(timedelta(hours=10)))
    words = f"{start:%Y-%m-%d %H:%M} to "
    assert words in line and "by his clock (Asia/Vladivostok)" in line
    assert words in said(capsys, "show", added["id"])


def test_one_callback_a_number(capsys: pytest.CaptureFixture[str]) -> None:
    added = told(capsys, "add", "--number", NUMBER)
    assert added["id"] in said(capsys, "add", "--number", NUMBER, rc=2)


def test_cancelled_with_the_reason_and_then_no_more(capsys: pytest.CaptureFixture[str]) -> None:
    added = told(capsys, "add", "--number", NUMBER)
    done = told(capsys, "cancel", added["id"], "--reason", "wrote an e-mail")
    assert (done["state"], done["reason"]) == ("cancelled", "wrote an e-mail")
    assert "cannot be cancelled" in said(capsys, "cancel", added["id"], rc=2)
    assert "cannot be moved" in said(capsys, "move", added["id"], "--language", "en", rc=2)


def test_of_another_language_the_citizen_is_told_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    added = told(capsys, "add", "--number", NUMBER)
    before = told(capsys, "notices")
    moved = told(capsys, "move", added["id"], "--language", "en", "--note", "he said so")
    changed = {"language": "en", "version": moved["version"]}
    assert moved == told(capsys, "list")[0] and moved == {**added, **changed}
    assert told(capsys, "notices") == before
    last = told(capsys, "show", added["id"])["events"][-1]
    assert (last["event"], last["note"], last["notice"]) == ("language", "he said so", "")


def test_moved_to_another_window_and_number(capsys: pytest.CaptureFixture[str]) -> None:
    added = told(capsys, "add", "--number", NUMBER)
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=5)
    moved = told(capsys, "move", added["id"], "--from", start.isoformat(), "--number", "+74152123456")
    assert (moved["number"], moved["zone"]) == ("+74152123456", "Asia/Kamchatka")
    assert [datetime.fromisoformat(moved[name]) for name in ("window_from", "window_to", "virtual_start")] == [
        start, start + timedelta(hours=1), start,
    ]  # fmt: skip


def test_no_window_is_promised_in_which_he_may_not_be_rung(capsys: pytest.CaptureFixture[str]) -> None:
    added = told(capsys, "add", "--number", NUMBER)
    # noon in Vladivostok: fifteen hours later it is three in the morning
    night = datetime.now(UTC) + timedelta(hours=15)
    refused = said(capsys, "move", added["id"], "--from", night.isoformat(), rc=2)
    assert "by his clock (Asia/Vladivostok)" in refused and "his hours begin at" in refused
    # in Moscow it is five in the morning
    refused = said(capsys, "move", added["id"], "--number", "+74951234567", rc=2)
    assert "by his clock (Europe/Moscow)" in refused
    assert told(capsys, "show", added["id"])["events"][1:] == []
    morning = datetime.now(UTC) + timedelta(hours=5)
    moved = told(capsys, "move", added["id"], "--number", "+74951234567", "--from", morning.isoformat())
    assert (moved["number"], moved["zone"]) == ("+74951234567", "Europe/Moscow")
    # given up when his hours are over, not an hour after the window
    assert datetime.fromisoformat(moved["expires_at"]) > datetime.fromisoformat(moved["window_to"]) + timedelta(hours=3)


def test_a_number_that_has_a_callback_takes_no_second_one(capsys: pytest.CaptureFixture[str]) -> None:
    added = told(capsys, "add", "--number", NUMBER)
    other = told(capsys, "add", "--number", "+74152123456")
    assert other["id"] in said(capsys, "move", added["id"], "--number", "+74152123456", rc=2)


async def offered(url: str) -> None:
    """Two callers, one of whom was offered a callback, and one whom we called."""
    async with open_storage(url, 30) as storage:
        at = datetime.now(UTC) - timedelta(minutes=5)
        for name, step, id in (("1.1", "callback/offer", ""), ("1.2", "main", ""), ("cb1", "callback", "c1")):
            storage.journal.write(name, at, "start", {"caller": NUMBER, "callback": id})
            storage.journal.write(name, at, "step", {"step": step})


def test_the_figures(capsys: pytest.CaptureFixture[str], hotline: Path) -> None:
    added = told(capsys, "add", "--number", NUMBER)
    told(capsys, "add", "--number", "+74152123456")
    told(capsys, "cancel", added["id"])
    asyncio.run(offered(f"sqlite:///{hotline / 'hotline.db'}"))
    found = told(capsys, "stats")
    assert found["offered"] == 1
    assert (found["accepted"], found["due"], found["dialled"], found["ends"]) == (2, 2, 0, {"cancelled": 1})
    assert "cancelled 1" in said(capsys, "stats")
    assert told(capsys, "stats", "--until", "2020-01-01T00:00+03:00")["accepted"] == 0


async def written(url: str, steered: bool = False) -> None:
    """Two callers of one queue, the later one answered first; `steered`: because a supervisor moved him up."""
    async with open_storage(url, 30) as storage:
        at = datetime.now(UTC) - timedelta(minutes=5)
        for name, came, taken in (("1.1", 0, 90), ("1.2", 30, 60)):
            write = storage.journal.write
            write(name, at + timedelta(seconds=came), "start", {"caller": NUMBER})
            write(name, at + timedelta(seconds=came), "waiting", {"queue": "common"})
            if steered and name == "1.2":
                deed = {"action": "move_up", "by": "anna", "queue": "common"}
                write(name, at + timedelta(seconds=40), "steered", deed)
                write(name, at + timedelta(seconds=41), "waiting", {"queue": "common"})
            write(name, at + timedelta(seconds=taken), "answered", {"queue": "common", "rang_s": "2"})


def test_who_was_overtaken_is_told(capsys: pytest.CaptureFixture[str], hotline: Path) -> None:
    assert told(capsys, "check-order") == {"calls": 0, "called_back": 0, "answered": 0, "inversions": [], "steered": []}
    asyncio.run(written(f"sqlite:///{hotline / 'hotline.db'}"))
    found = json.loads(said(capsys, "check-order", "--json", rc=1))
    assert [(each["earlier"], each["later"]) for each in found["inversions"]] == [("1.1", "1.2")]
    assert "2 calls, 0 of them called back: 1 inversions" in said(capsys, "check-order", rc=1)


def test_who_was_moved_up_by_a_supervisor_has_overtaken_nobody_by_mistake(
    capsys: pytest.CaptureFixture[str], hotline: Path
) -> None:
    asyncio.run(written(f"sqlite:///{hotline / 'hotline.db'}", steered=True))
    found = told(capsys, "check-order")
    assert found["inversions"] == []
    assert [(each["earlier"], each["later"], each["by"]) for each in found["steered"]] == [("1.1", "1.2", "anna")]
    assert "moved up by anna: 1.2 went before 1.1 in common" in said(capsys, "check-order")


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("add", "--number", "88005553535"), "(own)"),
        (("add", "--number", "+78002000000"), "(toll-free)"),
        (("add", "--number", "112"), "(short)"),
        (("add", "--number", "+12025550123"), "(foreign)"),
        (("add", "--number", NUMBER, "--queue", "nowhere"), "none of"),
        (("add", "--number", NUMBER, "--language", "xx"), "none of"),
        (("show", "nobody"), "no callback"),
        (("cancel", "nobody"), "no callback"),
        (("list", "--limit", "0"), "--limit"),
        (("list", "--queue", "nowhere"), "none of"),
        (("list", "--number", "his"), "not a telephone number"),
        (("stats", "--since", "yesterday"), "--since"),
        (("stats", "--since", "2026-11-25T09:00Z", "--until", "2026-11-24T09:00Z"), "not before"),
        (("stats", "--since", "2026-11-25T09:00"), "by which clock"),
        (("dispatch", "--every", "0"), "more than 0"),
        (("dispatch", "--every", "nan"), "more than 0"),
        (("dispatch", "--listen", "inf"), "more than 0"),
    ],
)
def test_what_cannot_be_done_is_one_clear_line(
    capsys: pytest.CaptureFixture[str], argv: tuple[str, ...], words: str
) -> None:
    line = said(capsys, *argv, rc=2)
    assert words in line and line.count("\n") == 1


def test_without_a_trunk_that_can_be_called_nobody_is_dialled(
    capsys: pytest.CaptureFixture[str], hotline: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IVR_NETWORK_PORT", str(free_port()))
    settings = hotline / "hotline.toml"
    cannot = '[[trunks]]\nname = "in"\naddresses = ["10.0.0.9", "10.0.0.8"]\n'
    before = settings.read_text() if settings.exists() else ""
    # while nobody waits for it that is no failure: the dispatcher comes every minute
    for text, words in ((before, "ivr call --wait"), (cannot, "no trunk to call")):
        settings.write_text(text)
        line = said(capsys, "dispatch")
        assert line.startswith("nobody is due; ") and words in line and "callback_trunk" in line
        assert line.count("\n") == 1 and told(capsys, "dispatch")["dialled"] == []
    told(capsys, "add", "--number", "+74232201234", "--tonight")
    for text, words in ((before, "ivr call --wait"), (cannot, "no trunk to call")):
        settings.write_text(text)
        line = said(capsys, "dispatch", rc=2)
        assert "callbacks are due, but" in line and words in line and "callback_trunk" in line


def test_a_fault_is_told_once(hotline: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IVR_DATABASE_URL", f"sqlite:///{hotline / 'nowhere.db'}")
    words = [sys.executable, "-m", "ivr", "callbacks", "list"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr.count("is not there"), done.stderr.count("\n")) == (2, "", 1, 1)


def test_who_dispatches_by_hand_is_told_why_no_phone_rings() -> None:
    assert "nobody else is due" in _callbacks_dispatch.told(Round())[-1]
    put_off, wait = _callbacks_dispatch.told(Round(parked=2, held={"operators": 3}))[1:]
    assert put_off.startswith("2 put off") and wait.startswith("3 wait: no operator is free")
    assert len(_callbacks_dispatch.told(Round(dialled=["one"]))) == 1
    assert set(_callbacks_dispatch.WHY) >= set(get_args(Reason)) - {"over", "window"}


def test_without_a_controller_nobody_is_dialled(
    capsys: pytest.CaptureFixture[str], hotline: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (hotline / "hotline.toml").write_text('[[trunks]]\nname = "out"\naddresses = ["10.0.0.9"]\n')
    monkeypatch.setenv("IVR_AGI_PORT", "1")
    assert "the controller does not answer" in said(capsys, "dispatch", rc=2)


def test_the_lines_carry_the_settings_of_the_surroundings_but_no_secret(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IVR_AMI_PORT", "15038")
    monkeypatch.setenv("IVR_DATABASE_URL", "postgresql://hotline:s3cret@db/hotline")
    made = told(capsys, "install", "--print")
    assert " IVR_AMI_PORT=15038 " in made["crontab"] and 'Environment="IVR_AMI_PORT=15038"' in made["service"]
    assert made["not_printed"] == ["IVR_DATABASE_URL"]
    shown = said(capsys, "install", "--print")
    assert "s3cret" not in shown and "IVR_DATABASE_URL is a secret" in shown


def test_the_lines_for_cron_and_systemd_find_this_hotline(capsys: pytest.CaptureFixture[str], hotline: Path) -> None:
    made = told(capsys, "install", "--print")
    fields = made["crontab"].split(" ", 5)
    assert fields[:5] == ["*"] * 5
    words = shlex.split(fields[5])
    assert words[:3] == ["cd", str(hotline), "&&"]
    assert f"IVR_STATE_DIR={hotline / 'var'}" in words
    assert words[words.index("-m") :][:4] == ["-m", "ivr", "callbacks", "dispatch"]
    assert f'Environment="IVR_STATE_DIR={hotline / "var"}"' in made["service"]
    assert "OnCalendar=*-*-* *:*:00" in made["timer"]
    shown = said(capsys, "install", "--print")
    assert made["crontab"] in shown and "[Timer]" in shown
