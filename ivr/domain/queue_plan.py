"""Which call centres and queues there are, when they work and whom they serve: the plan that `queues.toml` holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

#: The 24/7 federal queue and the dialplan's fallback; every operator is in it. Asterisk keeps "general" for itself.
GENERAL = "common"
#: Nobody is sent to wait for less than so many seconds.
SHORTEST_LEG = 30
STRATEGIES = ("leastrecent", "rrmemory", "fewestcalls", "random", "ringall", "linear")
#: What happens outside a category's hours.
OUTSIDE = ("common", "callback")
#: Who is rung first for a callback.
CALLBACK = ("customer_first", "agent_first")


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
    """One call centre. `region`: where it is; `zone`: its clock; `serves`: region codes and district ids that it
    serves first, its own region always being one of them.

    `works_holidays`: works through public holidays (True) or is closed on them.
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

    `site` "" is the 24/7 queue (everybody's, any hour). Empty `categories`: all; `languages` as offered (those of
    the 24/7 queue are not looked at: it takes everybody). `capacity`: most callers that may wait here at once,
    0 = no limit. Seconds: `overflow_s` a caller waits here before he is moved on, `hopeless_s` an expected wait
    above which the queue is passed over, `leave_before_s` kept free of callers before the site closes,
    `answer_in_s` within which the service level wants a call answered.
    `callback`: whose phone rings first when somebody is called back, the citizen's or an operator's (`CALLBACK`).
    """

    name: str
    categories: tuple[str, ...] = ()
    strategy: str = "leastrecent"
    weight: int = 10
    site: str = ""
    languages: tuple[str, ...] = ("ru",)
    capacity: int = 0
    overflow_s: int = 120
    hopeless_s: int = 1800
    leave_before_s: int = 300
    answer_in_s: int = 20
    callback: str = "customer_first"


@dataclass(frozen=True)
class QueuePlan:
    """All queues, in the file's order."""

    queues: tuple[QueueRule, ...]
    sites: Mapping[str, Site] = field(default_factory=lambda: MappingProxyType({}))
    categories: Mapping[str, CategoryRule] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(queue.name for queue in self.queues)

    def of_operator(self, chosen: Sequence[str]) -> tuple[str, ...]:
        """The queues of an operator: the `chosen` ones (none: all of them), and always the 24/7 one."""
        return tuple(name for name in self.names if not chosen or name in chosen or name == GENERAL)

    @property
    def agent_first(self) -> frozenset[str]:
        """Queues whose operator is rung before the citizen who is called back."""
        return frozenset(queue.name for queue in self.queues if queue.callback == "agent_first")

    def site_of(self, queue: str) -> Site | None:
        """The site whose people answer `queue`; None for the 24/7 queue and for names that are no queue."""
        return next((self.sites.get(q.site) for q in self.queues if q.name == queue), None)


def load_queue_plan(text: str, where: str = "queues.toml") -> QueuePlan:
    """Read the text of a `queues.toml`; raises `DataError` naming every fault found."""
    from ivr.domain.queue_plan_file import read_queue_plan  # it needs the classes above

    return read_queue_plan(text, where)
