"""`ivr retention run`: says what it deletes, deletes it, and finds nothing the second time."""

import asyncio
import json
import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ivr.cli import main
from ivr.storage.schema import upgrade
from ivr.storage.store import open_storage


def test_old_recordings_go_by_rule_and_a_second_run_finds_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("IVR_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("IVR_RECORDINGS_DAYS", "30")
    today = datetime.now(UTC)
    days = [f"{today - timedelta(days=ago):%Y-%m-%d}" for ago in (40, 20)]
    for day in days:
        file = tmp_path / "recordings" / day / "1764061200x5-1764061200-103.wav"
        file.parent.mkdir(parents=True)
        file.write_bytes(b"x" * 1000)
    counts = []
    for args in (["--dry-run"], [], []):
        assert main(["retention", "run", "--json", *args]) == 0
        told = json.loads(capsys.readouterr().out)["deleted"][0]
        counts.append((told["kind"], told["count"], told["days"]))
    assert counts == [("recordings", 1, days[:1]), ("recordings", 1, days[:1]), ("recordings", 0, [])]
    assert [each.name for each in (tmp_path / "recordings").iterdir()] == days[1:]
    assert main(["retention", "run"]) == 0
    assert "recordings" in capsys.readouterr().out


def run(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    assert main([*words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_rows_and_files_go_by_their_settings_and_every_listing_does_without_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("IVR_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("IVR_CALLS_DAYS", "90")
    monkeypatch.setenv("IVR_LOGS_DAYS", "7")
    now = datetime.now(UTC)
    asyncio.run(_use(f"sqlite:///{tmp_path / 'hotline.db'}", now))
    old_files = [
        "asterisk/log/messages.log.0", "asterisk/log/queue_log.0", "spool/wishes/1.bad", "spool/wishes/.2.tmp",
        "callbacks.log.1", "callbacks.log.2.gz",
    ]  # fmt: skip
    kept_files = ["asterisk/log/messages.log", "asterisk/log/queue_log", "spool/wishes/3.json", "callbacks.log"]
    for number, name in enumerate([*old_files, *kept_files]):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{1_700_000_000 + number}|NONE|NONE|NONE|QUEUESTART|\n" if "queue_log" in name else "x\n")
        os.utime(file, (now.timestamp() - 8 * 86_400,) * 2)
    told = {each["kind"]: each for each in run(capsys, "retention", "run", "--dry-run")["deleted"]}
    # nothing of the queue_log is counted yet
    counts = {kind: each["count"] for kind, each in told.items() if each["count"]}
    assert counts == {"calls": 1, "logs of Asterisk": 1, "other logs": 2, "unusable wishes": 2}
    assert (told["calls"]["kept_days"], told["other logs"]["kept_days"]) == (90, 7)
    assert all((tmp_path / name).exists() for name in old_files)
    done = {each["kind"]: each["count"] for each in run(capsys, "retention", "run")["deleted"] if each["count"]}
    assert done == counts
    assert [name for name in (*old_files, *kept_files) if (tmp_path / name).exists()] == [
        "asterisk/log/queue_log.0", *kept_files,
    ]  # fmt: skip
    assert [each["call_id"] for each in run(capsys, "calls", "list")] == ["new"]
    assert main(["calls", "show", "old"]) == 2
    capsys.readouterr()
    for words in (["tickets", "list"], ["callbacks", "list"], ["callbacks", "stats"], ["promises"]):
        run(capsys, *words)
    deeds = run(capsys, "audit")
    assert {(deed["who"], deed["action"]) for deed in deeds} == {("ivr retention", "retention")}
    assert [deed["data"] for deed in reversed(deeds)] == [{kind.replace(" ", "_"): n} for kind, n in done.items()]
    assert not [each for each in run(capsys, "retention", "run")["deleted"] if each["count"]]
    assert run(capsys, "audit") == deeds


def test_what_was_deleted_before_a_signal_stands_in_the_audit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("IVR_STATE_DIR", str(tmp_path))

    async def delete(_self: object, _before: object, deleted: Callable[[int], None]) -> None:
        deleted(5)
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(60)

    def unheeded(*_: object) -> None:
        pytest.fail("would have ended at once")

    with monkeypatch.context() as patch:
        patch.setattr("ivr.storage.old_files.OldFiles.delete", delete)
        before = signal.signal(signal.SIGTERM, unheeded)
        try:
            with pytest.raises(SystemExit) as ended:
                main(["retention", "run"])
        finally:
            signal.signal(signal.SIGTERM, before)
    assert ended.value.code == 128 + signal.SIGTERM
    capsys.readouterr()
    assert [deed["data"] for deed in run(capsys, "audit")] == [{"logs_of_Asterisk": 5}]


async def _use(url: str, now: datetime) -> None:
    await upgrade(url)
    async with open_storage(url, 30) as storage:
        for call_id, ago in (("old", 100), ("new", 80)):
            at = now - timedelta(days=ago)
            storage.journal.write(call_id, at, "start", {"caller": "+79161234567"})
            storage.journal.write(call_id, at, "end", {"reason": "hangup"})


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("IVR_CALLS_DAYS", "1", "between 2 and"),
        ("IVR_CALLS_DAYS", "60", "at least recordings_days"),
        ("IVR_AUDIT_DAYS", "1000", "at least 1095 days"),
        ("IVR_LOGS_DAYS", "never", "a whole number"),
    ],
)
def test_days_that_make_no_sense_are_refused(
    setting: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(setting, value)
    assert main(["retention", "run"]) != 0
    assert said in capsys.readouterr().err


def test_what_cron_or_systemd_need_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("IVR_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("IVR_DATABASE_URL", "postgresql://u:hunter2@h/db")
    made = run(capsys, "retention", "install", "--print")
    assert made["crontab"].startswith("17 3 * * * cd ")
    assert made["crontab"].endswith(f"-m ivr retention run >>{tmp_path}/state/retention.log 2>&1")
    assert "-m ivr retention run\n" in made["service"] and f"IVR_STATE_DIR={tmp_path}/state" in made["service"]
    assert "OnCalendar=*-*-* 03:17:00\nPersistent=true\n\n[Install]" in made["timer"]
    assert made["not_printed"] == ["IVR_DATABASE_URL"] and "hunter2" not in str(made)
