"""A call as a playbook: expected command, reply, expected command, reply … For tests of flows, shipped or your own.

    play = Playbook(engine.rating(talk))
    play.hears("rating/ask").presses("5").expects(SaveRating(5), Done()).hears("say/goodbye").silent()
    play.ends(End("rated"))

On a mismatch both sides are shown, with what happened before.
"""

from typing import Any

from ivr.errors import CallerHungUp
from ivr.flow.commands import Ask, Command, Ending, Flow, Keys, Reply, SetLanguage, Step
from ivr.flow.incident_commands import AskIncident, IncidentFound

NO_FAULT = IncidentFound()


class PlaybookMismatch(AssertionError):
    """The flow did something else than the playbook says."""


class Playbook:
    """Plays one flow. `Step` and `SetLanguage` need no answer: see `steps`, `language`.

    `fault`: known to the first who asks for one; `asked`: the categories for which it was asked.
    """

    def __init__(self, flow: Flow, fault: IncidentFound = NO_FAULT) -> None:
        self.flow = flow
        self.fault = fault
        self.asked: list[str] = []
        self.language = ""
        self.steps: list[str] = []
        self.ending: Ending | None = None
        self._story: list[str] = []
        self._now: Command | None = None
        self._send(None)

    @property
    def now(self) -> Command | None:
        """The command that waits for its answer; None when the flow has ended."""
        return self._now

    @property
    def ask(self) -> Ask:
        """The question that waits for its answer."""
        if not isinstance(self._now, Ask):
            raise self._mismatch("a question (Ask)")
        return self._now

    def expects(self, command: Command | type[Any], reply: Reply = None) -> "Playbook":
        """The flow asks for exactly this command (or one of this type); it gets `reply`."""
        same = isinstance(self._now, command) if isinstance(command, type) else self._now == command
        if not same:
            raise self._mismatch(repr(command))
        self._send(reply)
        return self

    def hears(self, *sounds: str) -> "Playbook":
        """The question that waits says these sounds, in this order (others may stand between)."""
        rest = iter(self.ask.sounds)
        if not all(sound in rest for sound in sounds):
            raise self._mismatch(f"a question that says {', '.join(sounds)}")
        return self

    def hears_not(self, *sounds: str) -> "Playbook":
        """The question that waits says none of these."""
        if set(sounds) & set(self.ask.sounds):
            raise self._mismatch(f"a question without {', '.join(sounds)}")
        return self

    def presses(self, *entries: str) -> "Playbook":
        """Each entry answers one question."""
        for entry in entries:
            _ = self.ask
            self._send(Keys(entry))
        return self

    def silent(self, times: int = 1) -> "Playbook":
        """The caller lets so many questions pass."""
        return self.presses(*[""] * times)

    def ends(self, ending: Ending) -> None:
        """The flow has ended so."""
        if self.ending != ending:
            raise self._mismatch(repr(ending))

    def hangs_up(self) -> None:
        """The caller hangs up now: nothing but `CallerHungUp` may come out of the flow."""
        try:
            self.flow.throw(CallerHungUp())
        except CallerHungUp:
            return
        except StopIteration as stop:
            raise self._mismatch("CallerHungUp, but the flow ended with " + repr(stop.value)) from None
        raise self._mismatch("CallerHungUp, but the flow went on")

    def _send(self, reply: Reply) -> None:
        if self._now is not None:
            self._story.append(f"{self._now!r} <- {reply!r}")
        try:
            self._now = self.flow.send(reply)
        except StopIteration as stop:
            self._now, self.ending = None, stop.value
            return
        if isinstance(self._now, Step):
            self.steps.append(self._now.step)
            self._send(None)
        elif isinstance(self._now, SetLanguage):
            self.language = self._now.language
            self._send(None)
        elif isinstance(self._now, AskIncident):
            self.asked.append(self._now.category)
            found, self.fault = self.fault, NO_FAULT
            self._send(found)

    def _mismatch(self, expected: str) -> PlaybookMismatch:
        got = repr(self._now) if self._now is not None else f"the end: {self.ending!r}"
        story = "\n".join(f"  {line}" for line in self._story[-8:])
        return PlaybookMismatch(f"\nexpected: {expected}\n     got: {got}\nbefore:\n{story or '  (nothing)'}")
