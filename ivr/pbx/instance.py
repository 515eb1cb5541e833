"""The files of one private Asterisk on disk: written when they changed, private."""

from collections.abc import Mapping
from dataclasses import dataclass

from ivr.pbx.deploy import put
from ivr.pbx.paths import AsteriskInstall, InstancePaths, prepare

_SCRIPTS = "agi-bin/"


@dataclass(frozen=True)
class Instance:
    """One private Asterisk: its directories and the install that runs it."""

    paths: InstancePaths
    install: AsteriskInstall

    def write(self, files: Mapping[str, str]) -> tuple[bool, tuple[str, ...]]:
        """Make the directories and put `files` (name below etc -> text) there; did anything change?

        Also the names of files that a hand had edited: they are replaced and kept as `<name>.by-hand`.
        `agi-bin/...` goes to the folder of the scripts.
        """
        prepare(self.paths, self.install)
        scripts = {name: text for name, text in files.items() if name.startswith(_SCRIPTS)}
        texts = {name: text for name, text in files.items() if name not in scripts}
        done = [put(texts, self.paths.etc, replace_edited=True), put(scripts, self.paths.root, replace_edited=True)]
        changed = not all(changes.none for changes in done)
        for old in self.paths.etc.rglob("*.conf"):
            if str(old.relative_to(self.paths.etc)) not in texts:
                old.unlink()
                changed = True
        return changed, tuple(name for changes in done for name in changes.edited)
