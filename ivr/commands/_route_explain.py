"""`ivr route explain CALL`: why a call of the journal went where it went, and whether it would go there today."""

import argparse
import asyncio
from typing import Any

from ivr.commands._route_show import Desk, print_decision, words_argument
from ivr.commands.listing import print_json, safe, when
from ivr.config import load_config
from ivr.domain.calls import CallRecord
from ivr.errors import HotlineError
from ivr.services.route_explain import Told, by_today, explain, heading
from ivr.storage.store import open_storage

_LIMIT = 15.0  # seconds: nobody is on the phone here


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("call", metavar="CALL", help="the call's id, as `ivr calls list` shows it")
    parser.add_argument("--json", action="store_true", help="machine-readable output")
    words_argument(parser)


def run(args: argparse.Namespace) -> int:
    config = load_config()
    desk = Desk(config)
    call = asyncio.run(_call(config.database, args.call))
    if call is None:
        raise HotlineError(f"there is no call {safe(args.call)!r}; `ivr calls list` shows the newest")
    told = explain(desk.router, call.steps)
    if args.json:
        print_json({"call": call.call_id, "decisions": [_plain(desk, each) for each in told]})
        return 0
    if not told:
        print(f"call {safe(call.call_id)} was never routed; see: ivr calls show {safe(call.call_id)}")
        return 0
    words = desk.words(args.words)
    for each in told:
        print(words.label("call", call=safe(call.call_id), time=when(each.at), way=safe(heading(each, words))))
        if each.trial and each.request is not None:
            print(words.label("trial", time=when(each.request.at)))
        print()
        if each.decision is not None and each.request is not None:
            print_decision(each.decision, each.request, words)
            print()
        print(by_today(each, words) + "\n")
        if each.elsewhere and each.today is not None and each.request is not None:
            print_decision(each.today, each.request, words)
            print()
    return 0


async def _call(database: Any, call_id: str) -> CallRecord | None:
    async with open_storage(database, _LIMIT) as storage:
        return await storage.calls.get(call_id)


def _plain(desk: Desk, each: Told) -> dict[str, Any]:
    at = each.at if each.request is None else each.request.at
    return {
        "at": each.at,
        "decided_for": None if each.request is None else each.request.at,
        "trial": each.trial,
        "queue": each.queue,
        "digest": each.digest,
        "decision": None if each.decision is None else desk.plain(each.decision, at),
        "today": None if each.today is None else desk.plain(each.today, at),
        "same_plan": each.same_plan,
        "elsewhere": each.elsewhere,
        "trouble": each.trouble,
    }
