"""`ivr callbacks`: store, list, show, move and cancel callbacks; dial those whose turn it is."""

import argparse
import asyncio
import secrets
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

from ivr.commands import (
    _callbacks_arguments,
    _callbacks_dispatch,
    _callbacks_notices,
    _callbacks_order,
    _callbacks_people,
    _callbacks_steer,
    _callbacks_wait,
    _install,
)
from ivr.commands._callbacks_hours import Hours
from ivr.commands.listing import print_json, print_table, safe, when
from ivr.config import Config, load_config
from ivr.datafiles import read_data
from ivr.domain.callback_hours import TONIGHT, Person
from ivr.domain.callbacks import MOVES, Callback
from ivr.domain.queue_plan import load_queue_plan
from ivr.errors import HotlineError
from ivr.services.callback_desk import CallbackDesk
from ivr.storage.store import Storage, open_storage
from ivr.wiring import SystemClock

_LIMIT = 15.0  # seconds: nobody is on the phone here

arguments = _callbacks_arguments.arguments


def run(args: argparse.Namespace) -> int:
    if args.action == "dispatch":
        return _callbacks_dispatch.run(args)
    if args.action == "install":
        return _install.run(args, _install.CALLBACKS)
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
    promise = hours.promise(person, now, await _callbacks_wait.expected(config, storage, args.queue, now))
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
            ("ID", "STATE", "NUMBER", "QUEUE", "CATEGORY", "LANG", "IN LINE SINCE", "PROMISED FROM", "TO", "IN VAIN",
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
        ("dials", f"{sum(event.event == 'dial' for event in events)}, in vain: {callback.attempts} charged, "
                  f"{callback.uncharged} not"),
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
