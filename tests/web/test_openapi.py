"""The API's description, made from the whole application's routes."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from ivr.web.openapi import describe
from ivr.web.routes import Route

from .running import composed


@pytest.fixture
async def routes(tmp_path: Path) -> list[Route]:
    async with composed(tmp_path) as site:
        return list(site.server.routes)


async def test_the_description_is_valid_and_has_every_route_of_the_api(routes: list[Route]) -> None:
    document = describe(routes, "1.0")
    assert not [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()]
    described = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert described >= {(route.method, route.path) for route in routes if route.path.startswith("/api/")}
    assert not [path for _, path in described if path.startswith("/static")]


async def test_every_operation_says_its_roles_its_refusals_and_where_its_parts_are(routes: list[Route]) -> None:
    document = describe(routes, "1.0")
    by_place = {(route.method.lower(), route.path): route for route in routes}
    for (method, path), operation in _operations(document):
        route = by_place[method, path]
        assert set(operation["x-roles"]) == route.roles
        assert ("401" in operation["responses"]) is bool(route.roles)
        assert operation["summary"] and "default" in operation["responses"]
        assert {p["name"] for p in operation["parameters"] if p["in"] == "path"} == set(re.findall(r"{(\w+)}", path))
    for reference in _references(document):
        place: Any = document
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]
    assert len({o["operationId"] for _, o in _operations(document)}) == len(list(_operations(document)))


def _operations(document: dict[str, Any]) -> Iterator[tuple[tuple[str, str], dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield (method, path), operation


def _references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for inner in part.values():
            yield from _references(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _references(inner)
