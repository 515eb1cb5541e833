"""One round with the clock put forward: `python -m tests.telephony.dispatch_later SECONDS LISTEN LIMIT [WHEN]`.

For tests that cannot wait for leases and delays; prints what the round did, as JSON. LIMIT: seconds that the database
may take. WHEN: "before" or "after" the first call is sent to Asterisk, this process is killed by its own hand; "late":
it is stopped before it sends.
"""

import asyncio
import os
import signal
import sys
from datetime import datetime, timedelta

from ivr.commands._callbacks_dispatch import one_round
from ivr.commands.listing import print_json
from ivr.config import load_config
from ivr.dialler.dialler import AsteriskDialler
from ivr.errors import HotlineError
from ivr.log import setup_logging
from ivr.services.dispatch import DialOrder
from ivr.storage.store import open_storage
from ivr.wiring import SystemClock


class LaterClock(SystemClock):
    """So much later than it is."""

    def __init__(self, by: timedelta) -> None:
        self._by = by

    def now(self) -> datetime:
        return super().now() + self._by


def die(when: str) -> None:
    """Be killed, or stopped, at that moment."""
    send = AsteriskDialler.dial

    async def dial(dialler: AsteriskDialler, order: DialOrder) -> None:
        if when == "late":
            os.kill(os.getpid(), signal.SIGSTOP)
        if when != "before":
            await send(dialler, order)
        if when != "late":
            os.kill(os.getpid(), signal.SIGKILL)

    AsteriskDialler.dial = dial  # type: ignore[method-assign]


async def main(seconds: float, listen: float, limit: float) -> int:
    config = load_config()
    async with open_storage(config.database, limit) as storage:
        done = await one_round(config, storage, listen, LaterClock(timedelta(seconds=seconds)))
    print_json(vars(done))
    return 0


if __name__ == "__main__":
    setup_logging()
    if sys.argv[4:]:
        die(sys.argv[4])
    try:
        sys.exit(asyncio.run(main(*map(float, sys.argv[1:4]))))
    except HotlineError as error:
        print(f"round failed: {error}", file=sys.stderr)
        sys.exit(2)
