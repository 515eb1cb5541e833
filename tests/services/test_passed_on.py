"""Who was passed on to whom: which words of a call's journal change that."""

from datetime import UTC, datetime

from ivr.domain.calls import CallStep
from ivr.services.desk_state import Passed

AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


def test_only_words_that_change_something_wake_the_desks() -> None:
    passed = Passed(lambda: {"c1"})

    def heard(kind: str, **data: str) -> bool:
        return passed.heard("c1", CallStep(AT, kind, data))

    assert not any(heard(kind) for kind in ("start", "step", "ask", "route", "enqueue", "ticket", "end"))
    # nobody was passed on before
    assert not heard("answered")
    assert heard("transferred", to="102") and passed.ringing("102") == "c1"
    assert heard("answered") and passed.ringing("102") == ""
    assert not heard("answered")
