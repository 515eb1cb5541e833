"""A controller that only reads and sets channel variables."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

TO_QUEUE = {"IVR_NEXT": "queue", "IVR_QUEUE": "east", "IVR_TICKET": "48215513", "IVR_CATEGORY": "signin",
            "IVR_LANGUAGE": "ru"}
#: What is read of every call that comes.
READ = ("IVR_CALLER", "IVR_QUEUE", "IVR_LEGS", "IVR_ARRIVED", "QUEUESTATUS", "CHANNEL(language)", "IVR_ATTEMPT")


@dataclass
class Asked:
    """`routes` as they were asked for; `seen`: the variables at the last question of each route."""

    routes: "asyncio.Queue[str]" = field(default_factory=asyncio.Queue)
    seen: dict[str, dict[str, str]] = field(default_factory=dict)


@asynccontextmanager
async def controller(
    port: int, answers: Mapping[str, Mapping[str, str]], go_on: asyncio.Event | None = None
) -> AsyncIterator[Asked]:
    """Route -> variables it sets before it leaves; a route not named just closes.

    Answers for one caller: `route:number` goes before `route`. `go_on`: it answers nobody before that is set.
    """
    asked, talks = Asked(), set[asyncio.Task[None]]()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        header = (await reader.readuntil(b"\n\n")).decode()
        route = header.split("agi_network_script: ")[1].split("\n")[0].rsplit("/")[-1]
        caller = header.split("agi_arg_2: ")[1].split("\n")[0]
        seen = {}
        for name in READ:
            writer.write(f"GET VARIABLE {name}\n".encode())
            line = (await reader.readline()).decode().strip()
            seen[name] = line.partition("(")[2].rpartition(")")[0]
        if go_on is not None:
            await go_on.wait()
        for name, value in answers.get(f"{route}:{caller}", answers.get(route, {})).items():
            writer.write(f'SET VARIABLE {name} "{value}"\n'.encode())
            await reader.readline()
        asked.seen[route] = seen
        asked.routes.put_nowait(route)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talks.add(task)
        try:
            await talk(reader, writer)
        finally:
            talks.discard(task)
            # also where it still waits for `go_on` when its test ends
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", port)
    async with server:
        try:
            yield asked
        finally:
            for task in list(talks):
                task.cancel()
            await asyncio.gather(*talks, return_exceptions=True)


async def next_route(asked: Asked, limit: float = 10) -> str:
    """The next route asked for."""
    async with asyncio.timeout(limit):
        return await asked.routes.get()
