"""What the dialplan learns of a call that has to do with a callback."""

from datetime import UTC, datetime

import pytest

from ivr.agi.channel import AgiChannel
from ivr.agi.protocol import Kind, Reply
from ivr.flow.commands import Enqueue
from ivr.services.ports import Handover


class Link:
    """Keeps the variables that were set, in order."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    async def send(self, line: bytes, limit: float = 0) -> Reply:
        self.lines.append(line.decode().strip())
        return Reply(Kind.OK, "0", "")


@pytest.mark.parametrize(
    ("handover", "told"),
    [
        (
            Handover(Enqueue("ural", "1", "signin"), "ru", callback="cb1", arrived=datetime(2026, 3, 2, tzinfo=UTC)),
            ["IVR_ARRIVED=1772409600", "IVR_CALLBACK=cb1"],
        ),
        (Handover(Enqueue("ural", "1", "signin"), "ru"), []),
    ],
)
async def test_a_callback_and_its_place_are_told_before_the_call_is_given_back(
    handover: Handover, told: list[str]
) -> None:
    link = Link()
    await AgiChannel(link, {}).leave_to_queue(handover)  # type: ignore[arg-type]
    (line,) = link.lines
    pairs = line.removeprefix('EXEC MSet "').removesuffix('"').split(",")
    assert [pair for pair in pairs if "IVR_ARRIVED" in pair or "IVR_CALLBACK" in pair] == told
    assert pairs[-1] == "IVR_NEXT=queue"
