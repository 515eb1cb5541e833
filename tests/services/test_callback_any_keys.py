"""Whatever is pressed in whatever order, wherever the caller hangs up: what is kept is lawful, and he is not lost."""

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.domain.callback_hours import Person
from ivr.domain.callback_numbers import CallbackNumbers
from ivr.domain.callback_timers import overdue_event, wake_at
from ivr.domain.callbacks import ATTEMPTS, FINAL, MOVES, Callback, apply
from ivr.errors import CallerHungUp
from ivr.flow.callback import called
from ivr.flow.commands import Caller, FlowSettings, Sounds
from ivr.flow.talk import Talk
from ivr.services.conversation import Known
from ivr.testing import ScriptedChannel
from tests.services.house import HOURS, House
from tests.services.test_asked_back import PLACE, READERS, SERVICE, busy, from_menu, on_the_way

OWN = "+74012000001"
NUMBERS = CallbackNumbers([SERVICE], ["401"])
CALLERS = st.sampled_from([OWN, "", OWN, "+79161234567", "+77011234567", "+79401234567", "+78005553535", "+4930123456"])
#: also numbers that must not be rung: premium, Abkhazia, satellite, own, short, Kazakhstan
TYPED = (
    *("4012554433", "4012554433", "4012554433", "9035554433", "4012000001"),
    *("8092000600", "9401234567", "9541011234", "8005553535", "112", "7011234567", "401*", "#", "0", ""),
)
#: What is pressed where one key is asked for: mostly what leads on. None: he hangs up.
PRESSED = (*("1" * 12), *("2" * 4), *"334455", *"9067#*", "", "", None)
MINUTES = st.integers(0, 90)
KEYS = st.lists(st.integers(0, len(TYPED) * len(PRESSED) - 1), min_size=6, max_size=24)


@dataclass
class AnyKeys(ScriptedChannel):
    """Each item of `numbers` is one answer, whatever is asked for."""

    numbers: list[int] = field(default_factory=list)

    async def ask(self, sounds: Sounds, max_digits: int, timeout: float, private: bool) -> str:
        self.heard.append(sounds)
        if len(self.heard) > len(self.numbers):
            raise CallerHungUp
        number = self.numbers[len(self.heard) - 1]
        pressed = TYPED[number % len(TYPED)] if max_digits > 1 else PRESSED[number % len(PRESSED)]
        if pressed is None:
            raise CallerHungUp
        return pressed[:max_digits]


async def call(house: House, caller: str, keys: list[int], menu: bool) -> ScriptedChannel:
    who, channel = Caller(caller, caller.startswith("+79")), AnyKeys(numbers=keys)
    await house.talk((from_menu if menu else on_the_way)(who), channel, Known(who, house.place(PLACE, caller), "ru",
                     service=SERVICE))  # fmt: skip
    return channel


def lawful(house: House, callers: list[str]) -> None:
    every = list(house.callbacks.callbacks.values())
    for one in every:
        assert not one.number or NUMBERS.judge(one.number).number == one.number
        assert one.number or not one.active
        # nobody but he who calls from that phone opens its quiet hours
        assert one.tonight_until is None or one.number == one.asked_by in callers
        if one.active and one.tonight_until is None:
            opens = HOURS.opens(Person.of(one), one.window_from)
            assert opens is not None and opens < one.window_to
        assert one.window_from < one.window_to <= one.expires_at
    promised = [one.number for one in every if one.active]
    assert len(promised) == len(set(promised))
    for event in house.callbacks.events:
        assert not event.before or MOVES[event.before][event.event] == event.after
    # a day, as these calls take less
    counts = [sum(asked == number for asked, _ in house.callbacks.asks) for number in {*promised, *callers} - {""}]
    assert max(counts, default=0) <= 6


def over_in_the_end(callback: Callback) -> None:
    """Nobody does anything any more but time, and a dispatcher whose dials all come to nothing."""
    dials = 0
    while callback.state not in FINAL:
        at = callback.window_from if callback.state == "waiting" and dials <= ATTEMPTS else wake_at(callback)
        assert at is not None
        if callback.state == "waiting" and dials <= ATTEMPTS and at < callback.expires_at:
            dials += 1
            callback, _ = apply(callback, "dial", at, attempt=f"a{dials}", owner="d")
            continue
        event = overdue_event(callback, at)
        assert event is not None
        callback, _ = apply(callback, event, at)
    assert callback.attempts <= ATTEMPTS


@settings(max_examples=250, deadline=None)
@given(st.integers(0, 23), st.lists(st.tuples(CALLERS, KEYS, st.booleans(), MINUTES), min_size=1, max_size=14))
async def test_calls_with_any_keys_leave_only_lawful_promises(
    hour: int, calls: list[tuple[str, list[int], bool, int]]
) -> None:
    house = busy()
    house.clock.pass_(hour * 3600)
    for caller, keys, menu, minutes in calls:
        taken = len(house.told("callback"))
        channel = await call(house, caller, keys, menu)
        # he goes on to an operator, hears a goodbye, or has hung up; then the offer is promised or its end written down
        told = house.told("callback")[taken:]
        if channel.queued is None and channel.ended is None and told and told[-1]["event"] == "taken":
            raise AssertionError("a caller who took the offer and hung up is forgotten")
        lawful(house, [each[0] for each in calls])
        assert not [one for one in house.callbacks.callbacks.values() if one.state == "provisional"]
        house.clock.pass_(minutes * 60)
        if minutes % 2:  # an operator is done with all of them
            for one in list(house.callbacks.callbacks.values()):
                await house.desk.cancel(one.id, "agent")
    for callback in house.callbacks.callbacks.values():
        over_in_the_end(callback)


@settings(max_examples=150, deadline=None)
@given(KEYS, st.booleans())
async def test_the_called_person_may_press_anything(keys: list[int], wanted: bool) -> None:
    house = busy()
    await call(house, OWN, [0] * 6, menu=True)
    (promised,) = house.callbacks.callbacks.values()
    dialled, told = apply(promised, "dial", house.clock.now(), attempt="cb1", owner="d")
    assert await house.callbacks.move(dialled, told)
    talk = Talk(Caller(OWN), FlowSettings(), READERS, "ru", numbers=NUMBERS, wanted=wanted)
    channel = AnyKeys(numbers=keys)
    known = Known(Caller(OWN), house.place(PLACE, OWN), "ru", attempt="cb1", service=SERVICE)
    await house.talk(called(talk), channel, known)
    (after,) = house.callbacks.callbacks.values()
    assert after.state in ("dialling", "rejoining", "retry_wait", "cancelled")
    # only who pressed a key was there
    human = [event for event in house.callbacks.events if event.event == "human"]
    pressed = [PRESSED[number % len(PRESSED)] for number in keys[: len(channel.heard)]]
    assert bool(human) <= any(key in ("1", "0") for key in pressed)
    assert len(channel.heard) <= 12
    over_in_the_end(after)
