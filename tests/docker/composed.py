"""Reads docker/compose*.yaml as compose does: variables filled in, one file laid over the other."""

import re
from collections.abc import Mapping
from typing import Any

import yaml

from tests.docker.dockerfile import PROJECT

FOLDER = PROJECT / "docker"
SQLITE = ("compose.yaml",)
POSTGRESQL = ("compose.yaml", "compose.postgresql.yaml")
#: ${NAME:-default}, the one form that is used; $$ is a plain $.
VARIABLE = re.compile(r"\$\{(?P<name>[A-Z_]+):-(?P<default>[^}]*)\}")


def load(files: tuple[str, ...], environ: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The services, networks, volumes and secrets of `files`; `environ`: what the caller of compose has set."""
    whole: dict[str, Any] = {}
    for name in files:
        whole = _over(whole, _filled(yaml.safe_load((FOLDER / name).read_text("utf-8")), environ or {}))
    for service in whole["services"].values():
        service["environment"] = _passed(service["environment"], environ or {})
    return whole


def _passed(variables: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
    """A variable without a value is handed through, empty or not; where the caller has none, there is none."""
    given = {name: environ.get(name) if value is None else value for name, value in variables.items()}
    return {name: value for name, value in given.items() if value is not None}


def _filled(node: Any, environ: Mapping[str, str]) -> Any:
    """With its variables; raises AssertionError for a form that is not known here."""
    if isinstance(node, dict):
        return {key: _filled(value, environ) for key, value in node.items()}
    if isinstance(node, list):
        return [_filled(each, environ) for each in node]
    if isinstance(node, str):
        node = VARIABLE.sub(lambda found: environ.get(found["name"]) or found["default"], node)
        assert "$" not in node.replace("$$", ""), node
        node = node.replace("$$", "$")
    return node


def _over(under: Any, upper: Any) -> Any:
    if isinstance(under, dict) and isinstance(upper, dict):
        return {**under, **{key: _over(under[key], value) if key in under else value for key, value in upper.items()}}
    if isinstance(under, list) and isinstance(upper, list):
        return [*under, *upper]
    return upper


def secret_files(service: Mapping[str, Any], whole: Mapping[str, Any]) -> dict[str, str]:
    """Where a container sees each of its secrets -> the file on the machine, relative to docker/."""
    found = {}
    for each in service.get("secrets", []):
        source = each if isinstance(each, str) else each["source"]
        target = each if isinstance(each, str) else each["target"]
        found[f"/run/secrets/{target}"] = whole["secrets"][source]["file"]
    return found
