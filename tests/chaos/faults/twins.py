"""Two controllers at once."""

import asyncio
import sys

from tests.addresses import free_port
from tests.chaos.case import Strike, case
from tests.chaos.world import World


async def _second(world: World, more: dict[str, str], seconds: float) -> tuple[int | None, str]:
    """Another controller for so long; its exit code (None: it had to be ended) and what it said."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ivr", "controller", env={**world.line.env, **more},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    assert process.stdout is not None
    reading = asyncio.ensure_future(process.stdout.read())
    try:
        async with asyncio.timeout(seconds):
            await process.wait()
        ended = process.returncode
    except TimeoutError:
        ended = None
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
    return ended, (await reading).decode(errors="replace")


@case("a second controller is started on the ports of the first")
async def controller_twice(world: World, strike: Strike) -> None:
    ended, words = await _second(world, {}, 20)
    strike.now()
    if not ended:
        strike.result.other.append(f"the second one did not refuse: {ended}, {words[-300:]}")
    elif "Traceback" in words:
        strike.result.other.append(f"the second one did not say why: {words[-300:]}")


@case("a second controller works for 20 s on the same database and Asterisk, on ports of its own")
async def controller_beside(world: World, strike: Strike) -> None:
    ports = {"IVR_AGI_PORT": str(free_port()), "IVR_WEB_PORT": str(free_port())}
    ended, words = await _second(world, ports, 20)
    strike.now()
    if ended is not None:
        strike.result.notes.append(f"the second one ended by itself ({ended}): {words[-200:]}")
