"""One private Asterisk as a process: start and wait until it serves, find one left over, reload, stop."""

import asyncio
import contextlib
import signal
from pathlib import Path

from ivr.errors import PbxError
from ivr.pbx.child import Child, running, start
from ivr.pbx.paths import AsteriskInstall, InstancePaths

BOOT_LIMIT = 60.0


class Asterisk:
    """The Asterisk of `paths`, run by `install`."""

    def __init__(self, install: AsteriskInstall, paths: InstancePaths) -> None:
        self._install, self._paths = install, paths

    async def start(self, limit: float = BOOT_LIMIT) -> Child:
        """Start it and wait until it has booted (at most `limit` seconds). Raises `PbxError` with its last words."""
        output = self._paths.log / "console.log"
        output.unlink(missing_ok=True)
        self._paths.socket.unlink(missing_ok=True)
        child = start([*self._install.binary, "-f", "-C", str(self._paths.conf)], output)
        try:
            async with asyncio.timeout(limit):
                while not child.ended and not await self._booted():
                    await child.ends_within(0.05)
        except TimeoutError:
            await child.stop(2)
            raise PbxError(f"Asterisk did not start within {limit:.0f} s: {self._last_words()}") from None
        except BaseException:
            child.send(signal.SIGKILL)
            raise
        if child.ended:
            raise PbxError(f"Asterisk ended at start (exit code {await child.wait()}): {self._last_words()}")
        return child

    def left_over(self) -> Child | None:
        """An Asterisk of this very state folder that an earlier run left behind, still serving calls."""
        return running(self._paths.pid, str(self._paths.conf))

    async def command(self, words: str, limit: float = 10.0) -> str | None:
        """The answer to a console command; None when Asterisk did not take it within `limit` seconds."""
        process = await asyncio.create_subprocess_exec(
            *self._install.binary, "-C", str(self._paths.conf), "-rx", words,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            out, _ = await asyncio.wait_for(process.communicate(), limit)
        except (TimeoutError, asyncio.CancelledError) as error:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            if isinstance(error, TimeoutError):
                return None
            raise
        return out.decode(errors="replace") if process.returncode == 0 else None

    async def reload(self) -> None:
        """Read the configuration again; calls go on. Raises `PbxError`."""
        if await self.command("module reload") is None:
            raise PbxError("Asterisk did not take the reload; is it running?")

    async def stop(self, child: Child, patience: float = 10.0) -> None:
        """Gracefully (calls may end within `patience` seconds), then now, then SIGTERM, then SIGKILL."""
        if patience > 0 and not child.ended:
            await self.command("core stop gracefully", 3)
            await child.ends_within(patience)
        if not child.ended:
            await self.command("core stop now", 3)
            await child.ends_within(5)
        if not child.ended:
            await child.stop(3)
        await child.wait()

    async def _booted(self) -> bool:
        # one that ends in the middle of the question is told as an answer too
        return self._paths.socket.exists() and "fully booted" in (await self.command("core waitfullybooted") or "")

    def _last_words(self) -> str:
        for name in ("console.log", "messages.log", "messages", "full"):
            lines = _lines(self._paths.log / name)
            complaints = [line for line in lines if "ERROR" in line] or lines
            if complaints:
                return f"{complaints[-1].strip()[:300]} (more in {self._paths.log})"
        return f"see {self._paths.log}"


def _lines(file: Path) -> list[str]:
    try:
        return [line for line in file.read_text("utf-8", "replace").splitlines() if line.strip()]
    except OSError:
        return []
