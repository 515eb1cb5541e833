"""What is deleted because it is old: each kind of data by a rule of its own. Safe to run again, and while calls run."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from ivr.domain.audit import AuditEntry
from ivr.errors import StorageError
from ivr.services.ports import Audit

log = logging.getLogger(__name__)
DELETED = "retention"
#: Who has deleted, in the audit.
WHO = "ivr retention"

#: Told how many more are deleted.
Gone = Callable[[int], None]


@dataclass(frozen=True)
class Deleted:
    """What a run of the rule has deleted, or would: `kind` of data, how many, of which days, and what went wrong."""

    kind: str
    count: int
    days: Sequence[str] = ()
    faults: Sequence[str] = ()


class Rule(Protocol):
    """One kind of data and how long it is kept."""

    @property
    def kind(self) -> str: ...

    async def run(self, at: datetime, dry: bool = False, gone: Gone = lambda more: None) -> Deleted:
        """Delete what is overdue at `at`, and tell `gone` of each; `dry`: only count it. What goes wrong is told, never
        raised."""


class OldData(Protocol):
    """The data of one kind. Raises `StorageError`."""

    async def count(self, before: datetime) -> int:
        """How many are over and done with since before that moment."""

    async def delete(self, before: datetime, deleted: Callable[[int], None]) -> None:
        """Delete them, few at a time, so that nobody who writes at the same time waits for long; `deleted` is told how
        many each time."""


class Kept:
    """The rule for data that are kept `days` days after they were over. `progress(kind, so far)`: for who watches."""

    def __init__(
        self, kind: str, data: OldData, days: int, progress: Callable[[str, int], None] = lambda kind, count: None
    ) -> None:
        self.kind, self._data, self._days, self._progress = kind, data, days, progress

    async def run(self, at: datetime, dry: bool = False, gone: Gone = lambda more: None) -> Deleted:
        before = at - timedelta(days=self._days)
        count = 0

        def deleted(more: int) -> None:
            nonlocal count
            count += more
            gone(more)
            self._progress(self.kind, count)

        try:
            if dry:
                return Deleted(self.kind, await self._data.count(before))
            await self._data.delete(before, deleted)
        except StorageError as error:
            return Deleted(self.kind, count, faults=[str(error)])
        return Deleted(self.kind, count)


async def apply_rules(rules: Sequence[Rule], audit: Audit, at: datetime, dry: bool = False) -> list[Deleted]:
    """Run them one after the other; what each has deleted is in the audit before the next begins, and also when it is
    stopped, or fails. Raises `StorageError` when the audit does not take it."""
    return [await _apply(rule, audit, at, dry) for rule in rules]


async def _apply(rule: Rule, audit: Audit, at: datetime, dry: bool) -> Deleted:
    count = 0

    def gone(more: int) -> None:
        nonlocal count
        count += more

    try:
        return await rule.run(at, dry, gone)
    finally:
        if count:
            what = {rule.kind.replace(" ", "_"): count}
            await audit.record(AuditEntry(at, WHO, DELETED, "", data=what, outcome="done"))
