"""Asterisk is killed, and the prompts that it plays are gone."""

import os
import signal

from tests.chaos.case import Strike, case
from tests.chaos.world import World


@case("kill -9 of Asterisk: its calls are gone with it, the next ones are served", carries=True)
async def asterisk_killed(world: World, strike: Strike) -> None:
    os.kill(world.asterisk(), signal.SIGKILL)
    await world.line.until_up()
