"""The call on panoramisk's own FastAGI: `panoramisk_agi.py [PORT [CALL.json]]` prints the port it listens on."""

import asyncio
import json
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from panoramisk.fast_agi import Application, Request

KEYS = "0123456789*#"


class HungUp(Exception):
    """The caller is gone, or Asterisk refused a command."""


async def send(request: Request, command: str) -> str:
    answer = await request.send_command(command)
    if "error" in answer:
        raise HungUp(answer["error"])
    return answer["result"][0]


async def play(request: Request, files: list[str]) -> bool:
    for file in files:
        if await send(request, f'STREAM FILE {file} "{KEYS}"') != "0":
            return True
    return False


async def take(request: Request, steps: list[dict[str, Any]]) -> None:
    for step in steps:
        if "play" in step:
            await play(request, step["play"])
        elif "ask" in step:
            *first, last = step["ask"]
            if not await play(request, first):
                await send(request, f"GET DATA {last} {step['wait_ms']} 1")
        else:
            for name, value in step["set"].items():
                await send(request, f'SET VARIABLE {name} "{value}"')


async def main(port: int, steps: list[dict[str, Any]]) -> None:
    async def inbound(request: Request) -> None:
        with suppress(HungUp):
            await take(request, steps)

    application = Application(loop=asyncio.get_running_loop())
    application.add_route("inbound", inbound)
    server = await asyncio.start_server(application.handler, "127.0.0.1", port, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    path = Path(sys.argv[2] if len(sys.argv) > 2 else Path(__file__).with_name("call.json"))
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 0, json.loads(path.read_text("utf-8"))))
