"""What the files of docs/monitoring ask Prometheus for."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

FOLDER = Path(__file__).parents[1] / "docs" / "monitoring"
RULES, BOARD = FOLDER / "hotline.rules.yaml", FOLDER / "hotline.grafana.json"


@dataclass(frozen=True)
class Asked:
    """One expression, and where it stands."""

    where: str
    expr: str


def asked_for() -> Iterator[Asked]:
    for group in yaml.safe_load(RULES.read_text("utf-8"))["groups"]:
        for rule in group["rules"]:
            yield Asked(rule["alert"], rule["expr"])
    for panel in json.loads(BOARD.read_text("utf-8"))["panels"]:
        for target in panel["targets"]:
            yield Asked(panel["title"], target["expr"])
