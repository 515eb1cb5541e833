"""The rendered dialplan has no fault that asterisklint knows."""

import subprocess
import sys
from pathlib import Path

from ivr.config import Config
from ivr.domain.queue_plan import QueuePlan, QueueRule
from ivr.pbx.paths import InstancePaths
from ivr.pbx.plan import make_plan
from ivr.pbx.render import render
from ivr.pbx.secrets import load_secrets


def test_asterisklint_finds_nothing(tmp_path: Path) -> None:
    config = Config(state_dir=tmp_path)
    secrets = load_secrets(tmp_path / "secrets.json", [o.login for o in config.operators])
    queues = QueuePlan((QueueRule("east"), QueueRule("common")))
    plan = make_plan(config, secrets, queues, InstancePaths.under(tmp_path))
    for name, text in render(plan).items():
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    lint = Path(sys.executable).with_name("asterisklint")
    run = subprocess.run([str(lint), "dialplan-check", "extensions.conf"], cwd=tmp_path, capture_output=True,
                         text=True, timeout=60, check=False)
    assert (run.stdout + run.stderr, run.returncode) == ("", 0)
