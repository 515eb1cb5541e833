"""A hotline, what it has in it, and what leaves it: for attacks from outside."""

import json
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from ivr.pbx.paths import AsteriskInstall, InstancePaths
from ivr.pbx.process import Asterisk
from ivr.testnet.network import TelephoneNetwork
from tests.addresses import TELEPHONY, loopback
from tests.chaos.sip_call import Dialog, sdp
from tests.chaos.sip_wire import UdpWire
from tests.chaos.world import asterisk_install, quiet_hotline
from tests.telephony.conftest import Line

_CONTEXT = re.compile(r"\[ Context '([^']+)'")
_EXTENSION = re.compile(r"^\s+'(\S+)' =>", re.MULTILINE)
#: Which hotline of this process: addresses of its own.
HOUSE = 4
#: A fault of the program itself in a log, not one it tells of.
_BLOCK = re.compile(r"^(?=\[?\d{4}-\d\d-\d\d )", re.MULTILINE)
_BROKEN = re.compile(r"Traceback|exception was never|was never awaited|FRACK|assertion|Segmentation", re.IGNORECASE)


@dataclass(frozen=True)
class Left:
    """An INVITE that left the hotline: whom it asks for, and the address it went to."""

    uri: str
    address: str


class History:
    """The SIP messages of an Asterisk, as it keeps them itself."""

    def __init__(self, asterisk: Asterisk) -> None:
        self._asterisk = asterisk

    async def begin(self) -> None:
        for words in ("module load res_pjsip_history.so", "pjsip set history on", "pjsip set history clear"):
            if await self._asterisk.command(words) is None:
                raise AssertionError(f"Asterisk did not take: {words}")

    async def invites(self, way: str) -> list[Left]:
        """INVITEs that were sent ("==>") or received ("<=="), in order, without those sent again."""
        shown = await self._asterisk.command("pjsip show history", 30) or ""
        found = re.findall(rf"\* {way} (\S+)\s+INVITE (\S+) SIP/2.0", shown)
        return [Left(uri, address) for address, uri in found]


@dataclass
class Siege:
    """`hotline` and `far`: the two Asterisks; `kept` and `came`: what each of them sent and got."""

    line: Line
    hotline: Asterisk
    kept: History
    came: History
    house: int = HOUSE

    @property
    def network(self) -> TelephoneNetwork:
        return self.line.network

    @property
    def sip(self) -> str:
        return self.line.env["IVR_SIP_BIND"]

    @property
    def pages(self) -> str:
        """The address of its pages."""
        return f"http://127.0.0.1:{self.line.web_port}"

    def place(self, last: int) -> str:
        """An address of ours: 2 is the trunk "alpha", 3 "beta", 5 the operators' phones; from 6 on nobody's."""
        return loopback(10 * self.house + last, TELEPHONY)

    @property
    def secrets(self) -> dict[str, dict[str, str]]:
        return dict(json.loads((self.line.state / "secrets.json").read_text()))

    @property
    def logs(self) -> list[Path]:
        """Everything that is written down in words."""
        return [self.line.state / "run.log", *(self.line.state / "asterisk" / "log").iterdir()]

    async def dialplan(self) -> dict[str, list[str]]:
        """Context -> its extensions, as Asterisk has them now."""
        shown = await self.hotline.command("dialplan show") or ""
        parts = _CONTEXT.split(shown)[1:]
        return {name: _EXTENSION.findall(text) for name, text in zip(parts[::2], parts[1::2], strict=True)}

    async def left(self) -> list[Left]:
        """INVITEs that left the hotline for elsewhere than a telephone registered there."""
        phones = (f"@{self.place(5)}:", f"caller@{self.place(9)}:", ".invalid;")
        return [one for one in await self.kept.invites("==>") if not any(phone in one.uri for phone in phones)]

    async def serves(self, limit: float = 10) -> float:
        """A real call is answered by the menu; the seconds it took. `TimeoutError` when it is not."""
        wire = await UdpWire.at(self.place(2), self.sip)
        try:
            call = Dialog(wire, f"sip:88005553535@{self.sip}", b"<sip:+74951230000@alpha>")
            begun = time.monotonic()
            answer = await call.invite(sdp(self.place(2), 4), limit=limit)
            took = time.monotonic() - begun
            await call.hang_up()
            if answer.status != 200:
                raise TimeoutError(f"a call was answered {answer.first}")
            return took
        finally:
            wire.close()

    async def broken(self, failed: bool = True) -> list[str]:
        """What the logs tell of faults in the programs. `failed` False: calls that failed alone, as they should where
        Asterisk's own words are no AGI, are none."""
        found: list[str] = []
        for file in self.logs:
            for block in _BLOCK.split(file.read_text("utf-8", "replace")):
                if _BROKEN.search(block) and (failed or "the call failed in" not in block):
                    words = [line for line in block.splitlines() if line.strip()]
                    found.append(f"{file.name}: {words[0][:120]} … {words[-1][:200]}")
        return found


@asynccontextmanager
async def siege(folder: Path) -> AsyncIterator[Siege]:
    """A hotline with its network, in `folder`."""
    async with quiet_hotline(folder, HOUSE) as line:
        yield await besieged(line, asterisk_install())


async def besieged(line: Line, install: AsteriskInstall, house: int = HOUSE) -> Siege:
    """Of a hotline that runs already."""
    ours = Asterisk(install, InstancePaths.under(line.state))
    return Siege(line, ours, History(ours), History(line.network._asterisk), house)
