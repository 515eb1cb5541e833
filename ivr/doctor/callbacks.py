"""Are citizens really called back?"""

import asyncio
from datetime import datetime

from ivr.config import Config, calling_trunk, rings_at_home
from ivr.doctor.check import Check, ok, warn
from ivr.errors import HotlineError
from ivr.storage.store import open_storage


def dispatching(config: Config, at: datetime) -> Check:
    """Has somebody looked after the callbacks that something was to be done with? `at`: now, aware."""
    if not config.database_url.reveal() and not (config.state_dir / "hotline.db").exists():
        return ok("callbacks", "none yet")
    try:
        late = asyncio.run(_late(config, at))
    except HotlineError:
        return ok("callbacks", "not looked at: see the database")
    if not late:
        return ok("callbacks", "nobody was forgotten")
    if calling_trunk(config) is None:
        return warn(
            "callbacks",
            f"{late} are promised and there is no trunk to call by",
            "give one of [[trunks]] a host or one address, and name it in callback_trunk",
        )
    if rings_at_home(config):
        return warn(
            "callbacks",
            f"{late} are promised and only the phones of `ivr call --wait` can be called",
            "for real calls, name a provider's trunk in callback_trunk",
        )
    return warn("callbacks", f"{late} wait for a dispatcher that does not come", "see: ivr callbacks install --print")


async def _late(config: Config, at: datetime) -> int:
    async with open_storage(config.database, 5) as storage:
        return await storage.callbacks.overdue(at)
