"""The alerts and the board of docs/monitoring are files that Prometheus and Grafana take."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.monitoring import BOARD, FOLDER, RULES, asked_for


def test_expressions_and_files_are_well_formed() -> None:
    for one in asked_for():
        assert [one.expr.count(sign) for sign in "({["] == [one.expr.count(sign) for sign in ")}]"], one
        assert one.expr.count('"') % 2 == 0, one
    rules = [rule for group in yaml.safe_load(RULES.read_text("utf-8"))["groups"] for rule in group["rules"]]
    assert len({rule["alert"] for rule in rules}) == len(rules)
    assert {rule["labels"]["severity"] for rule in rules} == {"page", "warn"}
    assert all(rule["annotations"]["summary"] for rule in rules)
    panels = json.loads(BOARD.read_text("utf-8"))["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    places = [panel["gridPos"] for panel in panels]
    fields = [(p["x"] + x, p["y"] + y) for p in places for x in range(p["w"]) for y in range(p["h"])]
    assert len({*fields}) == len(fields) and max(x for x, _ in fields) < 24


@pytest.mark.parametrize("words", [("check", "rules", RULES.name), ("test", "rules", "hotline.rules.test.yaml")])
def test_prometheus_itself_takes_the_alerts_and_they_come_when_they_should(words: tuple[str, ...]) -> None:
    own = Path(sys.executable).with_name("promtool")
    promtool = str(own) if own.exists() else shutil.which("promtool")
    assert promtool, "promtool is missing: .ci/setup.sh test fetches it"
    done = subprocess.run([promtool, *words], cwd=FOLDER, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
