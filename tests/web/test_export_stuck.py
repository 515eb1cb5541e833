"""An export and a reader who takes nothing of it."""

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest
from aiohttp import web

from ivr.domain.call_summary import CallLine, summary_of
from ivr.services.call_history import Page
from ivr.testing import NOON
from ivr.web.history_export import Sheet, as_csv
from ivr.web.routes import PUBLIC, Route
from ivr.web.visit import Visit

from .conftest import Serve

_NOISE = random.Random(1)


class Wide:
    """Rows of a megabyte."""

    heading = ("id",)

    def row(self, line: CallLine) -> list[Any]:
        return [_NOISE.randbytes(500_000).hex()]


async def test_who_takes_nothing_of_an_export_gives_his_turn_to_the_next(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.web.history_export._STUCK_S", 0.2)
    over = asyncio.Event()

    async def portions() -> AsyncIterator[Page]:
        while True:
            yield Page([CallLine("1x1", "", NOON, summary_of([]))], True)

    async def export(visit: Visit) -> web.StreamResponse:
        found = await as_csv(visit.request, "calls", cast(Sheet, Wide()), portions())
        over.set()
        return found

    site = await serve([Route("GET", "/api/export", export, PUBLIC, "Export", limit_s=None)])
    reader, writer = await asyncio.open_connection("127.0.0.1", site.server.port, limit=1024)
    writer.write(b"GET /api/export HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    async with asyncio.timeout(20):
        await over.wait()
        # broken off, so that it does not look whole
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            while True:
                assert b"\r\n0\r\n\r\n" not in await reader.readexactly(1024)
    writer.close()
