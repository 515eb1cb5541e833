"""The incident desk, and calls that hear of a fault: memory first, sounds beside, each subscriber and call once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ivr.domain.incidents import GENERAL_WORDS, Incident, IncidentFault
from ivr.errors import DataError, StorageError
from ivr.flow.commands import Ask, End, Enqueue, Flow, OpenTicket
from ivr.flow.incident_commands import AskIncident, IncidentFound, Subscribed, TellWhenFixed
from ivr.services.conversation import Known
from ivr.testing import NOON, ScriptedChannel
from tests.services.house import CALLER, House

WORDS = "Вход на портал сейчас не работает, мы чиним."
DRAFT = Incident("", frozenset({"signin"}), frozenset({"77"}), "outage", NOON, NOON, "", {"ru": WORDS})


async def told_house(draft: Incident = DRAFT) -> tuple[House, str]:
    house = House()
    incident = await house.incident_desk.add("anna", draft, why="many calls")
    await house.incident_desk.look()
    return house, incident.id


def asking(*commands: object, got: list[object]) -> Flow:
    for command in commands:
        got.append((yield command))  # type: ignore[misc]
    yield Ask(("menu/signin",), "menu/signin")
    return End("over")


async def call(house: House, *commands: object, keys: tuple[str, ...] = (), language: str = "ru") -> list[object]:
    """A call that carries the commands out and then hangs up, or presses `keys`."""
    got: list[object] = []
    channel = ScriptedChannel(keys=keys, language=language)
    await house.talk(asking(*commands, got=got), channel, Known(CALLER, house.place(), language))
    return got


async def test_a_caller_whom_it_touches_hears_it_once_in_a_call_and_nobody_else() -> None:
    house, id = await told_house()
    sound = (await house.incidents.open())[0].sound("ru")
    got = await call(house, AskIncident("signin"), AskIncident("signin"), AskIncident("other"))
    assert got == [IncidentFound(id, (sound,)), IncidentFound(), IncidentFound()]
    assert house.told("incident") == [{"incident": id, "severity": "outage", "sound": sound}]
    # in a language for which there are no words the general ones are said
    assert await call(house, AskIncident("signin"), language="en") == [IncidentFound(id, (GENERAL_WORDS,))]


async def test_what_it_says_can_be_read_as_long_as_it_is_on() -> None:
    house, id = await told_house()
    sound = (await house.incidents.open())[0].sound("ru")
    assert house.incident_desk.words == {"ru": {sound: WORDS}, "en": {}}
    await house.incident_desk.end("anna", id)
    await house.incident_desk.look()
    assert house.incident_desk.words == {"ru": {}, "en": {}}


async def test_until_its_sound_is_built_and_where_it_cannot_be_the_general_words_are_said() -> None:
    house = House()
    draft = replace(DRAFT, texts={"ru": "Это unspeakable, но мы чиним портал."})
    id = (await house.incident_desk.add("anna", draft)).id
    assert await call(house, AskIncident("signin")) == [IncidentFound()]
    await house.incident_desk.look()
    assert await call(house, AskIncident("signin")) == [IncidentFound(id, (GENERAL_WORDS,))]


async def test_it_is_told_from_its_start_and_no_more_when_it_has_ended() -> None:
    house, id = await told_house(replace(DRAFT, starts_at=NOON + timedelta(minutes=5)))
    assert await call(house, AskIncident("signin")) == [IncidentFound()]
    house.clock.pass_(300)
    assert (await call(house, AskIncident("signin")))[0] != IncidentFound()
    assert await house.incident_desk.end("anna", id) == 0
    await house.incident_desk.look()
    assert await call(house, AskIncident("signin")) == [IncidentFound()]
    # nothing of it is left to be played
    assert house.incident_sounds.made == {}


async def test_one_that_ends_as_planned_is_over_for_callers_before_anybody_looks() -> None:
    house, _ = await told_house(replace(DRAFT, ends_at=NOON + timedelta(minutes=5)))
    house.clock.pass_(300)
    assert await call(house, AskIncident("signin")) == [IncidentFound()]
    assert (await house.incidents.list())[0].ended_at is None
    await house.incident_desk.look()
    assert (await house.incidents.list())[0].ended_at == NOON + timedelta(minutes=5)


async def test_who_hears_it_and_hangs_up_in_the_menus_is_deflected_and_who_asks_for_a_person_is_not() -> None:
    house, id = await told_house()
    await call(house, AskIncident("signin"))
    await call(house, AskIncident("signin"), keys=("1",))
    await call(house, AskIncident("signin"), OpenTicket("signin", "operator"))
    await call(house, AskIncident("other"))

    def queued() -> Flow:
        yield AskIncident("signin")
        return Enqueue("moscow", "1", "signin")

    await house.talk(queued())
    await house.incident_desk.look()
    assert house.told("deflected") == [{"incident": id}]
    found = (await house.incidents.list())[0]
    assert (found.heard, found.deflected) == (4, 1)


async def test_the_wish_to_be_told_is_kept_once_and_said_truly() -> None:
    house, id = await told_house()
    wish = TellWhenFixed(id, CALLER.number)
    assert await call(house, wish, wish) == [Subscribed("noted"), Subscribed("already")]
    house.incidents.away = True
    assert await call(house, wish) == [Subscribed("failed")]
    house.incidents.away = False
    assert await house.incident_desk.end("anna", id, "fixed") == 1
    assert await house.incident_desk.end("boris", id) is None
    assert house.incidents.messages == [(CALLER.number, "ru")]
    assert await call(house, wish) == [Subscribed("over")]


async def test_while_the_database_is_away_what_is_known_is_told_and_counted_later() -> None:
    house, id = await told_house()
    house.incidents.away = True
    assert (await call(house, AskIncident("signin")))[0] != IncidentFound()
    with pytest.raises(StorageError):
        await house.incident_desk.look()
    house.incidents.away = False
    await house.incident_desk.look()
    assert house.incidents.incidents[id].heard == 1


async def test_a_recording_is_played_in_place_of_the_text_and_one_that_cannot_be_is_refused() -> None:
    house = House()
    with pytest.raises(DataError, match="mine: is not a WAV"):
        await house.incident_desk.keep(b"mp3", "mine")
    with pytest.raises(IncidentFault, match="no recording 'd9'"):
        await house.incident_desk.add("anna", replace(DRAFT, texts={}, recorded={"ru": "d9"}))
    assert house.incidents.incidents == {} and house.audit.entries == []
    digest = await house.incident_desk.keep(b"RIFFwave", "mine")
    incident = await house.incident_desk.add("anna", replace(DRAFT, recorded={"ru": digest}))
    await house.incident_desk.look()
    assert house.incident_sounds.made == {("ru", incident.sound("ru")): "d8"}


async def test_nothing_is_announced_that_is_not_in_the_audit_and_nothing_with_a_fault_is_stored() -> None:
    house = House()
    with pytest.raises(IncidentFault):
        await house.incident_desk.add("anna", replace(DRAFT, texts={"ru": "Звоните 8 800 555 35 35, пожалуйста"}))
    house.audit.away = True
    with pytest.raises(StorageError):
        await house.incident_desk.add("anna", DRAFT)
    assert house.incidents.incidents == {}
    house.audit.away = False
    id = (await house.incident_desk.add("anna", DRAFT, why="many calls")).id
    await house.incident_desk.end("boris", id, "fixed")
    await house.incident_desk.end("anna", id)
    assert [(e.who, e.action, e.target, e.why, e.outcome) for e in house.audit.entries] == [
        ("anna", "incident_add", id, "many calls", "done"),
        ("boris", "incident_end", id, "fixed", "done"),
        ("anna", "incident_end", id, "", "void"),
    ]


async def test_listeners_hear_of_changes_and_of_nothing_else() -> None:
    house, id = await told_house()
    changes: list[int] = []
    house.incident_desk.on_change.append(lambda: changes.append(1))
    await house.incident_desk.look()
    assert changes == []
    await house.incident_desk.subscribe(id, CALLER.number, "ru", "c1")
    await house.incident_desk.look()
    assert changes == [1]


async def test_recordings_that_no_incident_came_of_do_not_pile_up() -> None:
    house = House()
    used = await house.incident_desk.keep(b"RIFF", "mine")
    await house.incident_desk.add("anna", replace(DRAFT, texts={}, recorded={"ru": used}))
    digests = [await house.incident_desk.keep(b"RIFF" + b"-" * n, "mine") for n in range(1, 60)]
    kept = [digest for digest in digests if house.incident_sounds.kept(digest)]
    assert kept == digests[-20:] and house.incident_sounds.kept(used)
