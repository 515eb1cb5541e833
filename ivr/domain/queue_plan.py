"""Which queues there are and which category waits where: `queues.toml`, read and checked."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from ivr.errors import DataError

#: The queue of the dialplan's fallback; every operator is in it. Asterisk keeps "general" for itself.
GENERAL = "common"
STRATEGIES = ("leastrecent", "rrmemory", "fewestcalls", "random", "ringall", "linear")
_NAME = re.compile(r"[a-z][a-z0-9]{0,19}\Z")


@dataclass(frozen=True)
class Shift:
    """One shift of a site, by its own clock: `days` 0 (Monday) to 6; minutes of the day, `end` may pass midnight
    (over 1440). `operators`: how many people it is planned with."""

    days: frozenset[int]
    start: int
    end: int
    operators: int


@dataclass(frozen=True)
class Site:
    """One call centre. `region`: where it is; `zone`: its clock; `serves`: regions it serves first.

    `holidays`: works through public holidays (True) or is closed on them.
    """

    id: str
    names: Mapping[str, str]
    region: str
    zone: str
    shifts: tuple[Shift, ...]
    serves: frozenset[str] = frozenset()
    works_holidays: bool = True


@dataclass(frozen=True)
class CategoryRule:
    """`shifts`: when its specialists may be called, by the caller's clock; empty: always.

    `outside`: what happens at other hours: the 24/7 queue takes the call ("common") or it is called back.
    """

    id: str
    shifts: tuple[Shift, ...] = ()
    outside: str = "common"


@dataclass(frozen=True)
class QueueRule:
    """One queue as Asterisk runs it; `weight` 0 to 100, the greater is served first.

    `site` "" is the 24/7 queue (everybody's, any hour). Empty `categories`: all; `languages` as offered.
    `capacity`: most callers that may wait here at once, 0 = no limit.
    """

    name: str
    categories: tuple[str, ...] = ()
    strategy: str = "leastrecent"
    weight: int = 10
    site: str = ""
    languages: tuple[str, ...] = ("ru",)
    capacity: int = 0


@dataclass(frozen=True)
class QueuePlan:
    """All queues, in the file's order."""

    queues: tuple[QueueRule, ...]
    by_category: Mapping[str, str]
    sites: Mapping[str, Site] = field(default_factory=dict)
    categories: Mapping[str, CategoryRule] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(queue.name for queue in self.queues)

    def queue_of(self, category: str) -> str:
        """The queue where callers of `category` wait; unknown categories go to the general one."""
        return self.by_category.get(category, GENERAL)


def load_queue_plan(text: str, where: str = "queues.toml") -> QueuePlan:
    """Read the text of a `queues.toml`; raises `DataError` naming every fault found."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DataError(f"{where}: is not TOML: {error}") from None
    faults = [f"{key}: unknown; known are defaults, queues" for key in table if key not in ("defaults", "queues")]
    defaults = _table(table.get("defaults", {}), "defaults", faults)
    queues = []
    for name, raw in _table(table.get("queues", {}), "queues", faults).items():
        queues.append(_queue(name, {**defaults, **_table(raw, f"queues.{name}", faults)}, faults))
    by_category: dict[str, str] = {}
    for queue in queues:
        for category in queue.categories:
            if category in by_category:
                faults.append(f"queues.{queue.name}: {category} already waits in {by_category[category]}")
            by_category[category] = queue.name
    if GENERAL not in (queue.name for queue in queues):
        faults.append(f"queues.{GENERAL}: is missing; callers without a category wait there")
    if faults:
        raise DataError("\n".join(f"{where}: {fault}" for fault in faults))
    return QueuePlan(tuple(queues), MappingProxyType(by_category))


def _table(raw: object, where: str, faults: list[str]) -> dict[str, Any]:
    if isinstance(raw, dict):
        return raw
    faults.append(f"{where}: must be a table")
    return {}


def _queue(name: str, values: dict[str, Any], faults: list[str]) -> QueueRule:
    where = f"queues.{name}"
    categories, strategy = values.get("categories", []), values.get("strategy", "leastrecent")
    weight = values.get("weight", 10)
    faults += [
        f"{where}: {key}: unknown; known are categories, strategy, weight"
        for key in values
        if key not in ("categories", "strategy", "weight")
    ]
    if not _NAME.match(name):
        faults.append(f"{where}: a name is up to 20 small letters and digits, starting with a letter")
    if name == "general":
        faults.append(f"{where}: this name is Asterisk's own; call it {GENERAL}")
    if not isinstance(categories, list) or not all(isinstance(c, str) and _NAME.match(c) for c in categories):
        faults.append(f"{where}: categories: must be a list of category ids")
        categories = []
    if strategy not in STRATEGIES:
        faults.append(f"{where}: strategy: {strategy!r} is not one of {', '.join(STRATEGIES)}")
    if not isinstance(weight, int) or isinstance(weight, bool) or not 0 <= weight <= 100:
        faults.append(f"{where}: weight: {weight!r} is not a whole number of 0 to 100")
    return QueueRule(name, tuple(categories), strategy, weight)
