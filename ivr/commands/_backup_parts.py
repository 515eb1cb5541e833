"""What belongs into a backup beside the database: everything that a set-up cannot make anew."""

from collections.abc import Iterator
from pathlib import Path

from ivr.config import Config
from ivr.domain.recordings import day_of
from ivr.pbx.paths import InstancePaths
from ivr.storage.numbering_file import plan_path

#: Names in the backup: below the state folder; the deployment's own data; its settings; Asterisk's database.
STATE, DATA, SETTINGS, ASTDB = "state", "data", "settings/hotline.toml", "state/asterisk/lib/astdb.sqlite3"


def wishes(config: Config) -> Iterator[tuple[str, Path]]:
    """Wishes that are not taken in yet: to be copied before the database, so that each is in one of both."""
    state = config.state_dir.expanduser().resolve()
    yield from _below(STATE, state, state / "spool" / "wishes", "*.json")


def files(config: Config, recordings: bool) -> Iterator[tuple[str, Path]]:
    """Name in the backup and file; `recordings`: those of talks too."""
    state = config.state_dir.expanduser().resolve()
    yield SETTINGS, config.config_file
    yield f"{STATE}/secrets.json", state / "secrets.json"
    plan = plan_path(state)
    yield f"{STATE}/{plan.relative_to(state)}", plan
    if config.data_dir is not None:
        data = config.data_dir.expanduser().resolve()
        yield from _below(DATA, data, data, "**/*")
    yield from _below(STATE, state, state / "incidents", "**/*")
    # read on by the controller from the place that the database knows
    yield from _below(STATE, state, InstancePaths.under(state).log, "queue_log*")
    for folder in sorted((state / "recordings").glob("*")):
        if recordings or day_of(folder.name) is None:
            yield from _below(STATE, state, folder, "**/*")


def astdb(config: Config) -> Path:
    """Asterisk's own database: who is logged in to which queue."""
    return InstancePaths.under(config.state_dir).lib / "astdb.sqlite3"


def _below(prefix: str, root: Path, folder: Path, pattern: str) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.glob(pattern)):
        if path.is_file() and not path.is_symlink():
            yield f"{prefix}/{path.relative_to(root).as_posix()}", path
