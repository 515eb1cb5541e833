"""`ivr retention run`: says what it deletes, deletes it, and finds nothing the second time."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ivr.cli import main


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
        (told,) = json.loads(capsys.readouterr().out)["deleted"]
        counts.append((told["kind"], told["count"], told["days"]))
    assert counts == [("recordings", 1, days[:1]), ("recordings", 1, days[:1]), ("recordings", 0, [])]
    assert [each.name for each in (tmp_path / "recordings").iterdir()] == days[1:]
    assert main(["retention", "run"]) == 0
    assert "recordings" in capsys.readouterr().out
