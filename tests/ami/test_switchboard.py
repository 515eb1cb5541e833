"""The switchboard on a manager interface of the test's own: what is asked for, and that names from outside are not."""

from collections.abc import Callable

import pytest

from ivr.ami.client import AmiClient, AmiError
from ivr.ami.switchboard import Switchboard
from ivr.domain.operators import Membership

from .conftest import Links
from .fake import Action, FakeAsterisk, Peer, message, obedient

Make = Callable[..., tuple[AmiClient, Links]]
#: (queue, interface, paused)
MEMBERS = (("ural", "PJSIP/op-101", "1"), ("common", "PJSIP/op-101", "1"), ("common", "PJSIP/op-102", "0"))


async def status(peer: Peer, action: Action) -> None:
    if action["action"] != "QueueStatus":
        await obedient(peer, action)
        return
    one = {"ActionID": action["actionid"]}
    await peer.send(message(Response="Success", EventList="start", **one))
    for queue, interface, paused in MEMBERS:
        told = {"Queue": queue, "Location": interface, "Paused": paused}
        told["PausedReason"] = "lunch" if paused == "1" else ""
        await peer.send(message(Event="QueueMember", Name="somebody", **told, **one))
    await peer.send(message(Event="QueueStatusComplete", EventList="Complete", **one))


@pytest.fixture
async def switchboard(asterisk: FakeAsterisk, client: Make) -> Switchboard:
    asterisk.handler = status
    made, links = client()
    await links.until(True)
    return Switchboard(made)


def asked(asterisk: FakeAsterisk, *names: str) -> list[tuple[str, ...]]:
    """The actions of these names: their queue, interface and whether they pause."""
    return [
        (each["action"], each.get("queue", ""), each.get("interface", ""), each.get("paused", ""))
        for each in asterisk.peers[0].actions
        if each["action"] in names
    ]


async def test_memberships_are_those_of_operators_with_the_reason_of_a_pause(switchboard: Switchboard) -> None:
    assert await switchboard.memberships() == [
        Membership("101", "op", "ural", True, "lunch"),
        Membership("101", "op", "common", True, "lunch"),
        Membership("102", "op", "common"),
    ]


async def test_who_logs_in_with_another_phone_is_rung_there_alone_and_is_not_paused_any_more(
    switchboard: Switchboard, asterisk: FakeAsterisk
) -> None:
    await switchboard.log_in("101", "web", ["ural", "moscow"])
    assert asked(asterisk, "QueueAdd", "QueueRemove", "QueuePause") == [
        # first there, then no more here: no queue is left with nobody
        ("QueueAdd", "ural", "PJSIP/web-101", ""),
        ("QueueAdd", "moscow", "PJSIP/web-101", ""),
        ("QueueRemove", "ural", "PJSIP/op-101", ""),
        ("QueueRemove", "common", "PJSIP/op-101", ""),
        ("QueuePause", "", "PJSIP/web-101", "false"),
    ]


async def test_a_pause_names_no_queue_so_that_it_counts_in_all_of_them(
    switchboard: Switchboard, asterisk: FakeAsterisk
) -> None:
    assert await switchboard.pause("101", "break")
    assert not await switchboard.pause("103", "break")
    assert asked(asterisk, "QueuePause") == [("QueuePause", "", "PJSIP/op-101", "true")]


@pytest.mark.parametrize("login", ["101@trunk-a", "1", "Local", "101/n", "", "1234567"])
async def test_no_name_from_outside_becomes_a_member_of_a_queue(
    switchboard: Switchboard, asterisk: FakeAsterisk, login: str
) -> None:
    with pytest.raises(AmiError, match="no operator's login"):
        await switchboard.log_in(login, "op", ["ural"])
    assert asked(asterisk, "QueueAdd") == []
