import threading
from collections.abc import Sequence
from pathlib import Path

from ivr.prompts.announcer import Announcer
from ivr.prompts.background import BackgroundAnnouncer


class SlowAnnouncer(Announcer):
    """Waits for `go` before each act; `done` is what was done."""

    def __init__(self) -> None:
        super().__init__(Path("/nonexistent"))
        self.go = threading.Event()
        self.done: list[tuple[str, Sequence[str] | None]] = []

    def write(self, language: str, call_id: str, keys: Sequence[str]) -> None:
        assert self.go.wait(10)
        if "bad" in keys:
            raise OSError("disk full")
        self.done.append((call_id, keys))

    def remove(self, call_id: str) -> None:
        assert self.go.wait(10)
        self.done.append((call_id, None))


def test_nobody_waits_and_the_last_wish_of_a_caller_counts() -> None:
    slow = SlowAnnouncer()
    background = BackgroundAnnouncer(slow)
    background.write("ru", "a", ("first",))
    background.write("ru", "b", ("bad",))
    for place in range(50):
        background.write("ru", "c", (f"place-{place}",))
    background.write("ru", "d", ("here",))
    background.remove("d")
    assert slow.done == []
    slow.go.set()
    background.close()
    # what cannot be written is taken away: an old place would be a wrong one
    assert slow.done == [("a", ("first",)), ("b", None), ("c", ("place-49",)), ("d", None)]
