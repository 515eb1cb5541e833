"""`ivr callbacks`: store, list, show, move and cancel callbacks; dial those whose turn it is."""

import argparse
import asyncio
import secrets
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

from ivr.commands import (
    _callbacks_dispatch,
    _callbacks_install,
    _callbacks_notices,
    _callbacks_order,
    _callbacks_people,
    _callbacks_steer,
)
from ivr.commands._callbacks_hours import Hours
from ivr.commands.listing import print_json, print_table, safe, when
from ivr.config import Config, load_config
from ivr.datafiles import read_data
from ivr.domain.callback_hours import TONIGHT, Person
from ivr.domain.callbacks import MOVES, Callback
from ivr.domain.queue_plan import GENERAL, load_queue_plan
from ivr.errors import HotlineError
from ivr.flow.book import CATEGORIES
from ivr.services.callback_desk import CallbackDesk
from ivr.storage.store import Storage, open_storage
from ivr.wiring import SystemClock

_LIMIT = 15.0  # seconds: nobody is on the phone here

EXAMPLES = """examples:
  ivr callbacks add --number +74232201234 --category signin
  ivr callbacks add --number +79161234567 --language en --queue moscow --json
  ivr callbacks add --number +79161234567 --tonight   though it is late where he lives: he asked for it
  ivr callbacks dispatch                    one round: cron starts it every minute
  ivr callbacks dispatch --watch            the same as a service
  ivr callbacks install --print             lines for cron and systemd
  ivr callbacks list --state waiting --json
  ivr callbacks show ID
  ivr callbacks move ID --number +74232201235
  ivr callbacks move ID --from 2026-11-25T14:00+10:00 --to 2026-11-25T14:30+10:00
  ivr callbacks cancel ID --reason "wrote an e-mail"
  ivr callbacks check-order                 was anybody overtaken?
  ivr callbacks notices                     the SMS that wait to be sent, word by word
  ivr callbacks stats --since 2026-11-01T00:00+03:00
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EXAMPLES
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    add = actions.add_parser("add", help="promise a callback as soon as it is his turn")
    add.add_argument("--number", required=True, help="whom to call: a fixed line or a mobile in Russia, any usual form")
    add.add_argument("--category", choices=CATEGORIES, default="other", help="what it is about (default other)")
    add.add_argument("--language", help="what he speaks (default: the hotline's)")
    add.add_argument("--queue", default=GENERAL, help=f"who is to talk to him (default {GENERAL})")
    add.add_argument("--ticket", default="", help="number of his ticket")
    add.add_argument("--tonight", action="store_true",
                     help="he wishes it himself: for 90 minutes he may be called in his quiet hours too")  # fmt: skip
    listing = actions.add_parser("list", help="the newest callbacks")
    listing.add_argument("--state", choices=sorted(MOVES), action="append", default=[], help="only these (repeatable)")
    listing.add_argument("--queue", default="", help="only this queue")
    listing.add_argument("--number", default="", help="only this number, any usual form")
    listing.add_argument("--limit", type=int, default=50, help="at most so many (default 50)")
    show = actions.add_parser("show", help="one callback with its history")
    cancel = actions.add_parser("cancel", help="take a promise back")
    move = actions.add_parser("move", help="another window, number or language")
    _callbacks_steer.move_arguments(move)
    stats = actions.add_parser("stats", help="how many came how far, how long they waited, promises kept")
    _callbacks_steer.stats_arguments(stats)
    notices = actions.add_parser("notices", help="the SMS that wait to be sent, as they will read; sends nothing")
    _callbacks_notices.arguments(notices)
    order = actions.add_parser("check-order", help="was anybody overtaken? 1 if so")
    _callbacks_order.arguments(order)
    for action in (show, cancel, move):
        action.add_argument("id", help="as `ivr callbacks list` shows it")
    cancel.add_argument("--reason", default="operator", help="why, for the history (default operator)")
    dispatch = actions.add_parser("dispatch", help="dial those whose turn it is (for cron, every minute)")
    _callbacks_dispatch.arguments(dispatch)
    install = actions.add_parser("install", help="print the lines that make cron or systemd dispatch")
    _callbacks_install.arguments(install)
    for action in (add, listing, show, cancel, move, stats, notices, order):
        action.add_argument("--json", action="store_true", help="machine-readable output")


def run(args: argparse.Namespace) -> int:
    if args.action == "dispatch":
        return _callbacks_dispatch.run(args)
    if args.action == "install":
        return _callbacks_install.run(args)
    return asyncio.run(_run(args))


async def _run(args: argparse.Namespace) -> int:
    config = load_config()
    async with open_storage(config.database, _LIMIT) as storage:
        if args.action == "stats":
            return await _callbacks_steer.stats(storage, args)
        if args.action == "notices":
            return await _callbacks_notices.run(config, storage, args)
        if args.action == "check-order":
            return await _callbacks_order.run(storage, args)
        work = {"add": _add, "list": _list, "show": _show, "cancel": _cancel, "move": _move}[args.action]
        return await work(config, storage, args)


async def _add(config: Config, storage: Storage, args: argparse.Namespace) -> int:
    number = _callbacks_people.dialled(config, args.number)
    language = _callbacks_people.spoken(config, args.language or config.default_language)
    _need_queue(config, args.queue)
    where = await _callbacks_people.where(config, storage, number)
    now = datetime.now(UTC)
    hours = Hours(config, now).people
    person = Person(where["zones"], where["region"])
    promise = hours.promise(person, now, 0)
    window, until = promise.window, None
    if args.tonight and promise.tonight is not None:
        window, until = promise.tonight, now + TONIGHT
        person = replace(person, tonight_until=until)
    wish = Callback(
        id="", number=number, service=config.did.lstrip("+"), category=args.category, queue=args.queue,
        language=language, **where,
        ticket=args.ticket.replace(" ", ""), source="agent",
        virtual_start=now, created_at=now, window_from=window.start,
        window_to=window.end, expires_at=hours.expires(person, now, window), tonight_until=until,
        soon_at=None if until else promise.soon_at,
    )  # fmt: skip
    asked = await _desk(storage).request(wish)
    if asked.callback is None:
        raise HotlineError(f"{number} asked for too many callbacks in the last 24 hours; try again later")
    if asked.outcome == "exists":
        raise HotlineError(
            f"{number} has a callback already: {asked.callback.id} is {asked.callback.state}; "
            f"see: ivr callbacks show {asked.callback.id}"
        )
    if args.json:
        print_json(_plain(asked.callback))
    else:
        made = asked.callback
        print(f"callback {made.id}: {made.state}, {_callbacks_people.called_between(made)}")
        if promise.quiet and until is None:
            print("before that his quiet hours lie; if he himself wishes to be called in them: --tonight")
    return 0


async def _list(config: Config, storage: Storage, args: argparse.Namespace) -> int:
    if args.limit < 1:
        raise HotlineError("--limit: 1 or more")
    if args.queue:
        _need_queue(config, args.queue)
    number = _callbacks_people.stored(args.number)
    found = await storage.callbacks.list(args.state, args.queue, number, args.limit)
    if args.json:
        print_json([_plain(callback) for callback in found])
    elif not found:
        print("no callbacks")
    else:
        print_table(
            ("ID", "STATE", "NUMBER", "QUEUE", "CATEGORY", "LANG", "IN LINE SINCE", "PROMISED FROM", "TO", "DIALS",
             "REASON"),
            [
                (c.id, c.state, c.number, c.queue, c.category, c.language, c.virtual_start, c.window_from, c.window_to,
                 c.attempts, c.reason)
                for c in found
            ],
        )
    return 0


async def _show(config: Config, storage: Storage, args: argparse.Namespace) -> int:
    callback = await _found(storage, args.id)
    events = await storage.callbacks.history(callback.id)
    if args.json:
        print_json({**_plain(callback), "events": [asdict(event) for event in events]})
        return 0
    print(f"callback {callback.id}: {callback.state}")
    for name, value in (
        ("number", callback.number),
        ("queue", callback.queue),
        ("category", callback.category),
        ("language", callback.language),
        ("zone", callback.zone),
        ("ticket", callback.ticket or "none"),
        ("in line", f"since {when(callback.virtual_start)}"),
        ("window", f"{when(callback.window_from)} to {when(callback.window_to)}"),
        ("", f"= {_callbacks_people.called_between(callback)}"),
        ("not before", when(callback.not_before) or "-"),
        ("expires", when(callback.expires_at)),
        ("dials", f"{callback.attempts} charged, {callback.uncharged} not"),
        ("reason", callback.reason or "-"),
        ("next", ", ".join(sorted(MOVES[callback.state])) or "nothing: it is over"),
    ):
        print(f"  {name + ':' if name else '':<12}{safe(value)}")
    print()
    print_table(
        ("AT", "EVENT", "BEFORE", "AFTER", "ATTEMPT", "NOTE"),
        [(e.at, e.event, e.before, e.after, e.attempt, e.note) for e in events],
    )
    return 0


async def _cancel(config: Config, storage: Storage, args: argparse.Namespace) -> int:
    callback = await _found(storage, args.id)
    done = await _desk(storage).cancel(callback.id, args.reason)
    if done is None:
        now = await _found(storage, args.id)
        raise HotlineError(f"callback {now.id} is {now.state}: it cannot be cancelled any more")
    if args.json:
        print_json(_plain(done))
    else:
        print(f"callback {done.id}: {done.state}")
    return 0


async def _move(config: Config, storage: Storage, args: argparse.Namespace) -> int:
    callback, now = await _found(storage, args.id), datetime.now(UTC)
    changes: dict[str, Any] = {}
    if args.number:
        number = _callbacks_people.dialled(config, args.number)
        changes = {"number": number, "tonight_until": None}
        changes |= await _callbacks_people.where(config, storage, number)
        there = await storage.callbacks.active(number, callback.service)
        if there is not None and there.id != callback.id:
            raise HotlineError(f"{number} has a callback already: {there.id} is {there.state}")
    if args.language:
        changes["language"] = _callbacks_people.spoken(config, args.language)
    hours = Hours(config, now).people
    changes |= _callbacks_steer.window_changes(args, replace(callback, **changes), hours, now)
    if not changes:
        raise HotlineError("nothing to change: give --from, --number or --language")
    done = await _desk(storage).reschedule(callback.id, changes, args.note)
    if done is None:
        callback = await _found(storage, args.id)
        raise HotlineError(f"callback {callback.id} is {callback.state}: it cannot be moved now")
    if args.json:
        print_json(_plain(done))
    else:
        print(f"callback {done.id}: {done.state}, {_callbacks_people.called_between(done)}")
    return 0


def _need_queue(config: Config, queue: str) -> None:
    queues = load_queue_plan(read_data("queues.toml", config.data_dir)).names
    if queue not in queues:
        raise HotlineError(f"--queue: {safe(queue)!r} is none of {', '.join(queues)}")


async def _found(storage: Storage, id: str) -> Callback:
    callback = await storage.callbacks.get(id)
    if callback is None:
        raise HotlineError(f"there is no callback {safe(id)!r}; `ivr callbacks list` shows the newest")
    return callback


def _desk(storage: Storage) -> CallbackDesk:
    return CallbackDesk(storage.callbacks, SystemClock(), lambda: secrets.token_hex(8))


def _plain(callback: Callback) -> dict[str, Any]:
    return asdict(callback)
