"""`ivr regions`: the numbering plan, where a number is, and the regions kept for numbers."""

import argparse
import asyncio
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ivr.commands import _regions_import
from ivr.commands.listing import print_json, print_table, safe, when
from ivr.config import Config, load_config
from ivr.datafiles import read_data
from ivr.domain.locate import Locator
from ivr.domain.phones import to_e164
from ivr.domain.queue_plan import load_queue_plan
from ivr.domain.regions import DISTRICTS, Region, Regions, load_regions
from ivr.domain.route_words import LANGUAGES, RouteWords, load_route_words
from ivr.domain.territories import TerritoryNames
from ivr.domain.whereabouts import KnownPlace, Place, local_time
from ivr.errors import DataError, HotlineError, StorageError
from ivr.storage.numbering_file import load_plan, plan_path
from ivr.storage.store import open_storage

_LIMIT = 15.0  # seconds: nobody is on the phone here

EXAMPLES = """examples:
  ivr regions import ABC-3xx.csv ABC-4xx.csv ABC-8xx.csv DEF-9xx.csv
  ivr regions status
  ivr regions lookup +74012123456 89161234567
  ivr regions lookup +74152123456 --at 2026-12-31T23:30+03:00 --json
  ivr regions list --json
  ivr regions card +79161234567 25
  ivr regions card +79161234567 "Приморский край"
  ivr regions forget +79161234567

The files of the plan: opendata.digital.gov.ru, registry, numeric, downloads (open them in a browser).
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EXAMPLES
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    importing = actions.add_parser("import", help="put files of the official numbering plan in force, all or none")
    importing.add_argument("files", nargs="+", type=Path, metavar="FILE", help="ABC-3xx.csv, DEF-9xx.csv …; what is "
                           "not given stays as it is")  # fmt: skip
    importing.add_argument("--anyway", action="store_true", help="also take a part with far fewer numbers than before")
    lookup = actions.add_parser("lookup", help="region, zone and local time of numbers, how sure, and why")
    lookup.add_argument("numbers", nargs="+", metavar="NUMBER", help="in any usual form; quote one with blanks")
    lookup.add_argument("--at", metavar="TIME", help="the moment to show, ISO 8601 with offset (default: now)")
    lookup.add_argument("--language", choices=LANGUAGES, default="en", help="of names and reasons (default en)")
    listing = actions.add_parser("list", help="all regions with zone and area codes")
    listing.add_argument("--district", choices=DISTRICTS, help="only this federal district")
    forget = actions.add_parser("forget", help="forget the region kept for a number")
    card = actions.add_parser("card", help="keep a region for a number as an operator; the caller's own choice wins")
    for action in (forget, card):
        action.add_argument("number", metavar="NUMBER", help="in any usual form; quote one with blanks")
    card.add_argument("region", metavar="REGION", help="two-digit code, or Russian or English name")
    status = actions.add_parser("status", help="which numbering plan is in force, from which files")
    for action in (importing, lookup, listing, forget, card, status):
        action.add_argument("--json", action="store_true", help="machine-readable output")


def run(args: argparse.Namespace) -> int:
    config = load_config()
    regions = load_regions(read_data("regions.csv", config.data_dir))
    if args.action == "import":
        return _regions_import.import_files(config, regions, args)
    if args.action == "status":
        return _regions_import.status(config, args.json)
    if args.action == "list":
        return _list(regions, args)
    if args.action == "lookup":
        return asyncio.run(_lookup(config, regions, args))
    return asyncio.run(_card(config, regions, args) if args.action == "card" else _forget(config, args))


def _list(regions: Regions, args: argparse.Namespace) -> int:
    found = [r for r in regions.by_code.values() if args.district in (None, r.district)]
    if args.json:
        print_json([_plain(region) for region in found])
        return 0
    now = datetime.now(UTC)
    print_table(
        ("CODE", "REGION", "DISTRICT", "ZONE", "NOW", "AREA CODES", "ALSO"),
        [
            (r.code, r.names["ru"], r.district, r.zone, f"{local_time(now, r.zone):%H:%M}", " ".join(r.area_codes),
             ", ".join(r.zones[1:]))
            for r in found
        ],
    )  # fmt: skip
    return 0


async def _lookup(config: Config, regions: Regions, args: argparse.Namespace) -> int:
    at = _moment(args.at)
    locator, warnings = _locator(config, regions)
    found = []
    async with open_storage(config.database, _LIMIT) as storage:
        file = storage.database.file
        nothing_yet = file is not None and file.identity() is None
        for text in args.numbers:
            number, known = to_e164(text), None
            try:
                if number and not nothing_yet and not warnings["kept"]:
                    known = await storage.places.get(number)
            except StorageError as error:
                warnings["kept"] = f"the regions kept for numbers are not known: {error}"
            found.append((text, number, known, locator.place(number, known)))
    words = _words(config, regions, args.language)
    told = [_found(words, at, *each) for each in found]
    notes = [note for note in warnings.values() if note]
    if args.json:
        print_json({"found": told, "warnings": notes})
        return 0
    print_table(
        ("NUMBER", "REGION", "ZONE", "LOCAL TIME", "SURE BY"),
        [
            (t["number"] or safe(t["asked"]), t["name"] or "unknown", t["zone"],
             f"{t['local']:%Y-%m-%d %H:%M}{' assumed' if t['doubtful'] else ''}", t["confidence"])
            for t in told
        ],
    )  # fmt: skip
    print()
    for each in told:
        print(f"{each['number'] or safe(each['asked'])}: {each['why']}")
    for note in notes:
        print(f"Note: {note}")
    return 0


def _words(config: Config, regions: Regions, language: str) -> RouteWords:
    name = f"route.{language}.toml"
    queues = load_queue_plan(read_data("queues.toml", config.data_dir))
    return load_route_words(read_data(name, config.data_dir), name, language, queues, regions)


def _found(
    words: RouteWords, at: datetime, text: str, number: str, known: KnownPlace | None, place: Place
) -> dict[str, Any]:
    return {
        "asked": text,
        "number": number,
        "region": place.region,
        "name": words.region(place.region) if place.region else "",
        "zone": place.zone,
        "local": local_time(at, place.zone),
        "confidence": place.confidence,
        "doubtful": place.doubtful,
        "reason": asdict(place.reason),
        "why": words.say(place.reason, at),
        "kept": asdict(known) if known else None,
    }


def _locator(config: Config, regions: Regions) -> tuple[Locator, dict[str, str]]:
    """The locator of this deployment, and what is missing for it."""
    plan, words = None, ""
    try:
        plan = load_plan(plan_path(config.state_dir))
    except FileNotFoundError:
        words = "no numbering plan is imported: mobile numbers say nothing; ivr regions import FILE…"
    except (DataError, OSError) as error:
        words = str(error)
    return Locator(regions, plan, config.default_region), {"plan": words, "kept": ""}


async def _forget(config: Config, args: argparse.Namespace) -> int:
    number = _number(args.number)
    async with open_storage(config.database, _LIMIT) as storage:
        gone = await storage.places.forget(number)
    if args.json:
        print_json({"number": number, "forgotten": gone})
    else:
        print(f"{number}: forgotten" if gone else f"{number}: nothing was kept")
    return 0


async def _card(config: Config, regions: Regions, args: argparse.Namespace) -> int:
    number, region = _number(args.number), _region(regions, args.region)
    async with open_storage(config.database, _LIMIT) as storage:
        await storage.places.keep(number, KnownPlace(region.code, "card", datetime.now(UTC)))
        kept = await storage.places.get(number)
    stands = kept is not None and kept.confidence == "chosen"
    if args.json:
        print_json({"number": number, "kept": asdict(kept) if kept else None, "taken": not stands})
    elif stands and kept is not None:
        name = regions.by_code[kept.region].names["ru"] if kept.region in regions.by_code else kept.region
        print(f"{number}: the caller chose {name} himself on {when(kept.at)}; this stays")
    else:
        print(f"{number}: {region.names['ru']} is on the card")
    return 1 if stands else 0


def _region(regions: Regions, text: str) -> Region:
    if text in regions.by_code:
        return regions.by_code[text]
    wanted = " ".join(text.split()).casefold()
    if english := [region for region in regions.by_code.values() if region.names["en"].casefold() == wanted]:
        return english[0]
    codes = TerritoryNames(regions).territory(text).regions
    if len(codes) != 1:
        raise HotlineError(f"there is no region {safe(text)!r}; `ivr regions list` shows codes and names")
    return regions.by_code[codes[0]]


def _number(text: str) -> str:
    number = to_e164(text)
    if not number:
        raise HotlineError(f"{safe(text)!r} is no telephone number; write it as +79161234567")
    return number


def _moment(text: str | None) -> datetime:
    if text is None:
        return datetime.now(UTC)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = datetime.min
    if at.tzinfo is None or not 1970 < at.year < 2100:
        raise HotlineError(f"--at: {safe(text)!r} is not ISO 8601 with offset and hour, such as 2026-12-31T23:30+03:00")
    return at


def _plain(region: Region) -> dict[str, Any]:
    return {**asdict(replace(region, names=dict(region.names))), "zones": region.zones}
