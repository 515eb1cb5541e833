"""`ivr users`: the accounts of the pages."""

import argparse
import asyncio
import getpass
import sys
from datetime import UTC, datetime

from ivr.commands.listing import print_json, print_table
from ivr.config import load_config
from ivr.domain.account_words import WORDS
from ivr.domain.accounts import ROLES, Account
from ivr.errors import HotlineError
from ivr.passwords import Argon2
from ivr.services.account_desk import AccountDesk, AccountFault, make_password
from ivr.storage.schema import upgrade
from ivr.storage.store import open_storage

_LIMIT = 15.0  # seconds: nobody is on the phone here

EXAMPLES = """examples:
  ivr users add anna --name "Анна" --roles operator --phone 101
  ivr users add boss --name "Ирина" --roles supervisor,administrator --ask
  ivr users list
  ivr users passwd anna                  a new random password, printed once
  echo "$NEW" | ivr users passwd anna --stdin
  ivr users roles anna operator,supervisor
  ivr users disable anna                 she is logged out everywhere; `enable` lets her in again
  ivr users remove anna

Roles: """ + ", ".join(ROLES) + """; several with commas between them.
--phone is the login of one of [[operators]], whose calls she answers.
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EXAMPLES
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    add = actions.add_parser("add", help="make an account")
    listing = actions.add_parser("list", help="all accounts")
    passwd = actions.add_parser("passwd", help="set a new password; ends all sessions")
    roles = actions.add_parser("roles", help="change what somebody may do")
    others = [actions.add_parser(name, help=words) for name, words in (
        ("disable", "let nobody in with it, end its sessions"),
        ("enable", "let its owner in again"),
        ("remove", "take it away for good"),
    )]
    for action in (add, passwd, roles, *others):
        action.add_argument("login", help="small letters, digits and . - _")
    add.add_argument("--name", default="", help="as colleagues see it (default: the login)")
    add.add_argument("--roles", default="operator", help="with commas between them (default: operator)")
    add.add_argument("--phone", default="", metavar="LOGIN", help="the operator login whose calls are answered (101)")
    roles.add_argument("roles", help="with commas between them")
    for action in (add, passwd):
        way = action.add_mutually_exclusive_group()
        way.add_argument("--ask", action="store_true", help="ask for the password")
        way.add_argument("--stdin", action="store_true", help="read the password from the first line of the input")
    for action in (add, listing, passwd, roles, *others):
        action.add_argument("--json", action="store_true", help="machine-readable output")


def run(args: argparse.Namespace) -> int:
    try:
        return asyncio.run(_run(args))
    except AccountFault as fault:
        reasons = [f"{field}: {WORDS[word]['en']}" for field, word in fault.fields.items()]
        raise HotlineError("; ".join(reasons) or WORDS[fault.error_id]["en"]) from None


async def _run(args: argparse.Namespace) -> int:
    config = load_config()
    await upgrade(config.database)
    async with open_storage(config.database, _LIMIT) as storage:
        desk = AccountDesk(storage.accounts, storage.sessions, Argon2())
        if args.action == "list":
            return _list(list(await desk.list()), args.json)
        password = ""
        if args.action == "add":
            password = _password(args)
            account = await desk.add(args.login, args.name or args.login, _roles(args.roles), password,
                                     datetime.now(UTC), args.phone)
        elif args.action == "passwd":
            await desk.get(args.login)
            password = _password(args)
            account = await desk.set_password(args.login, password)
        elif args.action == "roles":
            account = await desk.change(args.login, roles=_roles(args.roles))
        elif args.action == "remove":
            account = await desk.remove(args.login)
        else:
            account = await desk.change(args.login, disabled=args.action == "disable")
    shown = password if password and not (args.ask or args.stdin) else ""
    if args.json:
        print_json({**_told(account), **({"password": shown} if shown else {})})
    else:
        done = {"add": "made", "passwd": "has a new password", "roles": "changed", "remove": "removed",
                "disable": "disabled", "enable": "enabled"}[args.action]
        print(f"{account.login}: {done}" + (f"; password: {shown}" if shown else ""))
    return 0


def _list(accounts: list[Account], as_json: bool) -> int:
    if as_json:
        print_json([_told(account) for account in accounts])
    elif not accounts:
        print("no accounts; `ivr users add LOGIN --roles administrator` makes the first")
    else:
        print_table(("LOGIN", "NAME", "ROLES", "PHONE", "STATE", "SINCE"), [
            (a.login, a.name, ",".join(r for r in ROLES if r in a.roles), a.phone,
             "disabled" if a.disabled else "demo" if a.demo else "", a.created_at)
            for a in accounts
        ])
    return 0


def _told(account: Account) -> dict[str, object]:
    return {"login": account.login, "name": account.name, "roles": sorted(account.roles), "phone": account.phone,
            "disabled": account.disabled, "demo": account.demo, "created_at": account.created_at}


def _roles(text: str) -> frozenset[str]:
    roles = frozenset(part.strip() for part in text.split(",") if part.strip())
    if unknown := roles - set(ROLES):
        raise HotlineError(f"no such role: {', '.join(sorted(unknown))}; there are {', '.join(ROLES)}")
    return roles


def _password(args: argparse.Namespace) -> str:
    if args.stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not args.ask:
        return make_password()
    first = getpass.getpass("password: ")
    if first != getpass.getpass("once more: "):
        raise HotlineError("the two passwords differ")
    return first
