"""Bringing the database to the tables of this version at a start: one that is away must not keep callers waiting."""

import asyncio
import logging

from ivr.errors import StorageError
from ivr.storage.engine import database_url
from ivr.storage.schema import UnknownRevision, fits, upgrade

log = logging.getLogger(__name__)
#: Seconds for a word of the database, before an upgrade.
_LIMIT_S = 5.0
#: Seconds until a database that is away is tried again.
_AGAIN_S = 5.0


async def upgraded(url: str) -> bool:
    """Upgrade it now; False: it is away, or cannot be upgraded at the moment. Raises `UnknownRevision`, and
    `StorageError` for what is no address."""
    database_url(url)
    try:
        # asked first, for an upgrade has all the patience that a big table needs
        if not await fits(url, _LIMIT_S):
            log.info("bringing the database to this version", extra={"action": "upgrading"})
        await upgrade(url)
    except UnknownRevision:
        raise
    except StorageError as error:
        log.error("the database is not upgraded, tried again: %s", error, extra={"action": "upgrade_later"})
        return False
    return True


async def upgrade_later(url: str) -> None:
    """Try until it is done. Raises `UnknownRevision`."""
    done = False
    while not done:
        await asyncio.sleep(_AGAIN_S)
        done = await upgraded(url)
    log.info("the database is back and ready", extra={"action": "upgraded"})
