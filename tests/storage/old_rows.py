"""A database as an older version left it: its tables, with rows of each kind as that version wrote them."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Connection, MetaData, Table, insert, select

from ivr import storage as storage_package
from ivr.storage.tables import metadata

_MIGRATIONS = str(Path(storage_package.__file__).with_name("migrations"))
AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
LATER = datetime(2026, 3, 2, 12, 5, tzinfo=UTC)
CALLER = "+79161234567"


def revisions() -> list[str]:
    """All of them, the first one first."""
    return [script.revision for script in ScriptDirectory(_MIGRATIONS).walk_revisions()][::-1]


def _callback(id: str, state: str, number: str) -> dict[str, Any]:
    return {
        "id": id, "number": number, "service": "88005553535", "category": "signin", "queue": "common",
        "language": "ru", "region": "77", "zone": "Europe/Moscow", "zones": "Europe/Moscow Asia/Omsk",
        "ticket": "48215513", "source": "queue", "virtual_start": AT, "created_at": AT, "window_from": AT,
        "window_to": LATER, "expires_at": LATER, "state": state, "asap": True, "attempts": 1, "uncharged": 0,
        "attempt": "", "lease_owner": "", "reason": "", "origin_call": "c1", "version": 2,
        "wake_at": AT if state == "waiting" else None,
    }  # fmt: skip


def _steps(call_id: str) -> list[dict[str, Any]]:
    told = [("start", {"did": "88005553535"}), ("language", {"language": "ru"}), ("ticket", {"ticket": "48215513"}),
            ("answered", {"queue": "common", "operator": "op-101", "waited_s": "20"}), ("talked", {"seconds": "60"}),
            ("end", {"reason": "talked"})]  # fmt: skip
    return [{"run": f"run-{call_id}", "seq": n, "call_id": call_id, "at": AT, "kind": kind, "data": data}
            for n, (kind, data) in enumerate(told)]  # fmt: skip


#: Table -> rows; each version has written those of their columns that it had.
ROWS: Mapping[str, list[dict[str, Any]]] = {
    "tickets": [
        {"number": "48215513", "category": "signin", "language": "ru", "region": "77", "call_id": "c1",
         "caller": CALLER, "status": "open", "purpose": "operator", "opened_at": AT, "version": 1},
        {"number": "00000000", "category": "other", "language": "tt", "region": None, "call_id": None, "caller": "",
         "status": "closed", "purpose": "sms", "opened_at": AT, "version": 3},
    ],
    "ticket_events": [
        {"number": "48215513", "at": AT, "event": "opened", "before": "", "after": "open", "note": "", "call_id": "c1"},
        {"number": "00000000", "at": LATER, "event": "close", "before": "open", "after": "closed", "note": "да",
         "call_id": ""},
    ],
    "outbox": [
        {"kind": "sms", "number": CALLER, "template": "ticket-created", "language": "ru", "ticket": "48215513",
         "state": state, "created_at": AT} for state in ("queued", "sent")
    ],
    "calls": [{"call_id": call_id, "caller": CALLER, "started_at": AT} for call_id in ("c1", "c2")],
    "journal": [*_steps("c1"), *_steps("c2")[:3]],
    "ratings": [{"call_id": "c1", "score": 5, "at": LATER}],
    "known_places": [{"number": CALLER, "region": "25", "confidence": "chosen", "at": AT}],
    "callbacks": [_callback("b1", "waiting", CALLER), _callback("b2", "done", CALLER), _callback("b3", "declined", "")],
    "callback_events": [
        {"callback": "b1", "at": AT, "event": "confirm", "before": "provisional", "after": "waiting", "note": "",
         "attempt": "", "notice": "callback-created", "data": {"window_to": LATER.isoformat()}},
    ],
    "callback_asks": [{"number": "+74232201234", "at": LATER}],
    "users": [
        {"login": "anna", "name": "Анна", "roles": "operator supervisor", "phone": "101", "password": "$argon2id$x",
         "language": "", "theme": "", "disabled": False, "demo": False, "created_at": AT},
    ],
    "sessions": [{"id": "0" * 64, "login": "anna", "created_at": AT, "seen_at": AT, "expires_at": LATER}],
    "contacts": [
        {"call_id": "c1", "operator": "101", "ticket": "48215513", "category": "signin", "language": "ru",
         "began_at": AT, "purpose": "вход", "clarified": [["Caps Lock?", "no"]], "solved": "yes",
         "protocol_said": True, "forms": {}, "passed_to": "", "note": "", "talked_until": LATER, "closed_at": None,
         "version": 1},
    ],
    "queue_counts": [{"queue": "common", "since": AT, "answered": 2.0, "wait_s": 40.5}],
    "agent_counts": [{"agent": "op-101", "since": AT, "answered": 2.0}],
    "queue_log_place": [{"id": 1, "file": "100|…", "offset": 77, "visits": {"1.1": {"queue": "common"}}}],
    "audit": [
        {"at": AT, "who": "anna", "action": "pause", "target": "101", "why": "обед", "data": {"on": 1},
         "outcome": "done"},
    ],
    "incidents": [
        {"id": "i1", "categories": ["signin"], "regions": [], "severity": "outage", "texts": {"ru": "Не работает."},
         "recorded": {}, "starts_at": AT, "ends_at": None, "ended_at": None, "ended_by": "", "created_at": AT,
         "created_by": "anna", "heard": 3, "deflected": 1},
    ],
    "incident_subscribers": [{"incident": "i1", "number": CALLER, "language": "ru", "call_id": "c1", "at": AT}],
    "recordings": [
        {"file": "2026-03-02/c1-1-101.wav", "call_id": "c1", "operator": "101", "began_at": AT, "seconds": 60,
         "deleted_at": None},
    ],
}  # fmt: skip

Found = dict[str, list[dict[str, Any]]]


def to(connection: Connection, revision: str) -> None:
    """Bring the database to this revision."""
    config = Config()
    config.set_main_option("script_location", _MIGRATIONS)
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def fill(connection: Connection, revision: str) -> Found:
    """Make the tables of that revision and write into each of them; returns all that is in them then."""
    to(connection, revision)
    there = _reflected(connection)
    for name in metadata.tables:  # those that others refer to come first
        if name not in there:
            continue
        now = metadata.tables[name]
        for row in ROWS[name]:
            # with the types of today, of the columns of that time
            old = {column: value for column, value in row.items() if column in there[name].columns}
            connection.execute(insert(Table(name, MetaData(), *(
                _bare(now.c[column]) for column in old))).values(old))  # fmt: skip
    return read(connection, {name: sorted(table.columns.keys()) for name, table in there.items()})


def read(connection: Connection, columns: Mapping[str, list[str]]) -> Found:
    """These columns of all rows, in an order that does not depend on the database."""
    there = _reflected(connection)
    found: Found = {}
    for name, names in columns.items():
        rows = connection.execute(select(*(there[name].c[column] for column in names))).mappings()
        plain = [{column: _plain(value) for column, value in row.items()} for row in rows]
        found[name] = sorted(plain, key=lambda row: json.dumps(row, sort_keys=True, default=str))
    return found


def _reflected(connection: Connection) -> dict[str, Table]:
    reflected = MetaData()
    reflected.reflect(connection)
    return {name: table for name, table in reflected.tables.items() if name != "alembic_version"}


def _bare(column: Any) -> Any:
    return Column(column.name, column.type)


def _plain(value: Any) -> Any:
    return json.dumps(value, sort_keys=True) if isinstance(value, dict | list) else value
