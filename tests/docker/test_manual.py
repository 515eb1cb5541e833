"""docker/README.md on backup, restore and upgrade: what it has typed works without a container that runs."""

import os
import re
import shlex
import subprocess
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ivr.cli import _parser
from tests.docker.composed import FOLDER, POSTGRESQL, SQLITE, load
from tests.docker.containers import MANUAL

README = (FOLDER / "README.md").read_text("utf-8")
#: service and words of each container that is started for one command
ONE_OFF = [shlex.split(line, comments=True) for line in MANUAL]


def programs(folder: Path, **texts: str) -> dict[str, str]:
    """An environment in which these shell scripts are found before all other programs."""
    for name, text in texts.items():
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)
    return {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}


def test_what_is_run_while_the_hotline_is_stopped_starts_nothing_else() -> None:
    for words in ONE_OFF:
        assert {"--rm", "--no-deps", "-T"} <= {*words[: words.index("controller")]}, words
        inner = words[words.index("controller") + 1 :]
        assert _parser(inner).parse_args(inner), words
    told = [words[words.index("controller") + 1 :] for words in ONE_OFF]
    assert ["db", "upgrade"] in told and [words[:2] for words in told].count(["backup", "restore"]) == 1
    # all that hold the state or the tables are stopped before, and PostgreSQL is not
    stopped = [{*line.split()} for line in re.findall(r"^docker compose stop ([a-z ]+)", README, re.MULTILINE)]
    ours = {name for name, service in load(SQLITE)["services"].items() if service.get("volumes")}
    assert stopped == [ours, ours] and {*load(POSTGRESQL)["services"]} - ours == {"database"}


@pytest.mark.parametrize(
    ("now", "seconds"), [("00:16:00", 60), ("00:17:00", 0), ("00:17:01", 86399), ("23:17:00", 3600)]
)
def test_retention_waits_for_the_night_whenever_its_container_was_started(
    tmp_path: Path, now: str, seconds: int
) -> None:
    script = load(SQLITE)["services"]["retention"]["entrypoint"]
    done = tmp_path / "done"
    env = programs(
        tmp_path,
        date=f'[ $# -eq 1 ] && set -- -ud {now} "$1"; exec /bin/date "$1" "2026-11-26 $2" "$3"',
        sleep=f'echo "sleep $1" >> {done}; [ $(wc -l < {done}) -lt 3 ]',
        ivr=f'echo "ivr $*" >> {done}; exit 1',  # a night that failed is not the last one
    )
    subprocess.run(script, env=env, check=False, timeout=60)
    assert done.read_text().splitlines() == [f"sleep {seconds}", "ivr retention run", f"sleep {seconds}"]


@pytest.mark.parametrize("zone", ["UTC", "Europe/Kaliningrad", "Europe/Moscow"])
def test_the_backup_of_a_night_is_made_before_retention_whatever_hours_the_machine_has(zone: str) -> None:
    minute, hour = map(int, re.findall(r"^(\d+) (\d+) \* \* \*  root .*backup\.sh", README, re.MULTILINE)[0])
    made = datetime(2026, 11, 26, hour, minute, tzinfo=ZoneInfo(zone)).astimezone(ZoneInfo("UTC"))
    assert "date -ud 00:17" in str(load(SQLITE)["services"]["retention"]["entrypoint"])
    deletes = made.replace(hour=0, minute=17)
    deletes += timedelta(days=deletes < made)
    assert timedelta(minutes=30) <= deletes - made <= timedelta(hours=4)


@pytest.fixture
def backups(tmp_path: Path) -> Path:
    (tmp_path / "backups").mkdir()
    old = tmp_path / "backups" / "hotline-20260101-024700.tar.gz"
    old.touch()
    os.utime(old, (0, 0))
    return tmp_path / "backups"


def back_up(backups: Path, env: Mapping[str, str]) -> int:
    return subprocess.run([FOLDER / "backup.sh", backups], env=env, check=False, timeout=60).returncode


def test_a_backup_of_containers_is_a_file_of_the_machine_for_its_owner_alone(backups: Path, tmp_path: Path) -> None:
    asked = tmp_path / "asked"
    assert back_up(backups, programs(tmp_path, docker=f'echo "$*" > {asked}; echo whole')) == 0
    [file] = backups.iterdir()  # the old one is gone
    assert re.fullmatch(r"hotline-\d{8}-\d{6}\.tar\.gz", file.name) and file.read_text() == "whole\n"
    assert file.stat().st_mode & 0o777 == 0o600
    assert shlex.split(asked.read_text())[3:] == ["exec", "-T", "controller", "ivr", "backup", "make", "-"]


def test_a_backup_that_failed_leaves_no_half_and_keeps_the_old_ones(backups: Path, tmp_path: Path) -> None:
    before = [*backups.iterdir()]
    assert back_up(backups, programs(tmp_path, docker="echo half; exit 3")) == 3
    assert [*backups.iterdir()] == before
