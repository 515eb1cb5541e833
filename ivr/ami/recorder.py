"""Pausing the recording of a talk, over a manager link of its own: the action needs a class of rights that would let
the controller's link send any channel anywhere."""

from ivr.ami.client import AmiClient, AmiRefused
from ivr.domain.live_types import call_id_of
from ivr.domain.operators import operator_of


class AmiRecorder:
    """The port `Recorder`. `looks`: lists channels; `mutes`: the manager user `recorder`. Raises `AmiError`."""

    def __init__(self, looks: AmiClient, mutes: AmiClient) -> None:
        self._looks, self._mutes = looks, mutes

    async def mute(self, call_id: str, operator: str, on: bool) -> bool:
        done = False
        for channel in await self._channels(call_id, operator):
            try:
                await self._mutes.action("MixMonitorMute", Channel=channel, Direction="both", State="1" if on else "0")
            except AmiRefused:
                continue  # the recording is at the other one of the two
            done = True
        return done

    async def _channels(self, call_id: str, operator: str) -> list[str]:
        """The channels of both, if they talk with each other."""
        listed = [each for each in await self._looks.action("CoreShowChannels") if each.get("bridgeid")]
        for caller in listed:
            if call_id_of(caller.get("uniqueid", "")) != call_id:
                continue
            there = [each for each in listed if each["bridgeid"] == caller["bridgeid"] and each is not caller]
            phones = [each["channel"] for each in there if operator and _operator(each.get("channel", "")) == operator]
            if phones:
                return [*phones, caller["channel"]]
        return []


def _operator(channel: str) -> str:
    who = operator_of(channel.rpartition("-")[0])
    return who[0] if who else ""
