"""The controller's clock is stepped, and it finds itself in another time zone."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from ivr.errors import PbxError
from tests.chaos.case import Strike, case
from tests.chaos.world import World, world

_HOUR = 3600
#: How far the clock jumps, in seconds; the hotline's own clocks that only go forward are left alone, as by a real step.
_STEPS = (_HOUR, -_HOUR, 26 * _HOUR, -26 * _HOUR, 40, -40)
_ZONES = ("Asia/Kamchatka", "America/New_York", "Pacific/Apia", "UTC")


def _library() -> Path:
    found = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
    if found is None:
        raise PbxError("libfaketime is needed to step a clock: apt-get install libfaketime")
    return found


@asynccontextmanager
async def of_another_time(folder: Path) -> AsyncIterator[World]:
    """A hotline whose controller asks a file (`clock`) how far its clock is off. Routing goes by the real hour."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "clock").write_text("+0", "utf-8")
    more = folder / "controller.json"
    off = {"LD_PRELOAD": str(_library()), "FAKETIME_TIMESTAMP_FILE": str(folder / "clock"), "FAKETIME_NO_CACHE": "1",
           "FAKETIME_DONT_FAKE_MONOTONIC": "1"}  # fmt: skip
    more.write_text(json.dumps(off), "utf-8")
    variables = {"CHAOS_CONTROLLER": str(more), "IVR_TEST_TIME": ""}
    async with world(folder, program="tests.chaos.launch", more=variables) as made:
        yield made


@case("the controller's clock jumps by 40 s to 26 h, forward or back, and back again", setting=of_another_time)
async def clock_stepped(world: World, strike: Strike) -> None:
    file = world.line.state.parent / "clock"
    step = strike.dice.choice(_STEPS)
    strike.result.notes.append(f"round {strike.number}: by {step} s")
    file.write_text(f"{step:+d}", "utf-8")
    try:
        await asyncio.sleep(12)
    finally:
        file.write_text("+0", "utf-8")
    strike.now()


@case("the controller starts again in another time zone", setting=of_another_time)
async def zone_changed(world: World, strike: Strike) -> None:
    file = world.line.state.parent / "controller.json"
    zone = _ZONES[strike.number % len(_ZONES)]
    file.write_text(json.dumps({**json.loads(file.read_text("utf-8")), "TZ": zone}), "utf-8")
    strike.result.notes.append(f"round {strike.number}: {zone}")
    os.kill(world.controller(), signal.SIGKILL)
