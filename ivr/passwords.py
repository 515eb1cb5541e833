"""Argon2id hashes of passwords, made in threads: one takes tens of milliseconds and tens of megabytes on purpose."""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHash

from ivr.services.accounts import Hasher


class Argon2(Hasher):
    """At most `at_once` hashes are worked out at a time: a flood of log-ins must not take the machine's memory."""

    def __init__(self, hasher: PasswordHasher | None = None, at_once: int = 2) -> None:
        # RFC 9106's second choice is 64 MiB; less memory and one lane, as OWASP names it, leaves room for calls
        self._hasher = hasher or PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
        self._turn = asyncio.Semaphore(at_once)
        self._nobody = ""

    async def hash(self, password: str) -> str:
        async with self._turn:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def matches(self, hash: str, password: str) -> bool:
        if not self._nobody:
            self._nobody = await self.hash("nobody's password")
        async with self._turn:
            good = await asyncio.to_thread(self._verify, hash or self._nobody, password)
        return good and bool(hash)

    def outdated(self, hash: str) -> bool:
        return self._hasher.check_needs_rehash(hash)

    def _verify(self, hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(hash, password)
        except (Argon2Error, InvalidHash):
            return False
