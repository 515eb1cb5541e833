"""The hotline calls citizens back: a real dispatcher, real Asterisks, the phones of the test network."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from ivr.tasks import spawn
from ivr.testnet.phones import OperatorPhone
from tests.telephony.conftest import DID, Line

pytestmark = pytest.mark.asyncio(loop_scope="session")


@asynccontextmanager
async def operator(line: Line, mode: str = "answer") -> AsyncIterator[OperatorPhone]:
    """Anna at work: in every queue, her phone does so."""
    phone = line.network.phones["101"]
    await phone.behave(mode)
    phone.forget()
    await phone.code("*11")
    try:
        yield phone
    finally:
        await phone.code("*12")
        await phone.behave("answer")


async def asked(line: Line, number: str, *more: str) -> str:
    """A callback is promised; its id."""
    added = await line.ivr("callbacks", "add", "--number", number, "--category", "signin", *more)
    assert added["state"] == "waiting"
    return str(added["id"])


async def events(line: Line, callback: str) -> list[str]:
    """What has happened to it so far."""
    shown = await line.ivr("callbacks", "show", callback)
    return [event["event"] for event in shown["events"]]


async def settled(line: Line, callback: str, state: str, limit: float = 20) -> dict[str, Any]:
    """Wait until it is in this state."""
    shown: dict[str, Any] = {}
    try:
        async with asyncio.timeout(limit):
            while shown.get("state") != state:
                shown = await line.ivr("callbacks", "show", callback)
    except TimeoutError:
        raise AssertionError(f"not {state} in {limit} s: {shown}") from None
    return shown


async def test_who_answers_and_presses_one_is_connected_to_an_operator(line: Line) -> None:
    number = "+74952220501"
    callback = await asked(line, number)
    async with operator(line) as phone:
        dispatch = spawn(line.ivr("callbacks", "dispatch"), "dispatch")
        assert await line.network.citizens.rung(number) == DID
        citizen = await line.called(number)
        await citizen.hears("callback/hello")
        await citizen.hears("item/callback-connect")
        await citizen.press("1")
        await citizen.hears("operator/connecting")
        talk = await phone.talk()
        assert (await phone.rung())[0].endswith("signin")
        await settled(line, callback, "connected")
        await talk.hangup()
        await citizen.call.ended()
        await settled(line, callback, "done")
        assert (await dispatch)["dialled"] == [callback]
    assert await events(line, callback) == ["confirm", "dial", "human", "connect", "complete"]
    assert line.network.citizens.rings[number] == 1
