"""The audit and the switchboard in memory, for tests and demonstrations; see `ivr.testing`."""

from collections.abc import Sequence
from dataclasses import replace

from ivr.domain.audit import AuditEntry
from ivr.domain.operators import Membership, OperatorTalk, Phone
from ivr.errors import PbxError, StorageError
from ivr.services import ports


class MemoryAudit(ports.Audit):
    """Entries in a list, oldest first. `away`: every use raises `StorageError`."""

    def __init__(self) -> None:
        self.entries: list[AuditEntry] = []
        self.away = False

    def _here(self) -> None:
        if self.away:
            raise StorageError

    async def record(self, entry: AuditEntry) -> int:
        self._here()
        self.entries.append(replace(entry, id=len(self.entries) + 1))
        return len(self.entries)

    async def settle(self, id: int, outcome: str) -> None:
        self._here()
        entry = self.entries[id - 1]
        self.entries[id - 1] = replace(entry, outcome=entry.outcome or outcome)

    async def latest(self, limit: int, before: int = 0, action: str = "", target: str = "") -> list[AuditEntry]:
        self._here()
        found = [
            entry
            for entry in reversed(self.entries)
            if (not before or entry.id < before) and action in ("", entry.action) and target in ("", entry.target)
        ]
        return found[:limit]


class MemorySwitchboard(ports.Switchboard):
    """Operators and callers as told; `away`: every use raises `PbxError`. `withdrawn`: (queue, channel) asked out."""

    def __init__(self) -> None:
        self.members: list[Membership] = []
        self.talking: list[OperatorTalk] = []
        self.withdrawn: list[tuple[str, str]] = []
        self.not_waiting: set[str] = set()
        self.away = False

    def _here(self) -> None:
        if self.away:
            raise PbxError

    async def log_in(self, operator: str, phone: Phone, queues: Sequence[str]) -> None:
        await self.log_out(operator)
        self.members += [Membership(operator, phone, queue) for queue in queues]

    async def log_out(self, operator: str) -> int:
        self._here()
        before, self.members = self.members, [each for each in self.members if each.operator != operator]
        return len(before) - len(self.members)

    async def pause(self, operator: str, reason: str) -> bool:
        return self._paused(operator, True, reason)

    async def resume(self, operator: str) -> bool:
        return self._paused(operator, False, "")

    async def memberships(self) -> list[Membership]:
        self._here()
        return list(self.members)

    async def withdraw(self, queue: str, channel: str) -> bool:
        self._here()
        if channel in self.not_waiting:
            return False
        self.withdrawn.append((queue, channel))
        return True

    async def talks(self) -> list[OperatorTalk]:
        self._here()
        return list(self.talking)

    def _paused(self, operator: str, paused: bool, reason: str) -> bool:
        self._here()
        mine = [each for each in self.members if each.operator == operator]
        rest = [each for each in self.members if each.operator != operator]
        self.members = rest + [replace(each, paused=paused, reason=reason) for each in mine]
        return bool(mine)
