"""What supervisors and administrators do, as it is kept: who, what, when, to whom, why, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ivr.domain.calls import Value, journal_data

#: Longer reasons are refused, not cut: a reason that lacks its end may mean something else.
LONGEST_WHY = 300


@dataclass(frozen=True)
class AuditEntry:
    """One action. `at` aware; `who` the login of whoever acted; `target` an operator's login or the id of a call or an
    incident; `data` as the journal takes it (no whole phone number); `outcome` "" until it is known."""

    at: datetime
    who: str
    action: str
    target: str
    why: str = ""
    data: Mapping[str, object] = field(default_factory=dict)
    outcome: str = ""
    id: int = 0


def audit_data(entry: AuditEntry) -> dict[str, Value]:
    """`why` and `data` as they may be stored: digits of a person's identity are masked."""
    return {"why": journal_data({"why": entry.why})["why"], "data": dict(journal_data(entry.data))}
