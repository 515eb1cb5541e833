"""The error tree: the docstring of a class is its message; every message says what to do."""


class HotlineError(Exception):
    """The hotline met a problem it cannot mend by itself."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.__doc__)


class ConfigError(HotlineError):
    """The configuration is not usable. All faults are listed, one per line."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__("\n".join(faults))


class DataError(HotlineError):
    """A shipped or edited data file (menus, prompts, queues) is not usable."""


class StorageError(HotlineError):
    """The database did not answer. See `ivr doctor`."""


class CallerHungUp(HotlineError):
    """The caller hung up; nothing more can be said on this channel."""


class PbxError(HotlineError):
    """Asterisk could not be found, provisioned or started. See `ivr doctor`."""
