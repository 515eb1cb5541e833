"""A client against the fake manager interface."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

import pytest

from ivr.ami.client import AmiClient
from ivr.tasks import spawn

from .fake import FakeAsterisk, fake_asterisk


class Links:
    """What `on_link` said, and a way to wait for it."""

    def __init__(self, client: AmiClient) -> None:
        self.said: list[bool] = []
        self._news = asyncio.Event()
        client.on_link.append(self._hear)

    def _hear(self, up: bool) -> None:
        self.said.append(up)
        self._news.set()

    async def until(self, *said: bool) -> None:
        """Until exactly this was said since the beginning."""
        async with asyncio.timeout(20):
            while self.said != list(said):
                self._news.clear()
                await self._news.wait()


@pytest.fixture
async def asterisk() -> AsyncIterator[FakeAsterisk]:
    async with fake_asterisk() as fake:
        yield fake


@pytest.fixture
async def client(asterisk: FakeAsterisk) -> AsyncIterator[Callable[..., tuple[AmiClient, Links]]]:
    """A maker of clients that connect at once; all of them are stopped at the end."""
    tasks: list[asyncio.Task[Any]] = []

    def make(**settings: Any) -> tuple[AmiClient, Links]:
        made = AmiClient("127.0.0.1", asterisk.port, "controller", "secret", **{"backoff": 0.01, **settings})
        links = Links(made)
        tasks.append(spawn(made.run(), "client-under-test"))
        return made, links

    yield make
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
