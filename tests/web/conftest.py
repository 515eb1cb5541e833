"""serve(…): a running site for one test."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from .running import Routes, Running, running

Serve = Callable[..., Awaitable[Running]]


@pytest.fixture
async def serve(tmp_path: Path) -> AsyncIterator[Serve]:
    """serve(routes, **settings): a running site with these routes beside those of the foundation."""
    async with AsyncExitStack() as stack:

        async def begin(routes: Routes = (), **settings: Any) -> Running:
            return await stack.enter_async_context(running(tmp_path, routes, **settings))

        yield begin
