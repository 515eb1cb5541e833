"""Long runs that are ended, by Ctrl-C or by SIGTERM, put away what they started and tell what they have."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

_STOPS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def stoppable() -> Iterator[None]:
    """Within, both raise KeyboardInterrupt; also in the background, where a shell has Ctrl-C ignored. Only in the main
    thread."""
    before = {number: signal.signal(number, signal.default_int_handler) for number in _STOPS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
