"""`make docker-test` where there is no container engine, and where one does not answer."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docker.dockerfile import PROJECT


@pytest.mark.parametrize("client", [None, "exit 1"], ids=["none", "no answer"])
def test_without_an_engine_one_line_says_that_nothing_was_tested(tmp_path: Path, client: str | None) -> None:
    if client:
        (tmp_path / "docker").write_text(f"#!/bin/sh\n{client}\n")
        (tmp_path / "docker").chmod(0o755)
    done = subprocess.run([sys.executable, "-m", "tests.docker.engine"], cwd=PROJECT, capture_output=True, text=True,
                          env={**os.environ, "PATH": str(tmp_path)}, check=False)  # fmt: skip
    assert done.returncode == 2
    assert len(done.stdout.splitlines()) == 1 and "nothing was tested" in done.stdout and not done.stderr
