"""The canary's own hotline: at its most talkative, with a tap at its manager."""

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
import pytest_asyncio

from ivr.config import Config
from ivr.pbx.paths import AsteriskInstall
from ivr.pbx.provision import Provisioner, choose
from tests.canary.tap import Caller, Tap, tapped
from tests.telephony.conftest import Line, hotline


@dataclass
class Cage:
    """A hotline, and the tap at its manager."""

    install: AsteriskInstall
    line: Line
    tap: Tap
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    numbers: int = 0

    def caller(self, prefix: str = "+7495888") -> Caller:
        """A citizen with a telephone of his own; `prefix`: of its number, four digits short."""
        self.numbers += 1
        return Caller(self.line, self.tap, f"{prefix}{self.numbers:04}")


@pytest.fixture(scope="session")
def install() -> AsteriskInstall:
    return choose(os.environ.get("IVR_ASTERISK", ""), Provisioner(Config().asterisk_cache, print))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def cage(install: AsteriskInstall, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cage]:
    state = tmp_path_factory.mktemp("canary") / "var"
    async with hotline(install, state, 2, more={"IVR_LOG_LEVEL": "DEBUG"}) as line, tapped(install, line) as tap:
        yield Cage(install, line, tap)
