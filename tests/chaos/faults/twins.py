"""Two controllers at once."""

import asyncio
import sys
from dataclasses import dataclass

import aiohttp

from tests.addresses import free_port
from tests.chaos.case import Strike, case
from tests.chaos.world import World


@dataclass(frozen=True)
class Second:
    """`ended`: its exit code (None: it had to be ended); `words`: what it said; `ready`: it said it can take calls."""

    ended: int | None
    words: str
    ready: bool = False


async def _second(world: World, more: dict[str, str], seconds: float, port: int = 0) -> Second:
    """Another controller for so long; `port`: of its pages, where it is asked whether it is ready."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ivr", "controller", env={**world.line.env, **more},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    assert process.stdout is not None
    reading = asyncio.ensure_future(process.stdout.read())
    asking = asyncio.ensure_future(_ready(port)) if port else None
    try:
        async with asyncio.timeout(seconds):
            await process.wait()
        ended = process.returncode
    except TimeoutError:
        ended = None
    finally:
        ready = asking is not None and asking.done() and asking.exception() is None
        if asking is not None:
            asking.cancel()
        if process.returncode is None:
            process.terminate()
            await process.wait()
    return Second(ended, (await reading).decode(errors="replace"), ready)


async def _ready(port: int) -> None:
    """Returns once it says that it can take calls."""
    async with aiohttp.ClientSession() as session:
        while True:
            try:
                async with session.get(f"http://127.0.0.1:{port}/health/ready") as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.2)


@case("a second controller is started on the ports of the first")
async def controller_twice(world: World, strike: Strike) -> None:
    second = await _second(world, {}, 20)
    strike.now()
    if not second.ended:
        strike.result.other.append(f"the second one did not refuse: {second.ended}, {second.words[-300:]}")
    elif "Traceback" in second.words:
        strike.result.other.append(f"the second one did not say why: {second.words[-300:]}")


@case("a second controller works for 20 s on the same database and Asterisk, on ports of its own")
async def controller_beside(world: World, strike: Strike) -> None:
    port = free_port()
    second = await _second(world, {"IVR_AGI_PORT": str(free_port()), "IVR_WEB_PORT": str(port)}, 20, port)
    strike.now()
    if second.ended is not None:
        what = f"ended by itself ({second.ended})"
    elif not second.ready:
        what = "was never ready"
    else:
        return
    strike.result.other.append(f"the second controller {what}, so nothing was tried: {second.words[-200:]}")
