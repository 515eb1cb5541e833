"""`ivr route NUMBER`: what would happen to a caller with this number, at any moment, and why. By plan."""

import argparse
import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ivr.commands._route_show import Desk, print_decision, words_argument
from ivr.commands.listing import print_json, safe
from ivr.commands.moments import moment
from ivr.config import Config, load_config
from ivr.domain.coverage import board_by_plan, categories_of
from ivr.domain.locate import Locator
from ivr.domain.phones import to_e164
from ivr.domain.queues import BoardView
from ivr.domain.route_words import RouteWords
from ivr.domain.routing import RouteRequest, request_data
from ivr.domain.whereabouts import KnownPlace, Place, local_time
from ivr.errors import DataError, HotlineError, StorageError
from ivr.storage.numbering_file import load_plan, plan_path
from ivr.storage.store import open_storage

_LIMIT = 5.0  # seconds


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("number", metavar="NUMBER", help='in any usual form; "withheld" for a caller without one')
    parser.add_argument("--category", metavar="C", default="other", help="what the call is about (default other)")
    parser.add_argument("--language", metavar="L", help="what the caller speaks (default: the hotline's)")
    parser.add_argument("--at", metavar="TIME", help="ISO 8601 with offset (default: now, or the setting test_time)")
    parser.add_argument("--priority", choices=("normal", "high"), default="normal", help="default normal")
    parser.add_argument("--staffed", action="store_true", help="with the operators that the shifts plan: then free "
                        "people count where two queues are equally near")  # fmt: skip
    parser.add_argument("--json", action="store_true", help="machine-readable output")
    words_argument(parser)


def run(args: argparse.Namespace) -> int:
    config = load_config()
    desk = Desk(config)
    language = args.language or config.default_language
    _known("--category", args.category, categories_of(desk.router))
    _known("--language", language, config.languages)
    at = (moment(args.at or config.test_time) if args.at or config.test_time else datetime.now(UTC)).astimezone(UTC)
    number = _number(args.number)
    words = desk.words(args.words)
    place, notes = asyncio.run(_place(config, desk, number, words))
    request = RouteRequest(
        place=place,
        category=args.category,
        language=language,
        at=at,
        board=board_by_plan(desk.router, at) if args.staffed else BoardView(),
        priority=int(args.priority == "high"),
        reachable=bool(number),
    )
    decision = desk.router.decide(request)
    # nobody looked at the queues: that there is no view of them would sound like a fault
    reasons = tuple(reason for reason in decision.reasons if reason.id != "board-stale")
    decision = replace(decision, reasons=reasons)
    notes.insert(0, words.label("staffed" if args.staffed else "by-plan"))
    if args.json:
        told: dict[str, Any] = {
            "number": number,
            "region": place.region,
            "zone": place.zone,
            "confidence": place.confidence,
            "at": at,
            "local": local_time(at, place.zone),
            "request": request_data(request),
            "decision": desk.plain(decision, at),
            "notes": notes,
        }
        print_json(told)
        return 0
    where = words.region(place.region) if place.region else words.label("region-unknown")
    local = f"{local_time(at, place.zone):%Y-%m-%d}, {words.local(at, place.zone, at)}"
    print(f"{number or words.label('withheld')}, {where}, {local}")
    print(f"{safe(args.category)}, {safe(language)}" + (f", {words.label('high')}" if request.priority else "") + "\n")
    print_decision(decision, request, words)
    print()
    for note in notes:
        print(note)
    return 0


def _number(text: str) -> str:
    if text in ("withheld", "anonymous", ""):
        return ""
    number = to_e164(text)
    if not number:
        raise HotlineError(f'{safe(text)!r} is no telephone number; write it as +74012123456, or "withheld"')
    return number


def _known(option: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise HotlineError(f"{option}: {safe(value)!r} is none of {', '.join(known)}")


async def _place(config: Config, desk: Desk, number: str, words: RouteWords) -> tuple[Place, list[str]]:
    """As the hotline would find it, and what is missing for that."""
    plan, notes = None, []
    try:
        plan = load_plan(plan_path(config.state_dir))
    except FileNotFoundError:
        notes.append(words.label("no-numbering"))
    except (DataError, OSError) as error:
        notes.append(words.label("bad-numbering", trouble=str(error)))
    known: KnownPlace | None = None
    if number:
        try:
            async with open_storage(config.database, _LIMIT) as storage:
                file = storage.database.file
                # before the first start there is no database, and nothing is kept
                if file is None or file.identity() is not None:
                    known = await storage.places.get(number)
        except StorageError as error:
            notes.append(words.label("no-places", trouble=str(error)))
    return Locator(desk.regions, plan, config.default_region).place(number, known), notes
