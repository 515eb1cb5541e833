"""The operator who answers when there is nobody else to: logs in, greets with a tone, hangs up after a while."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

from ivr.errors import PbxError
from ivr.tasks import spawn
from ivr.testnet.network import TelephoneNetwork

_TALK_S = 5.0


@contextlib.asynccontextmanager
async def operator(network: TelephoneNetwork, login: str, say: Callable[[str], None]) -> AsyncIterator[None]:
    """Logged in as `login` while the context lasts."""
    phone = network.phones[login]
    await phone.registered()
    await phone.code("*11")

    async def talks() -> None:
        while True:
            call = await phone.talk(limit=86400)
            say(f"operator {login} talks: a tone for {_TALK_S:.0f} seconds")
            with contextlib.suppress(PbxError, TimeoutError):
                await call.ended(_TALK_S)
                continue
            await call.hangup()

    task = spawn(talks(), "call-operator")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        with contextlib.suppress(PbxError):
            await phone.code("*12", limit=5)
