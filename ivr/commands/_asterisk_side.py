"""Asterisk's side of `ivr run`: which one, its configuration and sounds, how it is started and stopped."""

import asyncio

from ivr.commands import _setup
from ivr.commands._words import Words
from ivr.config import Config
from ivr.pbx.child import Child
from ivr.pbx.instance import Instance
from ivr.pbx.paths import AsteriskInstall, InstancePaths
from ivr.pbx.process import Asterisk
from ivr.pbx.provision import Provisioner, choose
from ivr.pbx.supervisor import Service


class AsteriskSide:
    """One private Asterisk under `paths`. `drain`: seconds that calls may last on a clean stop."""

    def __init__(
        self, config: Config, paths: InstancePaths, words: Words, drain: float, install: AsteriskInstall
    ) -> None:
        self._config, self._paths, self._words, self._drain = config, paths, words, drain
        self.install = install
        self._asterisk = Asterisk(install, paths)
        #: The Asterisk of an earlier run, still serving calls.
        self.left = self._asterisk.left_over()

    @classmethod
    async def find(cls, config: Config, paths: InstancePaths, words: Words, drain: float) -> "AsteriskSide":
        """With the Asterisk of the settings, provisioned now if there is none. Raises `PbxError`."""
        provisioner = Provisioner(config.asterisk_cache.expanduser(), words.step)
        return cls(config, paths, words, drain, await asyncio.to_thread(choose, config.asterisk, provisioner))

    async def set_up(self) -> None:
        """Configuration, music, prompts; quick when it was done before. One left over is stopped if it is outdated."""
        config, step, say = self._config, self._words.step, self._words.say
        step("writing the configuration of Asterisk")
        files = _setup.configuration(config, self._paths, self.install.modules)
        changed, edited = Instance(self._paths, self.install).write(files)
        for name in edited:
            say(f"{self._paths.etc / name}: was edited by hand; replaced, the edited one is {name}.by-hand")
        if self.left is not None and changed:
            say("stopping the Asterisk of an earlier run: the configuration is another one now")
            await self._asterisk.stop(self.left, 0)
            self.left = None
        await asyncio.to_thread(_setup.music, config, self._paths, self.install.data / "moh", step)
        step("building the prompts")
        for warning in await asyncio.to_thread(_setup.prompts, config, step):
            say(warning)

    def service(self) -> Service:
        """What keeps it running."""
        adopted = [self.left] if self.left else []

        async def begin() -> Child:
            if adopted:
                self._words.say("the Asterisk of an earlier run still serves; going on with it")
                return adopted.pop()
            return await self._asterisk.start()

        async def end(child: Child, at_once: bool) -> None:
            await self._asterisk.stop(child, 0 if at_once else self._drain)

        return Service("Asterisk", begin, end)
