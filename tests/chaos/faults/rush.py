"""Very many calls in one moment."""

import asyncio
import csv
import tempfile
from pathlib import Path

from tests.addresses import TELEPHONY, free_port, loopback
from tests.chaos.case import Strike, case
from tests.chaos.world import World
from tests.telephony.conftest import DID

_CALLS = 500
_SCENARIO = Path(__file__).parents[2] / "telephony" / "sipp_call.xml"


@case(f"{_CALLS} calls in one second, each pressing two keys (SIPp)")
async def rush(world: World, strike: Strike) -> None:
    folder = Path(tempfile.mkdtemp(dir=world.line.state, prefix="sipp-"))
    sipp = await asyncio.create_subprocess_exec(
        "sipp", "-sf", str(_SCENARIO), "-s", DID, "-i", loopback(2, TELEPHONY), "-p", str(free_port()),
        "-mp", "40000", "-r", str(_CALLS), "-m", str(_CALLS), "-l", str(_CALLS), "-timeout", "90", "-nostdin",
        "-trace_stat", "-stf", "stat.csv", "-fd", "1", "-trace_err", "-error_file", "errors.log",
        f"{loopback(1, TELEPHONY)}:5060", cwd=folder,
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        await sipp.wait()
    finally:
        if sipp.returncode is None:
            sipp.kill()
            await sipp.wait()
    strike.now()
    with (folder / "stat.csv").open(encoding="utf-8", newline="") as file:
        last = [row for row in csv.DictReader(file, delimiter=";") if row.get("FailedCall(C)")][-1]
    good, bad = int(last["SuccessfulCall(C)"]), int(last["FailedCall(C)"])
    strike.result.calls += good + bad
    strike.result.notes.append(f"round {strike.number}: {good} of {_CALLS} calls went to their end")
    if good < _CALLS:
        said = (folder / "errors.log").read_text("utf-8", "replace")[:300] if (folder / "errors.log").exists() else ""
        strike.result.dropped.append(f"round {strike.number}: {_CALLS - good} of {_CALLS} calls failed; {said}")
