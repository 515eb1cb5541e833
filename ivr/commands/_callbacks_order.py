"""`ivr callbacks check-order`: was anybody overtaken? A replay of the log of calls."""

import argparse
from datetime import UTC, datetime, timedelta

from ivr.commands.listing import print_json, print_table, safe, when
from ivr.commands.moments import moment
from ivr.domain.arrival_log import operator_stays, stays
from ivr.domain.arrival_order import Inversion, inversions
from ivr.domain.callbacks import Callback
from ivr.errors import HotlineError
from ivr.storage.store import Storage


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--since", default="", metavar="TIME", help="ISO 8601 with offset (default: a day ago)")
    parser.add_argument("--limit", type=int, default=20_000, help="the newest so many calls (default 20000)")


async def run(storage: Storage, args: argparse.Namespace) -> int:
    """0: the order was kept, but for steered moves; 1: somebody was overtaken."""
    if args.limit < 1:
        raise HotlineError("--limit: 1 or more")
    since = moment(args.since, "--since").astimezone(UTC) if args.since else datetime.now(UTC) - timedelta(days=1)
    calls = await storage.calls.list(args.limit, since)
    ids = {str(step.data["callback"]) for call in calls for step in call.steps if step.data.get("callback")}
    called = [callback for id in sorted(ids) if (callback := await storage.callbacks.get(id)) is not None]
    found = stays(calls, {callback.id: callback.virtual_start for callback in called})
    for callback in await _operators_called(storage, since):
        found += operator_stays(callback, await storage.callbacks.history(callback.id))
    pairs = inversions(found)
    overtaken = [pair for pair in pairs if not pair.later.steered]
    steered = [pair for pair in pairs if pair.later.steered]
    if args.json:
        print_json(
            {
                "calls": len(calls),
                "called_back": len(called),
                "answered": sum(stay.served for stay in found),
                "inversions": [_told(pair) for pair in overtaken],
                "steered": [{**_told(pair), "by": pair.later.steered} for pair in steered],
            }
        )
    else:
        if overtaken:
            print_table(
                ("AT", "QUEUE", "OVERTAKEN", "IN LINE SINCE", "BY", "IN LINE SINCE"),
                [(o.at, o.line, o.earlier.id, o.earlier.arrived, o.later.id, o.later.arrived) for o in overtaken],
            )
        print(f"{len(calls)} calls, {len(called)} of them called back: {len(overtaken)} inversions")
        for pair in steered:
            print(
                f"moved up by {safe(pair.later.steered)}: {pair.later.id} went before {pair.earlier.id} "
                f"in {pair.line}, {when(pair.at)}"
            )
    return 1 if overtaken else 0


async def _operators_called(storage: Storage, since: datetime) -> list[Callback]:
    """Callbacks for which an operator was called before the citizen."""
    events = storage.callback_figures.events(since, datetime.now(UTC))
    ids = {event.callback async for event in events if event.event in ("operator", "no_operator")}
    return [callback for id in sorted(ids) if (callback := await storage.callbacks.get(id)) is not None]


def _told(pair: Inversion) -> dict[str, object]:
    return {
        "line": pair.line,
        "earlier": pair.earlier.id,
        "arrived": pair.earlier.arrived,
        "later": pair.later.id,
        "later_arrived": pair.later.arrived,
        "at": pair.at,
    }
