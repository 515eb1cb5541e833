"""What the containers do by a script of their own, without a container that runs."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.docker.composed import SQLITE, load


def programs(folder: Path, **texts: str) -> dict[str, str]:
    """An environment in which these shell scripts are found before all other programs."""
    for name, text in texts.items():
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)
    return {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}


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
