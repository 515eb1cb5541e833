"""The call on our own server and channel: `ours.py [PORT [CALL.json]]` prints the port it listens on.

No flow, no database, no prompts: what remains is `ivr.agi` alone, as the others have theirs.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from ivr.agi.channel import AgiChannel
from ivr.agi.server import AgiServer


async def play(channel: AgiChannel, files: list[str]) -> bool:
    """One command a file, as the others do it."""
    for file in files:
        if await channel.ask((file,), 1, 0.02, False):
            return True
    return False


async def take(channel: AgiChannel, steps: list[dict[str, Any]]) -> None:
    for step in steps:
        if "play" in step:
            await play(channel, step["play"])
        elif "ask" in step:
            *first, last = step["ask"]
            if not await play(channel, first):
                await channel.ask((last,), 1, step["wait_ms"] / 1000, False)
        else:
            for name, value in step["set"].items():
                await channel.set_variable(name, value)


async def main(port: int, steps: list[dict[str, Any]]) -> None:
    # a channel puts the folder of the hotline's own sounds in front
    for step in steps:
        for kind in step.keys() & {"play", "ask"}:
            step[kind] = [file.removeprefix("ivr/") for file in step[kind]]
    server = AgiServer(max_calls=10_000, max_open=10_000)

    async def inbound(channel: AgiChannel) -> None:
        await take(channel, steps)

    server.add_route("inbound", inbound)
    print(await server.start("127.0.0.1", port), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    path = Path(sys.argv[2] if len(sys.argv) > 2 else Path(__file__).with_name("call.json"))
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 0, json.loads(path.read_text("utf-8"))))
