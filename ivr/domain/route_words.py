"""The reasons of a route in words, for people: one sentence each, in Russian and English (`route.<lang>.toml`)."""

import string
from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

import pytz

from ivr.domain.queue_plan import GENERAL, QueuePlan
from ivr.domain.regions import Regions
from ivr.domain.toml_text import refuse, toml_table
from ivr.domain.whereabouts import Reason, local_time

LANGUAGES = ("ru", "en")
_PLACE = frozenset({"region", "zone", "code", "territory"})
_SITE = frozenset({"site", "zone", "until"})
_HOURS = frozenset({"category", "zone", "until"})

#: Every reason there is -> the data that it always has. A sentence may use these and, with a zone, `now`.
REASONS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        **dict.fromkeys(
            ("place-chosen", "place-card", "place-fixed", "place-fixed-shared", "place-mobile",
             "place-mobile-shared", "place-kazakhstan", "place-foreign", "place-foreign-several", "place-withheld",
             "place-not-geographic", "place-unknown-range", "place-default"),
            _PLACE,
        ),
        **dict.fromkeys(("zone-unknown", "region-unknown"), frozenset({"zone"})),
        **dict.fromkeys(("category-open", "category-common", "category-callback"), _HOURS),
        **dict.fromkeys(("category-open-always", "category-common-always", "category-callback-always"),
                        _HOURS - {"until"}),
        **dict.fromkeys(("category-unknown", "skill-nobody"), frozenset({"category"})),
        "language-nobody": frozenset({"language"}),
        "own-region": frozenset({"site", "region"}),
        "own-district": frozenset({"site", "district"}),
        "near-clock": frozenset({"site", "zone", "minutes"}),
        **dict.fromkeys(("site-open", "site-closing", "site-closed"), _SITE),
        **dict.fromkeys(("site-always", "site-never"), _SITE - {"until"}),
        "no-skill": frozenset({"queue", "category"}),
        "no-language": frozenset({"queue", "language"}),
        "out-of-hours": frozenset({"queue", "category", "zone"}),
        **dict.fromkeys(("nobody-logged-in", "category-callback-only", "leaving", "just-left", "leg-last", "leg-only"),
                        frozenset({"queue"})),
        "queue-full": frozenset({"queue", "waiting", "capacity"}),
        "wait-hopeless": frozenset({"queue", "wait_s", "limit_s"}),
        "wait": frozenset({"wait_s", "ready", "waiting"}),
        "behind-only": frozenset({"queue", "left"}),
        "too-late": frozenset({"queue", "zone", "until"}),
        "leg": frozenset({"queue", "seconds"}),
        "leg-shift": frozenset({"queue", "seconds", "zone", "until"}),
        **dict.fromkeys(("callback", "announcement"), frozenset({"opens", "zone"})),
        **dict.fromkeys(("board-odd", "router-failed"), frozenset({"error"})),
        **dict.fromkeys(("federal", "board-stale", "priority-high", "enough", "long-wait-only",
                         "callback-unknown", "announcement-unknown"), frozenset()),
    }
)  # fmt: skip
#: Words around the sentences -> the data that they may use.
LABELS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "call": frozenset({"call", "time", "way"}),
        "trial": frozenset({"time"}),
        **dict.fromkeys(("cannot", "bad-numbering", "no-places"), frozenset({"trouble"})),
        **dict.fromkeys(("today-same", "today-elsewhere", "today-alike", "callback", "announcement", "never",
                         "no-limit", "queue", "why", "withheld", "region-unknown", "high", "by-plan", "staffed",
                         "no-numbering"), frozenset()),
    }
)  # fmt: skip
_TABLES = ("sentences", "labels", "districts", "categories", "languages", "zones", "units")


class RouteWords:
    """Says reasons in one language. Names that it has no words for are said as they are."""

    def __init__(self, table: Mapping[str, Any], language: str, plan: QueuePlan, regions: Regions) -> None:
        self._table, self._language = table, language
        self._plan, self._regions = plan, regions
        self._units = table["units"]

    def say(self, reason: Reason, at: datetime) -> str:
        """The sentence of `reason` for a decision made at `at` (aware). Never fails: what has no sentence is told
        as data."""
        sentence = self._table["sentences"].get(reason.id)
        if sentence is None or not REASONS.get(reason.id, frozenset()) <= set(reason.data):
            return " ".join([reason.id, *(f"{key}={value}" for key, value in reason.data.items())])
        words = {key: self._word(key, value, reason.data, at) for key, value in reason.data.items()}
        if "zone" in reason.data:
            words["now"] = self.local(at, str(reason.data["zone"]), at)
        return str(sentence).format_map(words)

    def label(self, id_: str, **data: str) -> str:
        """The words `id_` of `LABELS`."""
        return str(self._table["labels"][id_]).format_map(data)

    def queue(self, name: str) -> str:
        """A queue as people call it."""
        if name == GENERAL:
            return str(self._table["common"])
        site = self._plan.site_of(name)
        return name if site is None else self._site(site.id)

    def category(self, id_: str) -> str:
        """What a call is about."""
        return str(self._table["categories"].get(id_, id_))

    def spoken(self, language: str) -> str:
        """A language's name."""
        return str(self._table["languages"].get(language, language))

    @property
    def languages(self) -> Mapping[str, str]:
        """The names of all languages."""
        return dict(self._table["languages"])

    def region(self, code: str) -> str:
        """A region's name."""
        region = self._regions.by_code.get(code)
        return code if region is None else region.names.get(self._language, region.names["ru"])

    def part(self, code: str, zone: str) -> str:
        """A region's name, with the city of the clock where the region has several."""
        region = self._regions.by_code.get(code)
        name = self.region(code)
        return name if region is None or len(region.zones) == 1 else f"{name} ({self.city(zone)})"

    def local(self, moment: datetime, zone: str, at: datetime) -> str:
        """`moment` (aware) by the clock of `zone`, with the date when that is not the day of `at` there."""
        if zone not in pytz.all_timezones_set:
            return f"{moment:%H:%M} ({zone})"
        local = local_time(moment, zone)
        time = f"{local:%H:%M}"
        if local.date() != local_time(at, zone).date():
            time = f"{self._table['weekdays'][local.weekday()]} {local:%d.%m} {time}"
        return str(self._table["local"]).format(time=time, city=self.city(zone), offset=_offset(local))

    def city(self, zone: str) -> str:
        """The city that a zone is named after."""
        return str(self._table["zones"].get(zone) or zone.rpartition("/")[2].replace("_", " "))

    def duration(self, seconds: int) -> str:
        """A stretch of time in hours, minutes and seconds."""
        hours, rest = divmod(max(0, seconds), 3600)
        minutes, left = divmod(rest, 60)
        parts = [f"{n} {self._units[u]}" for n, u in ((hours, "hour"), (minutes, "minute")) if n]
        if left or not parts:
            parts.append(f"{left} {self._units['second']}")
        return " ".join(parts)

    def _site(self, id_: str) -> str:
        site = self._plan.sites.get(id_)
        name = id_ if site is None else site.names.get(self._language, id_)
        return str(self._table["site"]).format(name=name)

    def _word(self, key: str, value: str | int, data: Mapping[str, str | int], at: datetime) -> str:
        if key in ("until", "opens"):
            try:
                return self.local(datetime.fromisoformat(str(value)), str(data.get("zone", "UTC")), at)
            except (ValueError, OverflowError):  # no moment, or at the very ends of the years there are
                return str(value)
        if isinstance(value, int):
            if key == "minutes" and not value:
                return f"0 {self._units['minute']}"
            factor = {"minutes": 60, "seconds": 1, "wait_s": 1, "limit_s": 1}.get(key)
            return str(value) if factor is None else self.duration(value * factor)
        names: dict[str, Callable[[str], str]] = {
            "queue": self.queue, "left": self.queue, "site": self._site, "region": self.region,
            "district": lambda name: str(self._table["districts"].get(name, name)),
            "category": self.category, "language": self.spoken,
        }  # fmt: skip
        return names[key](value) if key in names else value


def load_route_words(text: str, where: str, language: str, plan: QueuePlan, regions: Regions) -> RouteWords:
    """Read the text of a `route.<lang>.toml`; raises `DataError` naming every fault found."""
    table = toml_table(text, where)
    faults = [f"{key}: is missing or no table of texts" for key in _TABLES if not _texts(table.get(key))]
    single = ("local", "common", "site")
    faults += [f"{key}: is missing or no text" for key in single if not isinstance(table.get(key), str)]
    days = table.get("weekdays")
    if not isinstance(days, list) or len(days) != 7:
        faults.append("weekdays: must be a list of seven texts")
    if _texts(table.get("units")):
        faults += [f"units: has no {unit}" for unit in ("hour", "minute", "second") if unit not in table["units"]]
    faults += _fields("local", table.get("local"), {"time", "city", "offset"})
    faults += _fields("site", table.get("site"), {"name"})
    sentences: dict[str, str] = table["sentences"] if _texts(table.get("sentences")) else {}
    faults += [f"sentences: has no {id_}" for id_ in REASONS if id_ not in sentences]
    for id_, sentence in sentences.items():
        if id_ not in REASONS:
            faults.append(f"sentences: {id_}: there is no such reason")
            continue
        keys = REASONS[id_]
        faults += _fields(f"sentences: {id_}", sentence, keys | ({"now"} if "zone" in keys else set()))
    labels: dict[str, str] = table["labels"] if _texts(table.get("labels")) else {}
    faults += [f"labels: has no {id_}" for id_ in LABELS if id_ not in labels]
    for id_, label in labels.items():
        faults += _fields(f"labels: {id_}", label, LABELS.get(id_, frozenset()))
    refuse(faults, where)
    return RouteWords(table, language, plan, regions)


def _texts(raw: object) -> bool:
    return isinstance(raw, dict) and all(isinstance(value, str) for value in raw.values())


def _fields(where: str, text: object, known: set[str] | frozenset[str]) -> list[str]:
    """Faults of the {…} in a sentence."""
    if not isinstance(text, str):
        return []
    try:
        used = [part for part in string.Formatter().parse(text) if part[1] is not None]
    except ValueError as error:
        return [f"{where}: {error}"]
    told = ", ".join(sorted(known))
    faults = [f"{where}: {{{name}}} is unknown; known are {told}" for _, name, _, _ in used if name not in known]
    # values are texts here and may be long: a width fills the memory, a conversion fails when it is said
    faults += [
        f"{where}: {{{name}}}: write the name alone, without {mark} and what follows"
        for _, name, form, conversion in used
        for mark, there in (("!", conversion), (":", form))
        if there
    ]
    return faults


def _offset(local: datetime) -> str:
    minutes = round(local.utcoffset().total_seconds() / 60) if local.utcoffset() else 0  # type: ignore[union-attr]
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02d}" if rest else "")
