"""There is no room on the disk for what is to be written."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from ivr.errors import PbxError
from tests.chaos.case import Strike, case
from tests.chaos.world import World, world

_SIZE_MB = 700


@asynccontextmanager
async def on_a_small_disk(folder: Path) -> AsyncIterator[World]:
    """A hotline whose state is on a file system of `_SIZE_MB`, in memory; mounting it needs root."""
    if os.geteuid() != 0:
        raise PbxError("a small file system can only be mounted as root: run this case as root")
    folder.mkdir(parents=True, exist_ok=True)
    await _done("mount", "-t", "tmpfs", "-o", f"size={_SIZE_MB}m", "chaos", str(folder))
    try:
        async with world(folder) as made:
            yield made
    finally:
        await _done("umount", "-l", str(folder))


async def _done(*command: str) -> None:
    process = await asyncio.create_subprocess_exec(*command)
    if await process.wait():
        raise PbxError(f"{' '.join(command[:3])} failed (exit code {process.returncode})")


# what Asterisk cannot write down either is that a telephone has renewed its registration
@case("the disk with database, logs and recordings is full for 25 s", setting=on_a_small_disk, away=True)
async def disk_full(world: World, strike: Strike) -> None:
    filler = world.line.state.parent / "filler"
    try:
        with filler.open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(65536))
        with filler.open("ab", buffering=0) as file, suppress(OSError):
            while True:
                file.write(b"\0")
        world.caller()
        await asyncio.sleep(25)
    finally:
        filler.unlink()
    strike.now()
