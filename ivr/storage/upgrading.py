"""Bringing the database to the tables of this version at a start: neither one that is away nor an upgrade that lasts
must keep callers waiting."""

import asyncio
import logging

from ivr.errors import StorageError
from ivr.storage.engine import Database, database_url
from ivr.storage.schema import UnknownRevision, fits, upgrade
from ivr.tasks import spawn

log = logging.getLogger(__name__)
#: Seconds for a word of the database, before an upgrade.
_LIMIT_S = 5.0
#: Seconds until a database that is away is tried again.
_AGAIN_S = 5.0
#: Seconds that a start waits for an upgrade: a new database, and most upgrades, are through by then.
_LISTEN_AFTER_S = 10.0
#: Seconds for an upgrade, as `ivr db upgrade` has: one that is given up begins again from the start.
_PATIENCE_S = 3600.0


async def upgrade_soon(url: str) -> "asyncio.Task[None] | None":
    """None: it is at this version. Else what brings it there in the background, however long that lasts: it is away, or
    its upgrade is under way; until then it is to be withheld. Raises `UnknownRevision` (the task, too), and
    `StorageError` for what is no address."""
    database_url(url)
    try:
        # asked first, for an upgrade has all the patience that a big table needs
        if await fits(url, _LIMIT_S):
            return None
    except UnknownRevision:
        raise
    except StorageError as error:
        _not_yet(error)
        return spawn(_until_done(url, None), "upgrading the database")
    attempt = spawn(_upgraded(url), "upgrading the database")
    await asyncio.wait({attempt}, timeout=_LISTEN_AFTER_S)
    if attempt.done() and attempt.result():
        return None
    if not attempt.done():
        log.warning(
            "the upgrade of the database lasts: calls are served without it until it is through. Let it run, for a "
            "stop undoes it; while the hotline is stopped, `ivr db upgrade` does it",
            extra={"action": "upgrade_lasts"},
        )
    return spawn(_until_done(url, attempt), "upgrading the database")


def withhold(database: Database, later: "asyncio.Task[None]") -> None:
    """Let nobody use its tables before `later` has brought them here: they could be those of an older version."""
    database.withheld = "is away, or not upgraded yet"

    def over(task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and task.exception() is None:
            database.withheld = ""

    later.add_done_callback(over)


async def _until_done(url: str, attempt: "asyncio.Task[bool] | None") -> None:
    done = attempt is not None and await attempt
    while not done:
        await asyncio.sleep(_AGAIN_S)
        done = await _upgraded(url)
    log.info("the database is there and ready", extra={"action": "upgraded"})


async def _upgraded(url: str) -> bool:
    """Try once; False: it is away, or cannot be upgraded at the moment."""
    try:
        if not await fits(url, _LIMIT_S):
            log.info("bringing the database to this version", extra={"action": "upgrading"})
            await upgrade(url, _PATIENCE_S)
    except UnknownRevision:
        raise
    except StorageError as error:
        _not_yet(error)
        return False
    return True


def _not_yet(error: StorageError) -> None:
    log.error("the database is not upgraded, tried again: %s", error, extra={"action": "upgrade_later"})
