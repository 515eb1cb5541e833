"""One call's conversation: what it remembers, and how it asks. All flows speak through it."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from ivr.domain.callback_numbers import CallbackNumbers
from ivr.domain.readout import Reader
from ivr.flow.callback_commands import CallbackFound
from ivr.flow.commands import Ask, Caller, Command, FlowSettings, Keys, SetLanguage, Sounds

#: A part of a flow: yields commands, gets replies, returns something.
Part = Generator[Command, Any, Any]
#: District -> groups -> codes of regions (`Regions.menu`).
Places = Mapping[str, tuple[tuple[str, ...], ...]]
SENTENCE = "pause/350"
_BREATH_S = 0.3
#: What every caller hears before anything else is done with the call.
WELCOME: Sounds = (
    *("say/welcome", SENTENCE, "say/never-ask", SENTENCE),
    # who cannot use a menu learns at once how to reach a person
    *("item/operator", "press/0", SENTENCE),
)


class OperatorWanted(Exception):
    """The caller pressed 0: whatever goes on ends here, and an operator is called. `reason` is journalled."""

    def __init__(self, reason: str = "operator") -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass
class Talk:
    """Everything a flow remembers lives here, so that a simulator can tell two states apart (`state`)."""

    caller: Caller
    settings: FlowSettings
    readers: Mapping[str, Reader]
    language: str = ""
    slow: bool = False
    category: str = "other"
    place: str = ""
    guide: str = ""
    reason: str = ""
    #: In the dialogue about an SMS; in it, the SMS is on its way.
    texting: bool = False
    sending: bool = False
    stack: list[str] = field(default_factory=list)
    ticket: str = ""
    attempt: int = 0
    count: int = 0
    welcome: Sounds = WELCOME
    #: What the keypad can choose from; empty: nothing. Never changes.
    places: Places = field(default_factory=dict)
    #: What was chosen so far on the way to a region.
    district: str = ""
    group: int = 0
    #: The caller has just heard what we think of his place.
    told: bool = False
    #: By the caller's own clock (aware): the time when it was last asked for, when the work goes on while nobody is
    #: there, until when his ticket will be answered.
    now: datetime | None = None
    opens: datetime | None = None
    due: datetime | None = None
    #: The queue that gave the caller back because its time was over.
    leaving: str = ""
    #: Judges numbers for a callback; never changes.
    numbers: CallbackNumbers = field(default_factory=CallbackNumbers)
    #: The queues that are left for one who goes back to waiting; never changes.
    legs: tuple[tuple[str, int], ...] = ()
    #: The place that a supervisor chose for one who waits; 0: by arrival. Never changes.
    position: int = 0
    #: Rings in while a callback is promised to this number; None: not so, or said already.
    promised: CallbackFound | None = None
    #: Asking to be called back: from where (queue, menu, closed), and the number.
    source: str = ""
    number: str = ""
    #: He said no to being called back.
    declined: bool = False
    #: The hotline called, and the callback is still wanted.
    wanted: bool = True
    #: An operator was called before him, and waits.
    awaited: bool = False

    def __post_init__(self) -> None:
        self.language = self.language or self.settings.default_language

    @property
    def reader(self) -> Reader:
        """The grammar of the language now spoken."""
        return self.readers[self.language]

    @property
    def timeout(self) -> float:
        """Seconds of silence before asking again."""
        return self.settings.slow_key_timeout if self.slow else self.settings.key_timeout

    def state(self) -> tuple[object, ...]:
        """What decides how the talk goes on."""
        return (
            self.language,
            self.slow,
            self.category,
            self.place,
            self.guide,
            self.reason,
            tuple(self.stack),
            # elsewhere only a failing OpenTicket asks whether there is one (walked on its own)
            self.ticket if self.reason or self.sending else "",
            self.texting,
            self.sending,
            self.attempt,
            self.count,
            bool(self.welcome),
            self.district,
            self.group,
            self.told,
            self.now,
            self.opens,
            self.due,
            self.leaving,
            self.promised is None,
            self.source,
            self.number,
            self.declined,
            self.wanted,
        )

    def speak(self, language: str) -> Part:
        """Change the language."""
        self.language = language
        yield SetLanguage(language)

    def listen(self, sounds: Sounds, step: str, pause: float = _BREATH_S) -> Part:
        """Say something and listen for `pause` seconds; returns the key that interrupted, or ""."""
        reply: Keys = yield Ask(sounds, step, timeout=pause * (2 if self.slow else 1))
        return reply.pressed

    def say(self, sounds: Sounds, step: str, pause: float = _BREATH_S) -> Part:
        """The same, with 0 for the operator (`OperatorWanted`)."""
        key: str = yield from self.listen(sounds, step, pause)
        if key == "0":
            raise OperatorWanted
        return key

    def choose(self, sounds: Sounds, step: str, keys: str, before: Sounds = (), private: bool = False) -> Part:
        """Ask for one of `keys` or `*`; `9` repeats, `0` raises `OperatorWanted`. `before` is said once.

        Returns the key, "" after two re-prompts in vain.
        """
        self.attempt = 0
        prefix = before
        while True:
            reply: Keys = yield Ask((*prefix, *sounds), step, timeout=self.timeout, private=private)
            key = reply.pressed
            if key == "9" and key not in keys:
                prefix = ()
                continue
            if key == "0":
                raise OperatorWanted
            if key and key in keys + "*":
                self.attempt = 0
                return key
            if self.attempt >= self.settings.retries:
                self.attempt = 0
                return ""
            self.attempt += 1
            prefix = ("say/wrong-key" if key else "say/silence", SENTENCE)

    def give_up(self, step: str) -> Part:
        """Nothing useful was pressed: say so and raise `OperatorWanted`."""
        yield from self.say(("say/to-operator",), f"{step}/given-up")
        raise OperatorWanted("no_choice")

    def collect(self, sounds: Sounds, step: str, digits: int, private: bool = False) -> Part:
        """Collect `digits` keys; returns what was keyed in ("" on silence), `*` to go back.

        A lone `9` repeats, a lone `0` raises `OperatorWanted`.
        """
        while True:
            reply: Keys = yield Ask(sounds, step, max_digits=digits, timeout=self.timeout, private=private)
            if reply.pressed == "0":
                raise OperatorWanted
            if reply.pressed != "9":
                return "*" if reply.pressed.startswith("*") else reply.pressed


@cache
def press(item: str, key: str) -> Sounds:
    """A choice as it is said: what it is, then the key."""
    return (item, f"press/{ {'*': 'star', '#': 'hash'}.get(key, key) }", "pause/200")
