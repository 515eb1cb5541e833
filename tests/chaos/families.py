"""The files with cases. `load()` registers them; a new file is named in `_FILES`."""

from importlib import import_module

#: Our own parts first, then the network outside.
_FILES = (
    "faults.controller",
    "faults.asterisk",
    "faults.database",
    "faults.disk",
    "faults.manager",
    "faults.clock",
    "faults.prompts",
    "faults.twins",
    "faults.rush",
    "faults.callbacks",
    "faults.canary",
    "soak",
    "outside.cases",
)


def load() -> None:
    """Every case is in `CASES` afterwards."""
    for name in _FILES:
        import_module(f"tests.chaos.{name}")
