"""The spoken grammar of one language, as read from `readout.<lang>.toml`: words by key and how they compose.

A further language is only such a file. Everything that is wrong in it is listed at once.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ivr.domain.readout_plurals import PLURALS
from ivr.errors import DataError

KEY = re.compile(r"[a-z0-9/_-]+\Z")
NOUNS = ("minute", "second", "hour", "day", "week", "call", "ticket", "person")
CLOCKS = ("counted", "noun-first", "twelve")
PHONES = ("numbers", "digits")
#: What may stand in a pattern besides sound keys.
PATTERNS: Mapping[str, tuple[str, ...]] = {
    "date": ("<day>", "<month>"),
    "position": ("<position>",),
    "position_next": (),
    "position_far": (),
    "wait": ("<wait>",),
    "closing": (),
    "opens": ("<day>", "<at>"),
    "due": ("<clock>", "<day>"),
    "window": ("<day>", "<start>", "<end>"),
    "window_by": ("<end>", "<day>"),
}
#: Forms of a noun besides those of its plural: after "in …", after "no later than …".
_CASES = ("-acc", "-gen")
#: Said instead of a date.
_DAYS = ("day/today", "day/tomorrow")
#: Phrases that the code itself names, by the setting that needs them.
_CLOCK_PHRASES = {
    "counted": (),
    "noun-first": ("clock/hour",),
    "twelve": ("clock/am", "clock/pm", "clock/oh", "clock/noon", "clock/midnight"),
}


@dataclass(frozen=True)
class Noun:
    """`forms` by plural category, with `-acc` or `-gen` appended where the accusative or the genitive differs."""

    gender: str
    forms: Mapping[str, str]
    animate: bool = False
    bare_one: bool = False


@dataclass(frozen=True)
class Grammar:
    """`numbers` and `ordinals`: value -> form name ("" is the basic form) -> text.

    `weekdays` answer "when?" ("on Monday"), Monday first. `at_hours`: 24 texts such as «в восемь часов», in languages
    where "at" and the hour are said in one breath; elsewhere the phrase `clock/at`, if there is one, stands before.
    """

    language: str
    plural: str
    review: str
    numbers: Mapping[int, Mapping[str, str]]
    ordinals: Mapping[int, Mapping[str, str]]
    day_form: str
    joiner: str
    scales: Mapping[int, Noun]
    nouns: Mapping[str, Noun]
    months: tuple[str, ...]
    digits: tuple[str, ...]
    phrases: Mapping[str, str]
    patterns: Mapping[str, tuple[str, ...]]
    clock: str
    phone: str
    phone_country: tuple[str, ...]
    pause_ms: Mapping[str, int] = field(default_factory=dict)
    weekdays: tuple[str, ...] = ()
    at_hours: tuple[str, ...] = ()


def parse_grammar(language: str, source: str | Mapping[str, Any]) -> Grammar:
    """Read the text (or parsed table) of a readout file; raises `DataError` listing every fault."""
    where = f"readout.{language}.toml"
    if isinstance(source, str):
        try:
            source = tomllib.loads(source)
        except tomllib.TOMLDecodeError as error:
            raise DataError(f"{where}: is not valid TOML: {error}") from None
    parser = _Parser(where, source)
    grammar = parser.grammar(language)
    if parser.faults or grammar is None:
        raise DataError("\n".join(parser.faults))
    return grammar


class _Parser:
    def __init__(self, where: str, table: Mapping[str, Any]) -> None:
        self.where, self.table = where, table
        self.faults: list[str] = []

    def fault(self, place: str, what: str) -> None:
        self.faults.append(f"{self.where}: {place}: {what}")

    def grammar(self, language: str) -> Grammar | None:
        plural = self.choice("plural", tuple(PLURALS))
        clock = self.choice("clock", CLOCKS)
        phone = self.choice("phone", PHONES)
        categories = PLURALS[plural][0] if plural in PLURALS else ()
        numbers, ordinals = self.words("numbers"), self.words("ordinals")
        needed = {*range(20), *range(20, 100, 10), *range(100, 1000, 100)}
        self.complete("numbers", numbers, needed)
        self.complete("ordinals", ordinals, needed | {*range(1, 32)})
        scales = {int(k): self.noun(f"scales.{k}", v, categories) for k, v in self.sub("scales").items() if k.isdigit()}
        self.complete("scales", scales, {1_000, 1_000_000})
        nouns = {k: self.noun(f"nouns.{k}", v, categories) for k, v in self.sub("nouns").items()}
        self.complete("nouns", nouns, set(NOUNS))
        phrases = {str(k): str(v) for k, v in self.sub("phrases").items()}
        joiner = str(self.table.get("joiner", ""))
        patterns = self.patterns(phrases)
        for key in (*_CLOCK_PHRASES.get(clock, ()), *([joiner] if joiner else ()), "phone/plus", *_DAYS):
            if key not in phrases:
                self.fault("phrases", f"{key!r} is missing")
        for key in phrases:
            if not KEY.match(key):
                self.fault("phrases", f"{key!r}: a key is small letters, digits and / _ -")
        day_form = str(self.table.get("day_form", ""))
        for day in range(1, 32):
            if day_form not in ordinals.get(day, {day_form: ""}):
                self.fault(f"ordinals.{day}", f"form {day_form!r} (day_form) is missing")
        return Grammar(
            language=language,
            plural=plural,
            review=str(self.table.get("review", "")),
            numbers=numbers,
            ordinals=ordinals,
            day_form=day_form,
            joiner=joiner,
            scales=scales,
            nouns=nouns,
            months=self.texts("months", 12),
            digits=self.texts("digits", 10),
            phrases=phrases,
            patterns=patterns,
            clock=clock,
            phone=phone,
            phone_country=tuple(map(str, self.table.get("phone_country", ()))),
            pause_ms={"group": 350, "phone": 250, "sentence": 200},
            weekdays=self.texts("weekdays", 7),
            at_hours=self.texts("at_hours", 24) if "at_hours" in self.table else (),
        )

    def choice(self, key: str, allowed: tuple[str, ...]) -> str:
        value = str(self.table.get(key, ""))
        if value not in allowed:
            self.fault(key, f"{value!r} is not one of {', '.join(allowed)}")
        return value

    def sub(self, key: str) -> Mapping[str, Any]:
        value = self.table.get(key, {})
        if not isinstance(value, Mapping):
            self.fault(key, "must be a table")
            return {}
        return value

    def texts(self, key: str, count: int) -> tuple[str, ...]:
        value = self.table.get(key, [])
        if not isinstance(value, list) or len(value) != count or not all(isinstance(v, str) for v in value):
            self.fault(key, f"must be a list of {count} texts")
            return ("",) * count
        return tuple(value)

    def words(self, key: str) -> dict[int, dict[str, str]]:
        """A table value -> text, or value -> {form: text}, or value -> list in the order of `<key>_forms`."""
        order = [str(f) for f in self.table.get(f"{key}_forms", [""])]
        result: dict[int, dict[str, str]] = {}
        for name, value in self.sub(key).items():
            if not name.isdigit():
                self.fault(f"{key}.{name}", "is not a number")
            elif isinstance(value, str):
                result[int(name)] = {"": value}
            elif isinstance(value, list) and len(value) <= len(order):
                result[int(name)] = {f: str(t) for f, t in zip(order, value, strict=False)}
            elif isinstance(value, Mapping) and "basic" in value:
                result[int(name)] = {"" if f == "basic" else str(f): str(t) for f, t in value.items()}
            else:
                self.fault(f"{key}.{name}", "must be a text, a list in the order of forms or {basic = …}")
        return result

    def noun(self, place: str, value: Any, categories: tuple[str, ...]) -> Noun:
        if not isinstance(value, Mapping):
            self.fault(place, "must be a table")
            return Noun("m", {})
        forms = {k: str(v) for k, v in value.items() if k not in ("gender", "animate", "bare_one")}
        for category in categories:
            if category not in forms:
                self.fault(place, f"form {category!r} is missing")
        for form in forms:
            if form not in categories and not (form.endswith(_CASES) and form[:-4] in categories):
                self.fault(place, f"form {form!r} is not one of {', '.join(categories)} (or with -acc, -gen)")
        return Noun(str(value.get("gender", "m")), forms, bool(value.get("animate")), bool(value.get("bare_one")))

    def complete(self, key: str, have: Mapping[Any, Any], needed: set[Any]) -> None:
        missing = sorted(needed - set(have))
        if missing:
            self.fault(key, f"missing: {', '.join(map(str, missing))}")

    def patterns(self, phrases: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
        table, result = self.sub("patterns"), {}
        for name, slots in PATTERNS.items():
            value = table.get(name)
            if not isinstance(value, list):
                self.fault(f"patterns.{name}", " and ".join(("must be a list of sound keys", *slots)))
                continue
            result[name] = tuple(map(str, value))
            for slot in slots:
                if slot not in value:
                    self.fault(f"patterns.{name}", f"{slot} is missing")
            for item in value:
                if item not in slots and item not in phrases:
                    self.fault(f"patterns.{name}", f"{item!r} is not in [phrases]")
        return result
