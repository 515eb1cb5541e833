"""The controller is killed, stands still, is slow."""

import asyncio
import os
import signal
import time

from tests.chaos.case import Strike, case
from tests.chaos.world import World


@case("kill -9 of the controller")
async def controller_killed(world: World, strike: Strike) -> None:
    os.kill(world.controller(), signal.SIGKILL)


@case("the controller stands still (SIGSTOP) for 2 to 5 s, then goes on")
async def controller_frozen(world: World, strike: Strike) -> None:
    process = world.controller()
    os.kill(process, signal.SIGSTOP)
    await asyncio.sleep(strike.dice.uniform(2, 5))
    os.kill(process, signal.SIGCONT)


@case("the controller stands still (SIGSTOP) for ever: the supervisor has to find out")
async def controller_hung(world: World, strike: Strike) -> None:
    os.kill(world.controller(), signal.SIGSTOP)


@case("the controller is slow: for 15 s it runs 60 ms of every 300")
async def controller_slow(world: World, strike: Strike) -> None:
    process, until = world.controller(), time.monotonic() + 15
    try:
        while time.monotonic() < until:
            os.kill(process, signal.SIGSTOP)
            await asyncio.sleep(0.24)
            os.kill(process, signal.SIGCONT)
            await asyncio.sleep(0.06)
    finally:
        os.kill(process, signal.SIGCONT)
    strike.now()
