"""Who dials writes no line of the log: line ends come in a dialled number as %0D%0A."""

import json
from typing import Any

import pytest

from tests.addresses import DIALPLAN, loopback
from tests.chaos.sip_call import Account, Dialog, sdp
from tests.chaos.sip_wire import UdpWire

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("dialled", ["88005553535%0D%0AFORGED", "%0D%0AFORGED", "%FFFORGED", "FORGED"])
@pytest.mark.parametrize(("who", "place"), [("+74951230005", 2), ("op-101", 9), ("op-109", 9)])
async def test_a_number_that_does_not_exist_is_refused_and_not_written_down(
    bench: Any, who: str, place: int, dialled: str
) -> None:
    secrets = json.loads((bench.config.state_dir / "secrets.json").read_text())["operators"]
    account = Account(who, secrets[who[3:]]) if who.startswith("op-") else None
    log = bench.paths.log / "messages.log"
    before = len(log.read_bytes())
    wire = await UdpWire.at(loopback(place, DIALPLAN), bench.config.sip_bind)
    call = Dialog(wire, f"sip:{dialled}@{bench.config.sip_bind}", f"<sip:{who}@x>".encode(), account)
    assert (await call.invite(sdp("127.0.0.1", 4))).status == 404
    wire.close()
    assert b"FORGED" not in log.read_bytes()[before:]
