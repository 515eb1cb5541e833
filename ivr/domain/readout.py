"""Numbers, times, dates, phone and ticket numbers as lists of sound keys, right in gender, case and plural.

Pure: the words are in `ivr/data/readout.<lang>.toml`. `required()` names every key that can ever be asked
for, so that a build can prove that each exists as a sound (a missing word is a wrong number in the ear).
"""

from collections.abc import Mapping, Sequence
from datetime import date as Date
from datetime import datetime, timedelta
from typing import Any

from ivr.domain.readout_grammar import Grammar, parse_grammar
from ivr.domain.readout_groups import digit_keys, phone_keys, ticket_keys
from ivr.domain.readout_numbers import LARGEST_ORDINAL, noun_key, number_keys, ordinal_keys

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
#: A window that begins so soon has begun.
_BEGUN = timedelta(minutes=10)


class Reader:
    """The spoken grammar of one language. All answers are tuples of sound keys."""

    def __init__(self, grammar: Grammar) -> None:
        self.grammar = grammar
        self.language = grammar.language

    def number(self, n: int, gender: str = "m", case: str = "nom") -> tuple[str, ...]:
        """The cardinal, 0 to 999,999,999. `gender` m, f, n; `case` nom, acc, gen (to 99). Raises ValueError outside."""
        return tuple(number_keys(self.grammar, n, gender, case))

    def counted(self, n: int, noun: str, case: str = "nom") -> tuple[str, ...]:
        """`n` of a noun (minute, hour, call, ticket, person …). "acc" after "in …", "gen" of hours, not for persons."""
        word = self.grammar.nouns.get(noun)
        if word is None:
            raise ValueError(f"{noun!r}: known nouns are {', '.join(sorted(self.grammar.nouns))}")
        if case != "nom" and word.animate:
            raise ValueError(f"{noun!r}: persons are counted in the nominative only")
        return (*self.number(n, word.gender, case), noun_key(self.grammar, f"u/{noun}", word, n, case))

    def ordinal(self, n: int, gender: str = "m") -> tuple[str, ...]:
        """The ordinal, 0 to 999, agreeing with m, f or n."""
        if gender not in ("m", "f", "n"):
            raise ValueError(f"{gender!r}: gender is m, f or n")
        return tuple(ordinal_keys(self.grammar, n, "" if gender == "m" else gender))

    def position(self, n: int) -> tuple[str, ...]:
        """ "You are third in the queue" without the wait; beyond 999 "more than a thousand people"."""
        if n < 1:
            raise ValueError(f"{n}: a place in a queue starts at 1")
        if n == 1:
            return self._pattern("position_next")
        if n > LARGEST_ORDINAL:
            return self._pattern("position_far")
        return self._pattern("position", position=self.ordinal(n))

    def queue_position(self, position: int, wait_s: int | None) -> tuple[str, ...]:
        """The whole announcement for a waiting caller; an unknown `position` (0) or `wait_s` is left out."""
        parts = [self.position(position)] if position > 0 else []
        if wait_s is not None:
            parts.append(self._pattern("wait", wait=self.duration(wait_s)))
        parts.append(self._pattern("closing"))
        return self._with_pauses(parts)

    def duration(self, seconds: float) -> tuple[str, ...]:
        """A length of time as people say it: never 0; minutes, from 10 minutes fives, from an hour quarters,
        from a day days. Always rounded up: a wait shorter than promised disappoints nobody."""
        if seconds < 0 or seconds > 999 * _DAY:
            raise ValueError(f"{seconds}: a duration is 0 to 999 days, in seconds")
        rounded = spoken_seconds(seconds)
        if rounded >= _DAY:
            return self.counted(rounded // _DAY, "day")
        hours, minutes = divmod(rounded // _MINUTE, 60)
        keys = self.counted(hours, "hour") if hours else ()
        return keys + (self.counted(minutes, "minute") if minutes else ())

    def digits(self, digits: str) -> tuple[str, ...]:
        """Digit by digit, zeros too."""
        return tuple(digit_keys(digits))

    def ticket(self, number: str) -> tuple[str, ...]:
        """Digit by digit in pairs with a pause between them."""
        return tuple(ticket_keys(self.grammar, number))

    def phone(self, e164: str) -> tuple[str, ...]:
        """A number in E.164 ("+7…"), grouped as it is said in the country."""
        return tuple(phone_keys(self.grammar, e164))

    def date(self, day: Date, case: str = "nom") -> tuple[str, ...]:
        """Day and month. "gen" answers "when?" in languages that tell the two apart."""
        form = self.grammar.day_form
        if case == "gen" and "g" in self.grammar.ordinals[day.day]:
            form = "g"
        return self._pattern("date", day=(f"o/{day.day}{form}",), month=(f"month/{day.month}",))

    def day(self, day: Date, today: Date) -> tuple[str, ...]:
        """When, as seen from `today`: today, tomorrow, else on which weekday and date."""
        if 0 <= (day - today).days <= 1:
            return ("day/tomorrow" if day > today else "day/today",)
        return (f"weekday/{day.isoweekday()}", *self.date(day, "gen"))

    def opens(self, at: datetime, today: Date) -> tuple[str, ...]:
        """A sentence: the work goes on at `at`, by the listener's clock."""
        return self._pattern("opens", day=self.day(at.date(), today), at=self.at(at.hour, at.minute))

    def due(self, at: datetime, today: Date) -> tuple[str, ...]:
        """A sentence: the answer comes no later than `at`, by the listener's clock."""
        return self._pattern("due", day=self.day(at.date(), today), clock=self.clock(at.hour, at.minute, "gen"))

    def window(self, start: datetime, end: datetime, now: datetime) -> tuple[str, ...]:
        """A sentence: you are called back between `start` and `end` ("by `end`" once it has begun), by one clock."""
        until = self.clock(end.hour, end.minute, "gen")
        if start - now < _BEGUN:
            return self._pattern("window_by", end=until, day=self.day(end.date(), now.date()))
        since = self.clock(start.hour, start.minute, "gen")
        return self._pattern("window", day=self.day(start.date(), now.date()), start=since, end=until)

    def wait(self, seconds: float) -> tuple[str, ...]:
        """A sentence: how long one would wait."""
        return self._pattern("wait", wait=self.duration(seconds))

    def at(self, hour: int, minute: int = 0) -> tuple[str, ...]:
        """ "At nine thirty"."""
        if self.grammar.at_hours:
            spoken = self.clock(hour, minute, "acc")
            return (f"at/{hour}", *spoken[len(self.counted(hour, "hour", "acc")) :])
        return (*(("clock/at",) if "clock/at" in self.grammar.phrases else ()), *self.clock(hour, minute))

    def clock(self, hour: int, minute: int = 0, case: str = "nom") -> tuple[str, ...]:
        """A time of day, 0:00 to 23:59; "gen" after "no later than", where a language tells the two apart."""
        if not (0 <= hour <= 23 and 0 <= minute <= 59):
            raise ValueError(f"{hour}:{minute:02}: a time of day is 0:00 to 23:59")
        if self.grammar.clock == "twelve":
            return self._clock_twelve(hour, minute)
        minutes = self.counted(minute, "minute", case) if minute else ()
        if self.grammar.clock == "noun-first":
            return ("clock/hour", *self.number(hour, "m", case), *minutes)
        return self.counted(hour, "hour", case) + minutes

    def required(self) -> dict[str, str]:
        """Every key that can be asked for, with its text ("" for pauses)."""
        g = self.grammar
        keys: dict[str, str] = {f"pause/{ms}": "" for ms in sorted(set(g.pause_ms.values()))}
        for kind, table in (("n", g.numbers), ("o", g.ordinals)):
            for value, forms in table.items():
                keys |= {f"{kind}/{value}{form}": text for form, text in forms.items()}
        for scale, noun in g.scales.items():
            keys |= {f"n/{scale}-{form}": text for form, text in noun.forms.items()}
        for name, noun in g.nouns.items():
            keys |= {f"u/{name}-{form}": text for form, text in noun.forms.items()}
        keys |= {f"month/{i}": text for i, text in enumerate(g.months, 1)}
        keys |= {f"d/{i}": text for i, text in enumerate(g.digits)}
        keys |= {f"weekday/{i}": text for i, text in enumerate(g.weekdays, 1)}
        keys |= {f"at/{i}": text for i, text in enumerate(g.at_hours)}
        return keys | dict(g.phrases)

    def _clock_twelve(self, hour: int, minute: int) -> tuple[str, ...]:
        if minute == 0 and hour in (0, 12):
            return ("clock/noon" if hour else "clock/midnight",)
        half = "clock/pm" if hour >= 12 else "clock/am"
        spoken = self.number((hour - 1) % 12 + 1)
        if minute == 0:
            return (*spoken, half)
        return (*spoken, *(("clock/oh",) if minute < 10 else ()), *self.number(minute), half)

    def _pattern(self, name: str, **slots: Sequence[str]) -> tuple[str, ...]:
        keys: list[str] = []
        for item in self.grammar.patterns[name]:
            keys += slots[item[1:-1]] if item.startswith("<") else [item]
        return tuple(keys)

    def _with_pauses(self, parts: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
        pause = (f"pause/{self.grammar.pause_ms['sentence']}",)
        result: tuple[str, ...] = ()
        for part in parts:
            if part:
                result += (pause if result else ()) + part
        return result


def load_reader(language: str, source: str | Mapping[str, Any]) -> Reader:
    """The reader of `language` from the text (or parsed table) of its readout file; raises `DataError`."""
    return Reader(parse_grammar(language, source))


def spoken_seconds(seconds: float) -> int:
    """The seconds that are spoken of a length of time, see `duration`."""
    step = _MINUTE if seconds <= 10 * _MINUTE else 5 * _MINUTE if seconds <= _HOUR else 15 * _MINUTE
    step = step if seconds <= _DAY else _DAY
    return max(1, -(-int(-(-seconds // 1)) // step)) * step
