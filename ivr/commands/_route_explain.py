"""`ivr route explain CALL`: why a call of the journal went where it went, and whether it would go there today."""

import argparse
import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ivr.commands._route_show import Desk, print_decision, words_argument
from ivr.commands.listing import print_json, safe, when
from ivr.config import load_config
from ivr.domain.calls import CallRecord
from ivr.domain.route_words import RouteWords
from ivr.domain.routing import Decision, RouteRequest, decision_of, request_of
from ivr.errors import DataError, HotlineError
from ivr.storage.store import open_storage

_LIMIT = 15.0  # seconds: nobody is on the phone here
_EVENT = "route"
_SOON = timedelta(minutes=1)


@dataclass(frozen=True)
class Told:
    """One decision of the journal. None where the journal's words are not readable; `today` by the plan of today."""

    at: datetime
    queue: str
    digest: str
    request: RouteRequest | None
    decision: Decision | None
    today: Decision | None
    trouble: str = ""

    @property
    def same_plan(self) -> bool:
        """Do the same question and the same plan stand behind today's decision?"""
        return bool(self.digest) and self.today is not None and self.today.digest == self.digest

    @property
    def elsewhere(self) -> bool:
        """Would the call go another way today?"""
        return _way(self.decision) != _way(self.today)

    @property
    def trial(self) -> bool:
        """Was it decided for another moment than that of the call, see the setting test_time?"""
        return self.request is not None and abs(self.request.at - self.at) > _SOON


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
    told = [_told(desk, step.at, step.data) for step in call.steps if step.kind == _EVENT]
    if args.json:
        print_json({"call": call.call_id, "decisions": [_plain(desk, each) for each in told]})
        return 0
    if not told:
        print(f"call {safe(call.call_id)} was never routed; see: ivr calls show {safe(call.call_id)}")
        return 0
    words = desk.words(args.words)
    for each in told:
        print(words.label("call", call=safe(call.call_id), time=when(each.at), way=safe(_heading(each, words))))
        if each.trial and each.request is not None:
            print(words.label("trial", time=when(each.request.at)))
        print()
        if each.decision is not None and each.request is not None:
            print_decision(each.decision, each.request, words)
            print()
        print(_today(each, words) + "\n")
        if each.elsewhere and each.today is not None and each.request is not None:
            print_decision(each.today, each.request, words)
            print()
    return 0


async def _call(database: Any, call_id: str) -> CallRecord | None:
    async with open_storage(database, _LIMIT) as storage:
        return await storage.calls.get(call_id)


def _told(desk: Desk, at: datetime, data: Mapping[str, Any]) -> Told:
    request, decision, today, troubles = None, None, None, []
    if data.get("failed"):
        troubles.append("the router failed, the 24/7 queue took the call; see the controller's log")
    else:
        try:
            request = request_of(_mapping(data.get("request"), "question"))
            today = desk.router.decide(request)
            decision = decision_of(_mapping(data.get("decision"), "answer"))
        except DataError as error:
            troubles.append(str(error))
    queue, digest = str(data.get("queue") or ""), str(data.get("digest") or "")
    return Told(at, queue, digest, request, decision, today, "; ".join(troubles))


def _mapping(value: object, what: str) -> Mapping[str, Any]:
    if isinstance(value, Mapping):
        return value
    raise DataError(f"the journal has no {what} of this route: it is older than the router, or was cut")


def _heading(each: Told, words: RouteWords) -> str:
    """The queue that took the call; what else was done where none did."""
    if each.decision is not None and not each.decision.legs:
        return words.label(each.decision.kind)
    return words.queue(each.queue)


def _today(each: Told, words: RouteWords) -> str:
    if each.today is None or each.decision is None:
        return words.label("cannot", trouble=each.trouble)
    if each.same_plan:
        return words.label("today-same")
    return words.label("today-elsewhere" if each.elsewhere else "today-alike")


def _way(decision: Decision | None) -> object:
    return None if decision is None else (decision.kind, decision.legs, decision.opens)


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
