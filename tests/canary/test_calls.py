"""Real callers key numbers of documents in, at every prompt there is; nowhere may any of them be found afterwards.

IVR_CANARY=whole: every number at every prompt in every language, not one at each.
"""

import asyncio
import itertools
import os
from collections.abc import Iterable, Iterator

import pytest

from ivr.pbx.paths import InstancePaths
from tests.canary import stories
from tests.canary.conftest import Cage
from tests.canary.documents import DOCUMENTS, Document
from tests.canary.feeding import feed, feed_all, follow
from tests.canary.sinks import (
    journal_steps,
    manager_rights,
    search_commands,
    search_events,
    search_files,
    search_web,
)
from tests.canary.tap import Caller
from tests.canary.tones import heard_in
from tests.canary.ways import Way, every_step
from tests.canary.web import visits
from tests.canary.worlds import MOBILE_LINE, PROMISED_LINE, Sort, fixed_line
from tests.telephony.test_incidents import sound_of, until_there

pytestmark = pytest.mark.asyncio(loop_scope="session")
WHOLE = os.environ.get("IVR_CANARY") == "whole"
#: Asked for only where something fails, or at an hour that nobody can wait for; never with other words to the channel
#: than the rest (`Conversation`: no key is journalled, whatever the step).
NOT_BY_CALL = {
    "callback/exists": "two wishes of one number at the same moment",
    "callback/failed": "the database is away",
    "callback/changed": "the callback is dialled at the moment in which it is to be changed",
    "callback/refused": "the seventh wish of a day",
    "callback/no-slots": "no operator is planned for days",
    "callback/over": "the callback was cancelled while it rang",
    "callback/when": "by the citizen's clock it is night",
    "sms/failed": "the outbox is full, or the database away",
    "ticket/none": "the database is away",
    "operator/moved": "the shift of a call centre ends",
}


def courses(sort: Sort, ways: Iterable[Way]) -> Iterator[tuple[Sort, Way, Document, str]]:
    """Which number is keyed in where, and in which language (its key)."""
    if WHOLE:
        yield from itertools.product([sort], ways, DOCUMENTS, "123")
    else:
        yield from ((sort, way, DOCUMENTS[n % len(DOCUMENTS)], "123"[n % 3]) for n, way in enumerate(ways))


async def test_by_who_is_called_back(cage: Cage) -> None:
    # first: whom others ask to be called back would be called before
    await stories.called_back(cage)


async def test_at_every_prompt_that_keys_lead_to(cage: Cage) -> None:
    known: set[str] = set()
    calls: list[tuple[Sort, Way, Document, str]] = []
    for sort in (fixed_line(cage.began), MOBILE_LINE, PROMISED_LINE):
        fresh = {step: way for step, way in sort.ways.items() if step not in known}
        known |= fresh.keys()
        calls += courses(sort, fresh.values())
    await feed_all(cage, calls)


async def test_by_who_hides_his_number_and_by_whose_region_is_known(cage: Cage) -> None:
    ways = MOBILE_LINE.ways
    await feed(cage.caller("hidden"), ways["place/remember"], DOCUMENTS[0])
    caller = cage.caller(MOBILE_LINE.prefix)
    await follow(caller, ways["place/remembered"])
    await caller.hangup()
    again = Caller(cage.line, cage.tap, caller.number)
    for press in ways["region/offer"].presses:
        await (again.hears(press.sound) if again.call else again.calls())
        await again.press(press.keys)
    await again.hears("place/kept")
    await again.press("2")
    await again.hears("place/forgotten")
    await again.press(DOCUMENTS[1].digits)
    await again.hangup()


async def test_of_whoever_is_told_of_a_fault(cage: Cage) -> None:
    words = "ru=Сейчас не открывается вход на портал."
    added = await cage.line.ivr("incidents", "add", "--category", "recovery", "--severity", "outage", "--text", words)
    try:
        await until_there(cage.line, sound_of(added["id"], words[3:]), True, 60)
        for document, keys in ((DOCUMENTS[1], ""), (DOCUMENTS[3], "1")):
            caller = await cage.caller("+7916888").calls()
            await caller.hears("say/hello")
            await caller.press("1")
            await caller.hears("say/welcome")
            await caller.press("2")
            await caller.hears("item/incident-tell")
            if keys:
                await caller.press("1")
                await caller.hears("sms/to-this-number")
                await caller.press("1")
                await caller.hears("incident/noted")
            await caller.press(document.digits)
            await caller.hangup()
    finally:
        await cage.line.ivr("incidents", "end", added["id"])


async def test_while_waiting_and_at_the_queues_key(cage: Cage) -> None:
    await stories.waits(cage)


async def test_in_a_talk_and_for_a_rating(cage: Cage) -> None:
    await stories.talks(cage)


async def test_by_sip_info(cage: Cage) -> None:
    await stories.by_info(cage)


async def test_at_an_operators_telephone(cage: Cage) -> None:
    await stories.at_an_operators_phone(cage)


async def test_while_the_controller_is_away(cage: Cage) -> None:
    await stories.while_the_controller_is_away(cage)


async def test_zz_no_key_is_heard_in_a_recording(cage: Cage) -> None:
    recordings = list((cage.line.state / "recordings").rglob("*.wav"))
    assert recordings
    for file in recordings:
        keys = heard_in(file)
        assert not [each for each in DOCUMENTS if any(window in keys for window in each.windows)], file.name


async def test_zz_nothing_of_it_is_found_anywhere(cage: Cage) -> None:
    await asyncio.sleep(1)
    heard = cage.tap.keyed.values()
    for document in DOCUMENTS:
        assert any(document.digits in keys for keys in heard), f"the canary was not fed with {document}"
    # what a visitor sends is no business of Asterisk's
    found = search_events(cage.tap.events)
    found |= await search_commands(cage.line) | await search_web(cage.line)
    await visits(cage)
    found |= search_files(cage.line)
    assert not found, "\n".join(sorted(map(str, found)))


async def test_zz_every_prompt_there_is_was_keyed_into(cage: Cage) -> None:
    every = every_step() | fixed_line(cage.began).ways.keys()
    pressed = journal_steps(cage.line.state / "hotline.db")
    missing = sorted(every - pressed - NOT_BY_CALL.keys())
    assert not missing, f"no call keys in there: {', '.join(missing)}"
    assert NOT_BY_CALL.keys() <= every, "there is no such prompt any more"


def known(keys: str) -> bool:
    return any(window in keys for window in DOCUMENTS[0].windows)


async def test_zz_keys_that_are_sent_as_sound_are_in_the_recording_as_sound(cage: Cage) -> None:
    # as README says; and a key in a real recording would be heard
    folder = cage.line.state / "recordings"
    before = set(folder.rglob("*.wav"))
    await stories.talks_in_tones(cage, DOCUMENTS[0])
    async with asyncio.timeout(30):
        # complete some moments after the talk; a late packet spoils a key
        while not any(known(heard_in(file)) for file in set(folder.rglob("*.wav")) - before):  # noqa: ASYNC110
            await asyncio.sleep(0.5)


async def test_no_manager_user_of_ours_may_hear_of_keys(cage: Cage) -> None:
    rights = manager_rights((InstancePaths.under(cage.line.state).etc / "manager.conf").read_text())
    assert rights.keys() == {"controller", "recorder", "dispatcher"}
    for classes in rights.values():
        assert not {"all", "dtmf", "dialplan", "agi", "verbose"} & {each.strip() for each in classes.split(",")}
