"""How many hold a socket open at once. Whoever has not logged in, or is one and the same, never takes all the places:
the others' boards and telephones still find one."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address

from ivr.domain.accounts import STAFF
from ivr.web.faults import WebFault, Words
from ivr.web.rates import network_of
from ivr.web.visit import Visit


class Crowd:
    """`most` in all, `strangers` of them who are no staff, `of_one` of one session or one network.

    This machine's own address is nobody's: a proxy that no setting names would else be one visitor.
    """

    def __init__(self, most: int, strangers: int, of_one: int, words: Words) -> None:
        self._most, self._strangers, self._of_one, self._words = most, strangers, of_one, words
        self._by_one: Counter[str] = Counter()
        self.open, self.open_strangers = 0, 0

    @contextmanager
    def enter(self, visit: Visit) -> Iterator[None]:
        """A place until the end. Raises `WebFault` 503."""
        staff = visit.user is not None and bool(visit.user.roles & STAFF)
        one = visit.session.id if visit.session else network_of(visit.address)
        counted = visit.session is not None or not _own(one)
        if (
            self.open >= self._most
            or (not staff and self.open_strangers >= self._strangers)
            or (counted and self._by_one[one] >= self._of_one)
        ):
            raise WebFault("full", 503, self._words)
        self.open += 1
        self.open_strangers += not staff
        self._by_one[one] += 1
        try:
            yield
        finally:
            self.open -= 1
            self.open_strangers -= not staff
            self._by_one[one] -= 1
            if not self._by_one[one]:
                del self._by_one[one]


def _own(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
