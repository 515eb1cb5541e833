"""Operators logged in, out and paused, waiting callers moved, over the manager link. Interfaces are made of known
logins only: a member of a queue is rung, so no name from outside may become one."""

import re
from collections.abc import Sequence

from ivr.ami.client import AmiClient, AmiError, AmiRefused
from ivr.domain.live_types import call_id_of
from ivr.domain.operators import PHONES, Membership, OperatorTalk, Phone, operator_of, operator_talks
from ivr.services import ports

_LOGIN = re.compile(r"[0-9]{2,6}\Z")


class Switchboard(ports.Switchboard):
    """The port `Switchboard`. Raises `AmiError`."""

    def __init__(self, client: AmiClient) -> None:
        self._client = client

    async def log_in(self, operator: str, phone: Phone, queues: Sequence[str]) -> None:
        interface = _interface(operator, phone)
        there = [each for each in await self.memberships() if each.operator == operator]
        already = {each.queue for each in there if each.phone == phone}
        for queue in queues:
            if queue not in already:
                await self._client.action(
                    "QueueAdd", Queue=queue, Interface=interface, MemberName=f"op-{operator}", StateInterface=interface
                )
        # only now: a queue with nobody in it would send its callers away
        for other in there:
            if other.phone != phone or other.queue not in queues:
                await self._remove(other)
        if any(each.paused for each in there):
            await self._pause(interface, "false", "")

    async def log_out(self, operator: str) -> int:
        mine = [each for each in await self.memberships() if each.operator == operator]
        return sum([await self._remove(each) for each in mine])

    async def pause(self, operator: str, reason: str) -> bool:
        return await self._pause_all(operator, "true", reason)

    async def resume(self, operator: str) -> bool:
        return await self._pause_all(operator, "false", "")

    async def memberships(self) -> list[Membership]:
        found = []
        for message in await self._client.action("QueueStatus"):
            who = operator_of(message.get("location", ""))
            if message.get("event", "").lower() == "queuemember" and who is not None:
                paused = message.get("paused", "0") == "1"
                reason = message.get("pausedreason", "") if paused else ""
                found.append(Membership(*who, message.get("queue", ""), paused, reason))
        return found

    async def withdraw(self, queue: str, channel: str) -> bool:
        try:
            await self._client.action("QueueWithdrawCaller", Queue=queue, Caller=channel)
        except AmiRefused:
            return False
        return True

    async def talks(self) -> list[OperatorTalk]:
        return operator_talks(await self._client.action("CoreShowChannels"), call_id_of)

    async def _pause_all(self, operator: str, paused: str, reason: str) -> bool:
        phones = {each.phone for each in await self.memberships() if each.operator == operator}
        for phone in sorted(phones):
            await self._pause(_interface(operator, phone), paused, reason)
        return bool(phones)

    async def _pause(self, interface: str, paused: str, reason: str) -> None:
        # no queue named: all of them
        await self._client.action("QueuePause", Interface=interface, Paused=paused, Reason=reason)

    async def _remove(self, member: Membership) -> bool:
        interface = _interface(member.operator, member.phone)
        try:
            await self._client.action("QueueRemove", Queue=member.queue, Interface=interface)
        except AmiRefused:
            return False  # gone already
        return True


def _interface(operator: str, phone: str) -> str:
    if not _LOGIN.match(operator) or phone not in PHONES:
        raise AmiError(f"{operator[:10]!r} is no operator's login: nothing is sent")
    return f"PJSIP/{phone}-{operator}"
