"""`ivr incidents`: known faults that callers are told of."""

import argparse
import asyncio
import getpass
import secrets
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ivr.commands.listing import print_json, print_table, safe, when
from ivr.commands.moments import moment
from ivr.config import Config, load_config
from ivr.domain.incidents import SEVERITIES, Incident
from ivr.errors import HotlineError
from ivr.flow.book import CATEGORIES
from ivr.services.incidents import IncidentDesk
from ivr.storage.store import Storage, open_storage
from ivr.wiring import SystemClock, incident_sounds, read_regions

_LIMIT = 15.0  # seconds: nobody is on the phone here
_EPILOG = """examples:
  ivr incidents add --category signin --text "ru=Сейчас не открывается вход на портал. Мы уже чиним."
  ivr incidents add --region 25 --region 27 --severity outage --record ru=fault.wav --end 2026-11-25T18:00+03:00
  ivr incidents list
  ivr incidents show 3f9a1c2e
  ivr incidents end 3f9a1c2e --why "fixed by the provider"

Callers hear it within a minute of its start; whoever wants to know when it is over gets an SMS, once. Without
--category all are meant, without --region the whole country. In a language without a text the general words are said.
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = _EPILOG
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, help_line in (
        ("add", "announce one"), ("list", "the newest"), ("show", "one with its texts"), ("end", "it is fixed"),
    ):  # fmt: skip
        action = actions.add_parser(name, help=help_line)
        action.add_argument("--json", action="store_true", help="for programs")
        if name == "add":
            _add_arguments(action)
        elif name == "list":
            action.add_argument("--limit", type=int, default=20, help="at most so many (default 20)")
        else:
            action.add_argument("id", metavar="ID")
        if name in ("add", "end"):
            action.add_argument("--why", default="", help="for the audit")


def run(args: argparse.Namespace) -> int:
    config = load_config()
    return asyncio.run(_run(config, args))


async def _run(config: Config, args: argparse.Namespace) -> int:
    async with open_storage(config.database, _LIMIT) as storage:
        match args.action:
            case "add":
                return await _add(config, storage, args)
            case "list":
                return await _list(storage, args)
            case "show":
                return _told(await _found(storage, args.id), args.json)
            case _:
                return await _end(config, storage, args)


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--category", action="append", default=[], metavar="ID", help=", ".join(CATEGORIES))
    parser.add_argument("--region", action="append", default=[], metavar="CODE", help="two digits; see `ivr regions`")
    parser.add_argument("--severity", default="serious", help=f"{', '.join(SEVERITIES)} (default serious)")
    parser.add_argument("--text", action="append", default=[], metavar="LANG=TEXT", help="what is said")
    parser.add_argument("--record", action="append", default=[], metavar="LANG=FILE", help="a WAV file instead")
    parser.add_argument("--start", default="", metavar="TIME", help="ISO 8601 with offset (default: now)")
    parser.add_argument("--end", default="", metavar="TIME", help="when it ends by itself (default: when it is ended)")


async def _add(config: Config, storage: Storage, args: argparse.Namespace) -> int:
    now = datetime.now(UTC)
    draft = Incident(
        id="",
        categories=frozenset(args.category),
        regions=frozenset(args.region),
        severity=args.severity,
        starts_at=moment(args.start, "--start").astimezone(UTC) if args.start else now,
        ends_at=moment(args.end, "--end").astimezone(UTC) if args.end else None,
        created_at=now,
        created_by="",
        texts=_pairs(args.text, "--text"),
    )
    desk = _desk(config, storage)
    files = {language: _bytes(file) for language, file in _pairs(args.record, "--record").items()}
    recorded = {language: await desk.keep(data, f"--record {language}") for language, data in files.items()}
    incident = await desk.add(_who(), replace(draft, recorded=recorded), args.why)
    return _told(incident, args.json)


async def _list(storage: Storage, args: argparse.Namespace) -> int:
    if args.limit < 1:
        raise HotlineError("--limit: 1 or more")
    found = await storage.incidents.list(args.limit)
    if args.json:
        print_json([_plain(incident) for incident in found])
    elif not found:
        print("no incidents")
    else:
        print_table(
            ("ID", "STATE", "SEVERITY", "CATEGORIES", "REGIONS", "START", "END", "HEARD", "DEFLECTED", "SUBSCRIBERS"),
            [
                (
                    i.id, i.state(datetime.now(UTC)), i.severity, ",".join(sorted(i.categories)) or "all",
                    ",".join(sorted(i.regions)) or "all", i.starts_at, i.ended_at or i.ends_at,
                    i.heard, i.deflected, i.subscribers,
                )
                for i in found
            ],
        )  # fmt: skip
    return 0


async def _end(config: Config, storage: Storage, args: argparse.Namespace) -> int:
    await _found(storage, args.id)
    told = await _desk(config, storage).end(_who(), args.id, args.why)
    if args.json:
        print_json({"id": args.id, "ended": told is not None, "told": told or 0})
    elif told is None:
        print(f"incident {safe(args.id)} was over already; nobody is told again")
    else:
        print(f"incident {safe(args.id)} is over; {told} are told by SMS")
    return 0


async def _found(storage: Storage, id: str) -> Incident:
    incident = await storage.incidents.get(id)
    if incident is None:
        raise HotlineError(f"there is no incident {safe(id)!r}; `ivr incidents list` shows the newest")
    return incident


def _told(incident: Incident, as_json: bool) -> int:
    if as_json:
        print_json(_plain(incident))
        return 0
    print(f"incident {incident.id}: {incident.state(datetime.now(UTC))}, {incident.severity}")
    for name, value in (
        ("categories", ", ".join(sorted(incident.categories)) or "all"),
        ("regions", ", ".join(sorted(incident.regions)) or "all"),
        ("start", when(incident.starts_at)),
        ("end", when(incident.ended_at or incident.ends_at)),
        *((f"text {language}", text) for language, text in sorted(incident.texts.items())),
        *((f"recorded {language}", digest) for language, digest in sorted(incident.recorded.items())),
        ("heard by", f"{incident.heard} calls, {incident.deflected} ended with it"),
        ("subscribers", str(incident.subscribers)),
    ):
        print(f"  {name + ':':<14}{safe(value)}")
    return 0


def _plain(incident: Incident) -> dict[str, Any]:
    return {
        **asdict(incident),
        "state": incident.state(datetime.now(UTC)),
        "categories": sorted(incident.categories),
        "regions": sorted(incident.regions),
    }


def _desk(config: Config, storage: Storage) -> IncidentDesk:
    return IncidentDesk(
        storage.incidents,
        incident_sounds(config),
        storage.audit,
        SystemClock(),
        config.languages,
        CATEGORIES,
        read_regions(config).by_code,
        lambda: secrets.token_hex(4),
    )


def _pairs(given: list[str], option: str) -> Mapping[str, str]:
    pairs: dict[str, str] = {}
    for text in given:
        language, equals, value = text.partition("=")
        if not equals or language in pairs:
            raise HotlineError(f"{option} {safe(text[:60])!r}: is written as {option} LANG=…, once a language")
        pairs[language] = value
    return pairs


def _bytes(file: str) -> bytes:
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise HotlineError(f"{safe(file)}: cannot be read: {error.strerror}") from None


def _who() -> str:
    """Who acts at the command line: the user of the machine."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):
        return "cli"
