"""A call by SIPp, a phone that is not an Asterisk."""

import asyncio
from pathlib import Path

import pytest

from tests.addresses import TELEPHONY, free_port, loopback
from tests.telephony.conftest import DID, Line

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_sipp_phone_is_answered_and_its_keys_lead_where_the_menu_says(line: Line, tmp_path: Path) -> None:
    sipp = await asyncio.create_subprocess_exec(
        "sipp", "-sf", str(Path(__file__).parent / "sipp_call.xml"), "-s", DID, "-i", loopback(2, TELEPHONY),
        "-p", str(free_port()), "-mp", str(free_port()), "-m", "1", "-timeout", "60", "-nostdin",
        f"{loopback(1, TELEPHONY)}:5060",
        cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    out, _ = await sipp.communicate()
    assert sipp.returncode == 0, out.decode(errors="replace")[-2000:]
    async with asyncio.timeout(60):
        while True:
            calls = [c for c in await line.ivr("calls", "list") if c["caller"] == "+79165550001"]
            if calls and calls[0]["reason"]:
                break
    shown = str(await line.ivr("calls", "show", calls[0]["call_id"]))
    assert "menu/main" in shown
    assert "menu/signin" in shown
    assert calls[0]["reason"] == "hung_up"
