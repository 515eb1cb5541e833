"""Pausing a recording: asked of both channels of that talk and of no other."""

from collections.abc import Callable
from typing import Any

from ivr.ami.client import AmiRefused
from ivr.ami.recorder import AmiRecorder


class Link:
    """Lists channels, and refuses to mute those that are not recorded."""

    def __init__(self, channels: list[dict[str, str]], recorded: Callable[[str], bool]) -> None:
        self.channels, self.recorded, self.asked = channels, recorded, list[tuple[str, str]]()

    async def action(self, name: str, **fields: str) -> list[dict[str, str]]:
        if name == "CoreShowChannels":
            return [{"response": "Success"}, *self.channels]
        self.asked.append((fields["Channel"], fields["State"]))
        if not self.recorded(fields["Channel"]):
            raise AmiRefused("no recording")
        return [{"response": "Success"}]


def channel(name: str, bridge: str, uniqueid: str) -> dict[str, str]:
    return {"event": "CoreShowChannel", "channel": name, "bridgeid": bridge, "uniqueid": uniqueid}


CHANNELS = [
    channel("PJSIP/trunk-a-00000001", "b1", "1.5"),
    channel("PJSIP/web-103-00000002", "b1", "1.6"),
    channel("PJSIP/trunk-a-00000003", "b2", "1.7"),
    channel("PJSIP/op-101-00000004", "b2", "1.8"),
    channel("PJSIP/trunk-a-00000005", "", "1.9"),
    channel("PJSIP/sup-1-00000006", "b1", "1.10"),
]


def recorder(recorded: Callable[[str], bool]) -> tuple[AmiRecorder, Link]:
    link: Any = Link(CHANNELS, recorded)
    return AmiRecorder(link, link), link


async def test_a_talk_is_paused_at_the_operators_phone() -> None:
    pausing, link = recorder(lambda name: "web-103" in name)
    assert await pausing.mute("1x5", "103", True)
    assert await pausing.mute("1x5", "103", False)
    assert [each for each in link.asked if "web-103" in each[0]] == [
        ("PJSIP/web-103-00000002", "1"),
        ("PJSIP/web-103-00000002", "0"),
    ]


async def test_a_recording_at_the_callers_channel_is_found_too() -> None:
    pausing, _ = recorder(lambda name: "trunk-a-00000001" in name)
    assert await pausing.mute("1x5", "103", True)


async def test_what_is_not_recorded_and_what_is_not_his_is_not_paused() -> None:
    pausing, link = recorder(lambda name: False)
    assert not await pausing.mute("1x5", "103", True)
    link.asked.clear()
    for call_id, operator in (("1x7", "103"), ("1x5", "101"), ("1x9", "103"), ("9x9", "103"), ("1x5", "")):
        assert not await pausing.mute(call_id, operator, True)
    assert link.asked == []
