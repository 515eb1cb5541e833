"""The API described for programs and their authors: OpenAPI 3.1, made from the table of routes and their models."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal

from aiohttp import web
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from ivr.web.faults import Refusal
from ivr.web.gate import CSRF_HEADER
from ivr.web.routes import PUBLIC, ROLES, SAFE, Route
from ivr.web.visit import Visit

_PATH = re.compile(r"\{(\w+)\}")
_DESCRIBED = ("/api/", "/health/", "/metrics")
_REFUSALS = {
    "400": "The body or the query does not fit; `fields` says what is wrong with each",
    "401": "Nobody is logged in",
    "403": "Another role is needed, or the request came from no page of this hotline",
    "404": "There is no such thing",
    "413": "The body is too long",
    "415": "The body is no JSON",
    "429": "Too often; `Retry-After` says in how many seconds again",
    "503": "The database or Asterisk does not answer",
    "default": "Refused",
}
_ABOUT = """\
JSON in and out; times are ISO 8601 with offset. Log in with `POST /api/login`: the answer sets the session's cookie
and tells the `csrf` word, which goes into the header `X-CSRF-Token` of everything but GET, together with an `Origin` of
this hotline. Without a session that word is `anonymous`. A refusal is `{error_id, message, fields?}`: programs look at
`error_id`, `message` is for people, in the language of the account, of the cookie `language`, or of `Accept-Language`.
`x-roles` names the roles of which one is needed; where there are none, everybody may ask."""
_SESSION = frozenset({"login", "logout", "logout-everywhere", "setup"})
_Mode = Literal["validation", "serialization"]


class OpenApi:
    """GET /api/openapi.json. `routes` is asked when the description is first wanted: all features are there then."""

    def __init__(self, routes: Callable[[], Sequence[Route]], version: str, cookie: str, url: str = "") -> None:
        self._routes, self._version, self._cookie, self._url = routes, version, cookie, url
        self._made: dict[str, Any] | None = None

    def routes(self) -> list[Route]:
        return [Route("GET", "/api/openapi.json", self._show, PUBLIC, "This description")]

    async def _show(self, visit: Visit) -> web.Response:
        if self._made is None:
            self._made = describe(self._routes(), self._version, self._cookie, self._url)
        return web.json_response(self._made, headers={"Cache-Control": "no-cache"})


def describe(routes: Iterable[Route], version: str, cookie: str = "session", url: str = "") -> dict[str, Any]:
    """The document; pages and their files are left out."""
    described = [route for route in routes if route.path.startswith(_DESCRIBED)]
    schemas, components = _models(described)
    paths: dict[str, dict[str, Any]] = {}
    for route in described:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Hotline",
            "version": version,
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": url or "/"}],
        "tags": [{"name": tag} for tag in sorted({_tag(route) for route in described})],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": cookie, "description": "Set by POST /api/login"},
                "csrf": {"type": "apiKey", "in": "header", "name": CSRF_HEADER,
                         "description": "`csrf` of GET /api/session; `anonymous` without a session"},
            },
        },
    }


_Schemas = Mapping[tuple[Any, _Mode], dict[str, Any]]


def _models(routes: Iterable[Route]) -> tuple[_Schemas, dict[str, Any]]:
    """Reference of each model as sent or as answered, and the schemas referred to."""
    wanted: dict[tuple[type[BaseModel], _Mode], None] = {(Refusal, "serialization"): None}
    for route in routes:
        for model, mode in ((route.body, "validation"), (route.query, "validation"), (route.answer, "serialization")):
            if model is not None:
                wanted[(model, "validation" if mode == "validation" else "serialization")] = None
    references, document = models_json_schema(list(wanted), ref_template="#/components/schemas/{model}")
    return references, document.get("$defs", {})


def _operation(route: Route, schemas: _Schemas) -> dict[str, Any]:
    roles = [role for role in ROLES if role in route.roles]
    operation: dict[str, Any] = {
        "operationId": _id(route),
        "summary": route.summary,
        "tags": [_tag(route)],
        "x-roles": roles,
        "parameters": [*_in_path(route), *_in_query(route)],
        "responses": _responses(route, schemas),
        "security": _security(route),
    }
    if route.body is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schemas[(route.body, "validation")]}},
        }
    return operation


def _security(route: Route) -> list[dict[str, list[str]]]:
    needed: dict[str, list[str]] = {"session": []} if route.roles else {}
    if route.method not in SAFE:
        needed["csrf"] = []
    return [needed] if needed else []


def _in_path(route: Route) -> list[dict[str, Any]]:
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in _PATH.findall(route.path)]


def _in_query(route: Route) -> list[dict[str, Any]]:
    if route.query is None:
        return []
    schema = route.query.model_json_schema(ref_template="#/components/schemas/{model}")
    needed = schema.get("required", [])
    return [{"name": name, "in": "query", "required": name in needed, "schema": part}
            for name, part in schema.get("properties", {}).items()]


def _responses(route: Route, schemas: _Schemas) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if route.answer is not None:
        schema = schemas[(route.answer, "serialization")]
        found["200"] = {"description": "Done", "content": {"application/json": {"schema": schema}}}
    elif route.method in SAFE:
        found["200"] = {"description": "Done", "content": {"*/*": {}}}
    else:
        found["204"] = {"description": "Done"}
    if route.socket:
        found = {"101": {"description": "The connection is a WebSocket now"}}
    codes = ["429", "503", "default"]
    codes += ["401", "403"] if route.roles else [] if route.method in SAFE else ["403"]
    codes += ["400"] if route.query or route.body else []
    codes += ["413", "415"] if route.body else []
    codes += ["404"] if "{" in route.path else []
    refusal = {"application/json": {"schema": schemas[(Refusal, "serialization")]}}
    if route.path == "/health/ready":
        refusal = found["200"]["content"]
    return found | {code: {"description": _REFUSALS[code], "content": refusal} for code in sorted(codes)}


def _id(route: Route) -> str:
    words = re.sub(r"[^a-z0-9]+", "-", route.path.removeprefix("/api").lower()).strip("-")
    return f"{route.method.lower()}-{words}"


def _tag(route: Route) -> str:
    parts = route.path.strip("/").split("/")
    name = parts[1] if parts[0] == "api" and len(parts) > 1 else parts[0]
    return "session" if name in _SESSION else name.removesuffix(".json")
