"""`ivr callbacks move` and `stats`: another window or number for one callback; the figures of all."""

import argparse
from collections.abc import AsyncIterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from ivr.commands._callbacks_people import need_hours
from ivr.commands.listing import print_json, print_table
from ivr.commands.moments import moment
from ivr.domain.callback_funnel import Funnel, funnel
from ivr.domain.callback_hours import SOON, CallbackHours, Person, Window
from ivr.domain.callbacks import Callback, CallbackEvent
from ivr.domain.calls import CallRecord
from ivr.errors import HotlineError
from ivr.storage.store import Storage

_PAGE = 5000
#: The newest so many calls are looked through for offers.
_CALLS = 20_000
#: Steps of a call at which a callback was offered, or asked for by key or in the menu.
_OFFERS = frozenset(("callback/offer", "callback/key", "callback"))
#: A window of an operator's choice.
_LONGEST, _FURTHEST = timedelta(hours=12), timedelta(days=7)


def move_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--number", default="", help="call this number instead")
    parser.add_argument("--language", default="", help="he speaks this language")
    parser.add_argument("--from", default="", dest="start", metavar="TIME",
                        help="not before this moment (ISO 8601 with offset)")  # fmt: skip
    parser.add_argument("--to", default="", dest="end", metavar="TIME", help="promised until then (default: an hour)")
    parser.add_argument("--note", default="", help="a remark for the history")


def stats_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--since", default="", metavar="TIME", help="ISO 8601 with offset (default: 7 days ago)")
    parser.add_argument("--until", default="", metavar="TIME", help="ISO 8601 with offset (default: now)")


def window_changes(
    args: argparse.Namespace, callback: Callback, hours: CallbackHours, now: datetime
) -> dict[str, Any]:
    """What another window changes: the place in line is its beginning. `callback`: as it will be otherwise.

    Raises `HotlineError` for a window, also the one that it has, in which the citizen may not be rung.
    """
    person = Person(callback.zones or (callback.zone,), callback.region)
    if not args.start:
        if args.end:
            raise HotlineError("--to: needs --from")
        if args.number:
            need_hours(hours, Person.of(callback), Window(callback.window_from, callback.window_to), now)
        return {}
    start = moment(args.start, "--from").astimezone(UTC)
    end = moment(args.end, "--to").astimezone(UTC) if args.end else start + timedelta(hours=1)
    if not now - timedelta(minutes=5) < start <= now + _FURTHEST:
        raise HotlineError("--from: a moment within the next seven days")
    if not timedelta() < end - start <= _LONGEST:
        raise HotlineError("--to: after --from, by twelve hours at most")
    window = Window(start, end)
    need_hours(hours, person, window, now)
    return {
        "window_from": start, "window_to": end, "expires_at": hours.expires(person, now, window), "asap": False,
        "virtual_start": start, "soon_at": start - SOON, "tonight_until": None,
    }  # fmt: skip


async def stats(storage: Storage, args: argparse.Namespace) -> int:
    until = moment(args.until, "--until").astimezone(UTC) if args.until else datetime.now(UTC)
    since = moment(args.since, "--since").astimezone(UTC) if args.since else until - timedelta(days=7)
    if since >= until:
        raise HotlineError("--since: is not before --until, or in the future")
    found = funnel([event async for event in events(storage, since, until)], until)
    calls = await storage.calls.list(_CALLS, since)
    offered = sum(call.started_at is not None and call.started_at < until and _was_offered(call) for call in calls)
    if args.json:
        print_json({"since": since, "until": until, "offered": offered, **_plain(found)})
        return 0
    print_table(
        ("STEP", "CALLBACKS"),
        [("offered", offered)]
        + [(name, getattr(found, name)) for name in ("accepted", "due", "dialled", "human", "connected", "done")],
    )
    for title, counts in (("over", found.ends), ("dials that no person took", found.results)):
        print(f"\n{title}: " + (", ".join(f"{name} {count}" for name, count in counts.items()) or "none"))
    print("\ndials a callback: " + (", ".join(f"{n}: {c}" for n, c in sorted(found.attempts.items())) or "none"))
    for title, pair in (("first dial", found.to_dial), ("operator", found.to_connect)):
        print(f"seconds to the {title}: " + (f"P50 {pair[0]:.0f}, P90 {pair[1]:.0f}" if pair else "none"))
    total = found.kept + found.broken
    share = f" ({found.kept * 100 / total:.0f} %)" if total else ""
    print(f"promises kept: {found.kept} of {total}{share}; phones not reached: {found.unreachable}")
    return 0


async def events(storage: Storage, since: datetime, until: datetime) -> AsyncIterator[CallbackEvent]:
    """All events between the two moments, in pages."""
    after = 0
    while page := await storage.callbacks.events(since, until, after, _PAGE):
        for after, event in page:  # noqa: B007 the last one goes on
            yield event


def _was_offered(call: CallRecord) -> bool:
    """Our own calls to citizens (their step `start` names the callback) are none."""
    ours = any(step.data.get("callback") for step in call.steps)
    return not ours and any(step.data.get("step") in _OFFERS for step in call.steps)


def _plain(found: Funnel) -> dict[str, Any]:
    return asdict(found)
