"""The file `queues.toml`: sites, categories and queues read and checked, every fault named at once."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from ivr.domain.queue_plan import (
    CALLBACK,
    GENERAL,
    OUTSIDE,
    SHORTEST_LEG,
    STRATEGIES,
    CategoryRule,
    QueuePlan,
    QueueRule,
    Site,
)
from ivr.domain.queue_plan_values import Table, Values, shifts_of
from ivr.domain.regions import DISTRICTS
from ivr.domain.toml_text import refuse, toml_table

_TABLES = ("defaults", "sites", "categories", "queues")
_QUEUE = ("site", "categories", "languages", "capacity", "strategy", "weight", "overflow_s", "hopeless_s",
          "leave_before_s", "answer_in_s", "callback")  # fmt: skip
#: A shared value of these would make no sense.
_OWN = ("site", "categories")
_SITE = ("names", "region", "zone", "serves", "shifts", "works_holidays")
_CATEGORY = ("hours", "outside")
_DAY_S = 86_400


def read_queue_plan(text: str, where: str) -> QueuePlan:
    """The plan in `text`; raises `DataError` naming every fault found."""
    table = toml_table(text, where)
    faults: list[str] = []
    top = Values("", table, faults)
    top.known(_TABLES)
    sites = {id_: _site(id_, raw, faults) for id_, raw in top.tables("sites")}
    categories = {id_: _category(id_, raw, faults) for id_, raw in top.tables("categories")}
    queues = tuple(_queue(name, raw, faults) for name, raw in _with_defaults(top))
    _queues_fit(queues, sites, faults)
    refuse(faults, where)
    return QueuePlan(queues, MappingProxyType(sites), MappingProxyType(categories))


def _with_defaults(top: Values) -> list[tuple[str, Table]]:
    defaults = dict(top.table("defaults"))
    Values("defaults", defaults, top.faults).known([key for key in _QUEUE if key not in _OWN])
    return [(name, {**defaults, **raw}) for name, raw in top.tables("queues")]


def _site(id_: str, raw: Table, faults: list[str]) -> Site:
    values = Values(f"sites.{id_}", raw, faults)
    values.known(_SITE)
    values.name(id_)
    region = values.text("region")
    if len(region) != 2 or not (region.isascii() and region.isdecimal()):
        values.fault("region", f'{region!r} is not the two-digit code of a region; it needs quotes, as in "39"')
    serves = values.texts("serves", [])
    for place in serves:
        if place not in DISTRICTS and not (len(place) == 2 and place.isascii() and place.isdecimal()):
            values.fault("serves", f"{place!r} is neither the two-digit code of a region nor a district: "
                         f"{', '.join(DISTRICTS)}")  # fmt: skip
    shifts = shifts_of(raw.get("shifts"), f"sites.{id_}.shifts", faults, people=True)
    if not shifts:
        values.fault("shifts", "is missing or empty; a site that never works serves nobody")
    return Site(
        id_, _names(values), region, values.zone("zone"), shifts, frozenset(serves), values.flag("works_holidays", True)
    )


def _names(values: Values) -> Mapping[str, str]:
    names = {language: name for language, name in values.table("names").items() if isinstance(name, str) and name}
    for language in ("ru", "en"):
        if language not in names:
            values.fault("names", f'has no {language}; write names = {{ ru = "…", en = "…" }}')
    return MappingProxyType(names)


def _category(id_: str, raw: Table, faults: list[str]) -> CategoryRule:
    values = Values(f"categories.{id_}", raw, faults)
    values.known(_CATEGORY)
    values.name(id_)
    outside = values.one_of("outside", "common", OUTSIDE)
    return CategoryRule(id_, shifts_of(raw.get("hours", []), f"categories.{id_}.hours", faults, people=False), outside)


def _queue(name: str, raw: Table, faults: list[str]) -> QueueRule:
    values = Values(f"queues.{name}", raw, faults)
    values.known(_QUEUE)
    values.name(name)
    if name == "general":
        values.fault("", f"this name is Asterisk's own; call it {GENERAL}")
    languages = values.texts("languages", ["ru"])
    if not languages:
        values.fault("languages", "is empty; a queue that speaks nothing takes nobody")
    return QueueRule(
        name,
        tuple(values.texts("categories", [])),
        values.one_of("strategy", "leastrecent", STRATEGIES),
        values.number("weight", 10, 0, 100),
        values.text("site", ""),
        tuple(languages),
        values.number("capacity", 0, 0, 100_000),
        values.number("overflow_s", 120, SHORTEST_LEG, _DAY_S),
        values.number("hopeless_s", 1800, 60, _DAY_S),
        values.number("leave_before_s", 300, 0, _DAY_S),
        values.number("answer_in_s", 20, 1, 3600),
        values.one_of("callback", "customer_first", CALLBACK),
    )


def _queues_fit(queues: tuple[QueueRule, ...], sites: Mapping[str, Any], faults: list[str]) -> None:
    """Each site has its queue, each queue its site; the 24/7 queue is there and belongs to none."""
    of: dict[str, str] = {}
    for queue in queues:
        where = f"queues.{queue.name}"
        if queue.name == GENERAL:
            if queue.site or queue.categories or queue.capacity:
                faults.append(f"{where}: is the 24/7 queue of everybody; it has no site, categories or capacity")
        elif not queue.site:
            faults.append(f"{where}: site: is missing; only {GENERAL} has none")
        elif queue.site not in sites:
            faults.append(
                f"{where}: site: {queue.site!r} is none of {', '.join(sites) or 'the sites (there are none)'}"
            )
        elif queue.site in of:
            faults.append(f"{where}: site: {queue.site} has the queue {of[queue.site]} already; a site has one queue")
        else:
            of[queue.site] = queue.name
    faults += [f"sites.{site}: has no queue; add [queues.{site}] with site = \"{site}\"" for site in sites
               if site not in (queue.site for queue in queues)]  # fmt: skip
    heavy = max(queues, key=lambda queue: queue.weight, default=None)
    common = next((queue for queue in queues if queue.name == GENERAL), None)
    if common and heavy and heavy.weight > common.weight:
        # operators are given the calls of the greatest weight first
        faults.append(
            f"queues.{GENERAL}: weight: is {common.weight}, that of {heavy.name} {heavy.weight}; who waits there "
            "has waited longest and would be served last: no queue may have a greater weight"
        )
    if GENERAL not in (queue.name for queue in queues):
        faults.append(f"queues.{GENERAL}: is missing; who is taken by nobody else waits there")
