"""The controller's link to Asterisk's manager interface is cut at every byte."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.addresses import free_port
from tests.chaos.case import Strike, case
from tests.chaos.cutter import Cutter
from tests.chaos.world import World, world

#: Places (bytes after the login) in each direction in one round: three rounds cut the first answers and actions whole.
_PLACES, _LIMIT_S = 60, 150
_CUTTERS: dict[int, Cutter] = {}


@asynccontextmanager
async def behind_a_cutter(folder: Path) -> AsyncIterator[World]:
    """A hotline whose controller reaches Asterisk's manager interface through a `Cutter`."""
    folder.mkdir(parents=True, exist_ok=True)
    asterisk = free_port()
    cutter = Cutter(asterisk)
    more = folder / "controller.json"
    more.write_text(json.dumps({"IVR_AMI_PORT": str(await cutter.open())}), "utf-8")
    try:
        variables = {"IVR_AMI_PORT": str(asterisk), "CHAOS_CONTROLLER": str(more)}
        async with world(folder, program="tests.chaos.launch", more=variables) as made:
            _CUTTERS[id(made)] = cutter
            yield made
    finally:
        cutter.close()


@case("the manager link is cut at every byte after the login, both ways", setting=behind_a_cutter)
async def manager_cut(world: World, strike: Strike) -> None:
    cutter = _CUTTERS[id(world)]
    before = len(cutter.done)
    await cutter.sweep(1 + (strike.number - 1) * _PLACES, _PLACES, _LIMIT_S)
    strike.now()
    cut = cutter.done[before:]
    figures = strike.result.figures
    figures["cuts"] = figures.get("cuts", 0) + len(cut)
    if cut:
        first, last = min(n for _, n in cut), max(n for _, n in cut)
        strike.result.notes.append(f"round {strike.number}: {len(cut)} cuts, bytes {first} to {last} of each direction")
    else:
        strike.result.other.append(f"round {strike.number}: nothing was cut")
