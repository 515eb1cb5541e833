"""The steps of a call's journal in words, for people: one sentence each, in Russian and English
(`journey.<lang>.toml`). Pure."""

import string
from collections.abc import Callable, Mapping
from typing import Any

from ivr.domain.calls import CallStep, Value
from ivr.domain.journey import STRETCHES, login
from ivr.domain.route_words import RouteWords
from ivr.domain.toml_text import refuse, toml_table

#: Columns of a list of calls, in their order.
COLUMNS = ("call_id", "started_at", "number", "region", "source", "language", "category", "ticket", "queue", "operator",
           "reason", "waited_s", "talked_s", "score")  # fmt: skip
#: Fields whose values have words of their own.
_VALUES = ("reason", "event", "mode", "found", "on", "source")
_SECONDS = ("waited_s", "rang_s", "wait_s", "seconds")


class JourneyWords:
    """Says steps in one language. `places`: step of the menu -> what it is about. Never fails: what has no sentence is
    told as data."""

    def __init__(self, table: Mapping[str, Any], route: RouteWords, places: Mapping[str, str]) -> None:
        self._table, self._route, self._places = table, route, places

    def say(self, step: CallStep) -> str:
        """The sentence of a step."""
        sentences: Mapping[str, str] = self._table["steps"]
        told = {key: value for key, value in step.data.items() if not isinstance(value, list | dict)}
        words = {key: self._word(key, value) for key, value in told.items() if value is not None}
        sentence = sentences.get(f"{step.kind}-{_variant(step)}") or sentences.get(step.kind)
        if sentence is None or not _fields(sentence) <= words.keys():
            return " ".join([step.kind, *(f"{key}={value}" for key, value in told.items())])
        return sentence.format_map(words)

    def stretch(self, kind: str) -> str:
        """A stretch of the journey."""
        return str(self._table["stretches"][kind])

    def column(self, name: str) -> str:
        """The heading of one of `COLUMNS`."""
        return str(self._table["columns"][name])

    def value(self, field: str, value: str) -> str:
        """What a value of a field ("reason", "source") means; the value itself where that is not known."""
        return str(self._table["values"].get(field, {}).get(value, value))

    def values(self, field: str) -> Mapping[str, str]:
        """Every value of a field that has words."""
        return dict(self._table["values"][field])

    def _word(self, key: str, value: Value) -> str:
        text = str(value)
        if key in _SECONDS and text.isascii() and text.isdigit():
            return self._route.duration(int(text))
        names: dict[str, Callable[[str], str]] = {
            "queue": self._route.queue, "from": self._route.queue, "category": self._route.category,
            "language": self._route.spoken, "region": self._route.region, "zone": self._route.city,
            "operator": login, "step": lambda step: self._places.get(step, step),
        }  # fmt: skip
        if key in names:
            return names[key](text)
        return self.value(key, text) if key in _VALUES else text


def _variant(step: CallStep) -> str:
    """Which of the sentences of its kind a step needs."""
    data = step.data
    match step.kind:
        case "start":
            return str(data.get("source") or ("callback" if "callback" in data else "phone"))
        case "place":
            return "" if data.get("region") else "unknown"
        case "ask":
            return "" if data.get("keys") else "none"
        case "told":
            return "place" if data.get("wait_s") is None else ""
        case "route":
            return "place" if data.get("position") else ""
        case "answered" | "talked":
            # who is called back by an operator first is bridged, not taken from a queue
            return "" if data.get("queue") else "bridge"
        case "transferred":
            return "" if data.get("to") else "queue"
        case "steered":
            return str(data.get("action") or "")
        case _:
            return ""


def load_journey_words(text: str, where: str, route: RouteWords, places: Mapping[str, str]) -> JourneyWords:
    """Read the text of a `journey.<lang>.toml`; raises `DataError` naming every fault found."""
    table = toml_table(text, where)
    faults = [f"{name}: is missing or no table of texts" for name in ("steps", "stretches", "columns")
              if not _texts(table.get(name))]  # fmt: skip
    values = table.get("values")
    if not isinstance(values, dict) or not all(_texts(values.get(name)) for name in _VALUES):
        faults.append(f"values: must have tables of texts: {', '.join(_VALUES)}")
    if not faults:
        faults += [f"stretches: has no {kind}" for kind in STRETCHES if kind not in table["stretches"]]
        faults += [f"columns: has no {name}" for name in COLUMNS if name not in table["columns"]]
        faults += [f"steps: {kind}: {fault}" for kind, said in table["steps"].items() if (fault := _fault(said))]
    refuse(faults, where)
    return JourneyWords(table, route, places)


def _texts(raw: object) -> bool:
    return isinstance(raw, dict) and all(isinstance(value, str) for value in raw.values())


def _fields(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def _fault(sentence: str) -> str:
    """Only plain names stand in braces: values are texts, and a width would fill the memory."""
    try:
        parts = list(string.Formatter().parse(sentence))
    except ValueError as error:
        return str(error)
    named = ((name, form or conversion) for _, name, form, conversion in parts if name is not None)
    bad = [name for name, more in named if more or not name.isidentifier()]
    return f"write the names in braces alone: {', '.join(bad)}" if bad else ""
