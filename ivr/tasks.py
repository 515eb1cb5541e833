"""The only place that starts background tasks: each is named, held, and its failure is logged."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

from ivr.errors import HotlineError

log = logging.getLogger(__name__)
_held: set[asyncio.Task[Any]] = set()


def spawn(coro: Coroutine[Any, Any, Any], name: str) -> "asyncio.Task[Any]":
    """Start `coro` as a task that is kept alive until done; a failure is logged, never lost."""
    task = asyncio.get_running_loop().create_task(coro, name=name)
    _held.add(task)
    task.add_done_callback(_done)
    return task


async def each(steps: Mapping[str, Callable[[], Awaitable[object]]]) -> None:
    """Do the steps one after the other; one that fails is logged by its name and keeps back none behind it."""
    for name, step in steps.items():
        try:
            await step()
        except HotlineError as error:
            # a database that is away, say: known, and told in words
            log.warning("%s failed: %s; it is tried again", name, error)
        except Exception:
            log.exception("%s failed; it is tried again", name)


def _done(task: "asyncio.Task[Any]") -> None:
    _held.discard(task)
    if not task.cancelled() and task.exception() is not None:
        log.error("task %s failed", task.get_name(), exc_info=task.exception())
