"""The alerts and the board of docs/monitoring ask for figures that a running hotline tells, of that kind and labels."""

import re

import aiohttp
import pytest
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

from tests.monitoring import asked_for
from tests.telephony.conftest import Line

pytestmark = pytest.mark.asyncio(loop_scope="session")
#: name, its matchers, its range
_SERIES = re.compile(r"\b(hotline_\w+|up)\b(?:\{([^}]*)\})?(\[\w+\])?")
_MATCHER = re.compile(r'(\w+)(=~|=|!=)"([^"]*)"')
_GROUPED = re.compile(r"\b(?:by|on) \(([^)]*)\)")
_COUNTED = re.compile(r"\b(rate|increase)\((hotline_\w+)")


async def figures(line: Line) -> dict[str, Metric]:
    """Sample name -> family, as /metrics of the running hotline tells them."""
    async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{line.web_port}/metrics") as answer:
        assert answer.status == 200
        families = list(text_string_to_metric_families(await answer.text()))
    return {sample.name: family for family in families for sample in family.samples}


async def test_each_figure_is_told_by_the_running_hotline_with_these_labels(line: Line) -> None:
    told = await figures(line)
    faults = []
    for one in asked_for():
        names = [name for name, _, _ in _SERIES.findall(one.expr)]
        assert names, one
        labels = set()
        for name, matchers, over in _SERIES.findall(one.expr):
            if name == "up":
                continue
            family = told.get(name)
            if family is None:
                faults.append(f"{one.where}: {name} is not told")
                continue
            samples = [sample for sample in family.samples if sample.name == name]
            labels |= {label for sample in samples for label in sample.labels}
            for label, way, value in _MATCHER.findall(matchers):
                there = {sample.labels.get(label) for sample in samples}
                if not {*value.split("|")} <= there or (way == "=" and "|" in value):
                    faults.append(f"{one.where}: {name} has no {label} {value}: {there}")
            counts = family.type == "counter" or name.endswith(("_bucket", "_count"))
            counted = name in {counter for _, counter in _COUNTED.findall(one.expr)}
            if counts != counted or counted != bool(over and "resets" not in one.expr):
                faults.append(f"{one.where}: {name} is a {family.type}")
        for group in _GROUPED.findall(one.expr):
            if unknown := {label.strip() for label in group.split(",")} - labels:
                faults.append(f"{one.where}: no label {unknown}")
    assert faults == []
