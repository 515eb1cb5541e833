"""How often somebody may ask: buckets that fill up again by themselves, for a bounded number of somebodies."""

from collections import OrderedDict
from datetime import datetime
from ipaddress import IPv6Address, ip_address

_KEPT = 20_000


def network_of(address: str) -> str:
    """Who an address is: an IPv6 subscriber has a whole /64 of them."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return address
    return str(found.ipv4_mapped) if found.ipv4_mapped else found.exploded[:19]


class Rates:
    """At most `per_minute` a minute for each key, `burst` at once (by default as many)."""

    def __init__(self, per_minute: float, burst: float = 0) -> None:
        self._rate, self._burst = per_minute / 60, burst or per_minute
        self._buckets: OrderedDict[str, tuple[float, datetime]] = OrderedDict()

    def take(self, key: str, at: datetime, cost: float = 1) -> float:
        """Take `cost` out of the bucket of `key`: 0 when it was there, else the seconds until it will be."""
        left = self._left(key, at)
        wait = 0.0
        if left < cost:
            wait = (cost - left) / self._rate
        else:
            left -= cost
        self._buckets[key] = (left, at)
        self._buckets.move_to_end(key)
        if len(self._buckets) > _KEPT:
            self._buckets.popitem(last=False)
        return wait

    def give_back(self, key: str) -> None:
        """What was taken last was well spent: it does not count."""
        if key in self._buckets:
            left, at = self._buckets[key]
            self._buckets[key] = (min(self._burst, left + 1), at)

    def wait(self, key: str, at: datetime) -> float:
        """Seconds until one can be taken; nothing is."""
        return max(0.0, (1 - self._left(key, at)) / self._rate)

    def forget(self, key: str) -> None:
        """A full bucket again."""
        self._buckets.pop(key, None)

    def _left(self, key: str, at: datetime) -> float:
        left, since = self._buckets.get(key, (self._burst, at))
        if since > at:
            # the clock was put back: it fills from now on, not only once the clock is where it was
            self._buckets[key] = (left, at)
        return min(self._burst, left + max(0.0, (at - since).total_seconds()) * self._rate)
