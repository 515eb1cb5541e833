"""INVITEs by the thousand from an address that is no trunk: their cost, and what becomes of real calls meanwhile."""

import asyncio
import ipaddress
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.chaos.outside.siege import Siege

#: A call that asks for nothing more than it must: whatever is answered is not acknowledged.
_SCENARIO = """<?xml version="1.0" encoding="UTF-8" ?>
<!DOCTYPE scenario SYSTEM "sipp.dtd">
<scenario name="flood">
  <send><![CDATA[
INVITE sip:88005553535@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
From: "flood [call_number]" <sip:[call_number]@[local_ip]:[local_port]>;tag=[pid]f[call_number]
To: <sip:88005553535@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:x@[local_ip]:[local_port]>
Max-Forwards: 70
Content-Length: 0

]]></send>
  <pause milliseconds="1"/>
</scenario>
"""
#: Megabytes that the logs may have in all: six parts of each kind, 20 MB each, and a round of rotation late.
_LOGS_MB = 2 * 6 * 20 + 60


@dataclass
class Tried:
    """`memory`: (seconds since the start, MB of Asterisk); `waits`: seconds that real calls waited for an answer."""

    faults: list[str] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)
    memory: list[tuple[float, float]] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)


async def flooded(siege: Siege, tried: Tried, seconds: int = 10, rate: int = 3000, settle: float = 40) -> None:
    """So many a second for so long; then until Asterisk has forgotten them (32 s, timer H of RFC 3261)."""
    folder = siege.line.state / "flood"
    folder.mkdir(exist_ok=True)
    (folder / "flood.xml").write_text(_SCENARIO)
    pid, begun = _pid(siege), time.monotonic()
    before, logs, lost = memory_mb(pid), _size(siege), lost_packets(siege.sip)
    watching = asyncio.ensure_future(_watch(pid, begun, tried))
    sipp = await asyncio.create_subprocess_exec(
        "sipp", "-sf", "flood.xml", "-i", siege.place(8), "-r", str(rate), "-rp", "1000", "-m", str(rate * seconds),
        "-l", str(rate * 2), "-nostdin", "-nd", "-trace_stat", "-stf", "flood.csv", f"{siege.sip}:5060",
        cwd=folder, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async def call() -> None:
        while sipp.returncode is None:
            try:
                tried.waits.append(await siege.serves(20))
            except TimeoutError as error:
                tried.faults.append(f"in the flood a real call was not answered: {error}")
            await asyncio.sleep(0.3)

    calling = asyncio.ensure_future(call())
    try:
        async with asyncio.timeout(seconds * 6 + 60):
            _, said = await sipp.communicate()
    finally:
        if sipp.returncode is None:
            sipp.kill()
    lasted = time.monotonic() - begun
    over = time.monotonic()
    await calling
    while (took := await siege.serves(30)) > 1:  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    tried.figures |= {
        "asked for, a second": rate, "sent": rate * seconds, "sent, a second": round(rate * seconds / lasted),
        "seconds": round(lasted, 1), "real calls in it": len(tried.waits),
        "longest wait for an answer, s": round(max(tried.waits, default=0), 2),
        "served as before after, s": round(time.monotonic() - over, 2), "first answer then, s": round(took, 2),
    }  # fmt: skip
    await asyncio.sleep(settle)
    watching.cancel()
    peak, after = max(size for _, size in tried.memory), memory_mb(pid)
    grown = (_size(siege) - logs) / 1e6
    tried.figures |= {
        "MB before": round(before), "MB at most": round(peak), "MB after": round(after), "MB of logs": round(grown, 1),
        "packets that the socket lost": lost_packets(siege.sip) - lost,
        "bytes of logs for each": round(grown * 1e6 / (rate * seconds)),
    }
    if _pid(siege) != pid:
        tried.faults.append("Asterisk is another process than before the flood")
    if _size(siege) / 1e6 > _LOGS_MB:
        tried.faults.append(f"the logs have grown to {_size(siege) / 1e6:.0f} MB")
    if not tried.waits:
        tried.faults.append(f"no real call was made in the flood: {said.decode(errors='replace')[-200:]}")


async def _watch(pid: int, begun: float, tried: Tried) -> None:
    while True:
        tried.memory.append((round(time.monotonic() - begun, 1), memory_mb(pid)))
        await asyncio.sleep(0.5)


def memory_mb(pid: int) -> float:
    """Resident memory of a process; 0 when it is gone."""
    try:
        words = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in words.splitlines() if line.startswith("VmRSS")), 0.0)


def lost_packets(address: str, port: int = 5060) -> int:
    """UDP packets that Linux has thrown away because whoever listens there was too slow."""
    wanted = f"{int.from_bytes(ipaddress.ip_address(address).packed, sys.byteorder):08X}:{port:04X}"
    rows = (line.split() for line in Path("/proc/net/udp").read_text().splitlines()[1:])
    return sum(int(row[-1]) for row in rows if row[1] == wanted)


def _pid(siege: Siege) -> int:
    return int((siege.line.state / "asterisk" / "run" / "asterisk.pid").read_text())


def _size(siege: Siege) -> int:
    return sum(file.stat().st_size for file in siege.logs)
