"""Requests made up from the API's own description (schemathesis), to the whole application: each is answered, never
with a failure of the server, always as described."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from ivr.app import Controller
from ivr.config import Config, Operator
from ivr.services.account_desk import AccountDesk
from ivr.storage.schema import upgrade
from ivr.storage.store import Storage, open_storage
from ivr.tasks import spawn
from ivr.web.rates import Rates
from ivr.web.routes import ROLES
from tests.addresses import free_port
from tests.ami.fake import Action, Peer, fake_asterisk, message, obedient

from .running import PASSWORD, quick_hasher

EXAMPLES = 12
#: Characters of a request's first line; longer ones are refused before anybody reads them.
_LONGEST_LINE = 8000
_CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
#: Talks with 101, waits in `common`.
TALKING, WAITING = "1795000000.1", "1795000000.2"
_CALLS = {"call_id": "1795000000x1", "call": "1795000000x2"}
#: Values that a request needs to come to anything: every second one has them where it has such a field.
_GOOD: dict[str, Any] = {
    **_CALLS, "number": "+74951234567", "token": "", "version": 1, "template": "signin-password", "queue": "moscow",
    "reason": "lunch", "password": PASSWORD, "old": PASSWORD, "name": "Some One", "roles": ["operator"], "phone": "",
    "categories": [], "regions": [], "recorded": {}, "texts": {"ru": "Сейчас не работает вход на портал."},
    "starts_at": None, "ends_at": None, "forms": None, "passed_to": None, "language": "ru",
    "text": "Сейчас не работает вход на портал.", "purpose": "не может войти", "solved": "yes", "protocol_said": True,
}  # fmt: skip
#: Each ends the session that it is asked in, or changes how to begin another.
_LAST = ("/api/logout", "/api/logout-everywhere", "/api/account/password")


async def _switchboard(peer: Peer, action: Action) -> None:
    """One operator, who talks; one caller, who waits."""
    if action["action"] != "QueueStatus":
        return await obedient(peer, action)
    one = {"ActionID": action["actionid"], "Queue": "common"}
    member = {"Name": "op-101", "Location": "PJSIP/web-101", "StateInterface": "PJSIP/web-101", "Status": "2"}
    await peer.send(
        message(Response="Success", ActionID=one["ActionID"], EventList="start"),
        message(Event="QueueParams", Max="0", Calls="1", **one),
        message(Event="QueueMember", Paused="0", InCall="1", **member, **one),
        message(Event="QueueEntry", Position="1", Channel="PJSIP/a-2", Uniqueid=WAITING, Wait="4", **one),
        message(Event="QueueStatusComplete", ActionID=one["ActionID"], EventList="Complete", ListItems="3"),
    )
    return None


def _told(event: str, uniqueid: str, **more: str) -> bytes:
    return message(Event=event, Queue="common", Uniqueid=uniqueid, Channel=f"PJSIP/a-{uniqueid[-1]}", **more)


@pytest.fixture
async def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """The address of a controller that serves, with calls under way; an account for each role, its login the role's
    name."""
    monkeypatch.setattr(Rates, "take", lambda *_: 0.0)  # many are asked at once, which has tests of its own
    async with fake_asterisk() as asterisk:
        asterisk.handler = _switchboard
        config = Config(state_dir=tmp_path, agi_port=free_port(), ami_port=asterisk.port, web_port=free_port(),
                        operators=(Operator("101", "Anna"), Operator("102", "Boris")))  # fmt: skip
        await upgrade(config.database)
        async with open_storage(config.database, 30) as storage, _serving(config, storage):
            await asterisk.until(lambda: asterisk.done("QueueStatus") > 0, 10)
            peer = asterisk.peers[-1]
            await peer.send(
                _told("QueueCallerJoin", TALKING, Position="1", CallerIDNum="unknown"),
                _told("QueueCallerLeave", TALKING),
                _told("AgentConnect", TALKING, Interface="PJSIP/web-101", MemberName="op-101", HoldTime="3"),
            )
            yield f"http://127.0.0.1:{config.web_port}"


@asynccontextmanager
async def _serving(config: Config, storage: Storage) -> AsyncIterator[None]:
    desk = AccountDesk(storage.accounts, storage.sessions, quick_hasher())
    controller = Controller(config, storage)
    at = controller.site.gate.now()
    for role in ROLES:
        await desk.add(role, "Some One", frozenset({role}), PASSWORD, at, "101" if role == "operator" else "")
    for call_id in _CALLS.values():
        storage.journal.write(call_id, at, "start", {"caller": "+74232201234", "did": config.did, "trunk": "a"})
        storage.journal.write(call_id, at, "route", {"category": "signin", "position": 3, "wait_s": 120})
    stop = asyncio.Event()
    running = spawn(controller.run(stop), "controller")
    try:
        yield
    finally:
        stop.set()
        await running


class _Person:
    """Somebody with a role, or nobody in particular: asks as a page would."""

    def __init__(self, base: str, role: str) -> None:
        self._base, self._role = base, role
        self.http = requests.Session()
        self.begin()

    def begin(self) -> None:
        """Log in, also after a log-out."""
        self.http.cookies.clear()
        self.headers = {"Origin": self._base, "X-CSRF-Token": "anonymous"}
        if self._role:
            known = {"login": self._role, "password": PASSWORD}
            answer = self.http.post(f"{self._base}/api/login", json=known, headers=self.headers, timeout=60)
            self.headers["X-CSRF-Token"] = answer.json()["csrf"]


async def test_every_request_is_answered_as_the_api_describes(base: str) -> None:
    answers = await asyncio.to_thread(_ask_everything, base)
    # not only refusals: of most operations something was had
    served = {operation for operation, status in answers if status < 300}
    asked = {operation for operation, _ in answers}
    assert len(served) > len(asked) / 2, sorted(asked - served)


def _ask_everything(base: str) -> Counter[tuple[str, int]]:
    """How often each operation was answered with which status."""
    load_all_checks()
    document = requests.get(f"{base}/api/openapi.json", timeout=60).json()
    people = {role: _Person(base, role) for role in ("", *ROLES)}
    found: Counter[tuple[str, int]] = Counter()
    api = schemathesis.openapi.from_dict(document)
    for result in sorted(api.get_all_operations(), key=lambda each: each.ok().path in _LAST):
        operation = result.ok()
        roles = operation.definition.raw["x-roles"]
        if operation.path != "/api/live":
            _ask(operation, people[roles[-1] if roles else ""], base, found)
    return found


def _ask(operation: Any, person: _Person, base: str, found: Counter[tuple[str, int]]) -> None:
    # what fits the description, then what does not
    for mode in GenerationMode:
        _ask_so(operation, mode, person, base, found)


def _ask_so(operation: Any, mode: GenerationMode, person: _Person, base: str, found: Counter[tuple[str, int]]) -> None:
    @settings(max_examples=EXAMPLES, derandomize=True, deadline=None, database=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(mode), known=st.booleans())
    def ask(case: Any, known: bool) -> None:
        case.cookies = {}  # the session's is the person's own
        if known and mode is GenerationMode.POSITIVE:
            _make_good(case)
        if operation.path in _LAST:
            person.begin()
        answer = case.call(base_url=base, session=person.http, headers=person.headers, timeout=60)
        found[operation.label, answer.status_code] += 1
        if len(answer.request.path_url) < _LONGEST_LINE:
            case.validate_response(answer, checks=_CHECKS)

    with suppress(Unsatisfiable):  # nothing can be wrong with it
        ask()


def _make_good(case: Any) -> None:
    login = "101" if "operators" in case.path else "newcomer" if case.method == "POST" else "citizen"
    for place in (case.path_parameters, case.query, case.body):
        if isinstance(place, dict):
            place |= {name: value for name, value in {**_GOOD, "login": login}.items() if name in place}
