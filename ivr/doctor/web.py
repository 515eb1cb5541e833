"""The pages: are they built, can anybody log in, may the public reach them this way?"""

import asyncio
from collections.abc import Iterator
from pathlib import Path

from ivr.config import Config
from ivr.doctor.check import Check, ok, warn
from ivr.domain.accounts import Account
from ivr.errors import HotlineError
from ivr.storage.schema import fits
from ivr.storage.store import open_storage
from ivr.web.pages import BUILD, built

_LOOPBACK = ("127.", "::1")
_LIMIT = 5.0


def web(config: Config, build: Path = BUILD) -> Iterator[Check]:
    """All that is to be said of the pages."""
    yield ok("pages", "built") if built(build) else warn(
        "pages", "are not built: calls are served, browsers are not", "make setup (it needs node 18 or newer, and npm)")
    private = config.web_host.startswith(_LOOPBACK)
    if not private and not config.web_url.startswith("https://"):
        yield warn("web", f"{config.web_host}:{config.web_port} is reached from outside without https: "
                   "passwords can be read on the way, microphones do not work",
                   "put a proxy with TLS in front of it, web_host = \"127.0.0.1\", web_url = \"https://…\"")
    else:
        yield ok("web", config.web_url or f"http://{config.web_host}:{config.web_port}, this machine only")
    accounts = _accounts(config)
    if accounts is None:
        return
    if any(account.demo for account in accounts) and (config.web_url or not private):
        yield warn("accounts", "those of a demonstration are there, and the pages are open to others",
                   "restart without --demo")
    elif not any("administrator" in account.roles and not account.disabled for account in accounts):
        yield warn("accounts", "there is no administrator", "ivr users add LOGIN --roles administrator")
    else:
        yield ok("accounts", str(len(accounts)))


def _accounts(config: Config) -> list[Account] | None:
    """None: the database is not there, or of another version; another check tells that."""

    async def read() -> list[Account] | None:
        if not await fits(config.database, _LIMIT):
            return None
        async with open_storage(config.database, _LIMIT) as storage:
            return list(await storage.accounts.list())

    try:
        return asyncio.run(read())
    except HotlineError:
        return None
