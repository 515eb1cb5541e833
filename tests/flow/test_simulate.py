"""The simulator: all of the shipped flow without a fault, in time; every planted fault is found."""

import random
import resource
import subprocess
import sys
from collections.abc import Callable, Generator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from ivr.domain.readout import Reader
from ivr.errors import DataError
from ivr.flow import engine
from ivr.flow.book import Book, Choice, Menu, load_book
from ivr.flow.commands import Ask, Caller, End, Flow, FlowSettings, Keys, QueueSms, SetLanguage, Step, TicketOpened
from ivr.flow.simulate import Report, simulate
from ivr.flow.simulate_faults import flow_faults, menu_faults, text_faults
from ivr.flow.simulate_walk import Walk, walk
from ivr.flow.talk import Places, Talk
from tests.flow.conftest import DATA, LANGUAGES, MOBILE, Texts

SMALL = """
first = "top"
[menu.top]
intro = ["menu/main"]
choices = [{key = "1", item = "item/signin", to = "help"}, {key = "2", item = "item/other", to = "below"}]
[menu.below]
choices = [{key = "1", item = "item/slow", to = "slow"}]
[guide.help]
steps = ["signin-password/1"]
sms = "signin-password"
"""


@pytest.fixture(scope="module")
def foreseen(readers: Mapping[str, Reader], book: Book, places: Places) -> Walk:
    settings = FlowSettings(languages=("ru", "en"))
    new = lambda: Talk(MOBILE, settings, readers, places=places)  # noqa: E731
    return walk("x", new, lambda talk: engine.inbound(talk, book), whole=False)


@pytest.fixture
def small(readers: Mapping[str, Reader]) -> Callable[..., Walk]:
    def made(book: Book, start: Callable[[Talk], Flow] | None = None) -> Walk:
        settings = FlowSettings(languages=("ru",))
        return walk("test", lambda: Talk(MOBILE, settings, readers), start or (lambda t: engine.inbound(t, book)))

    return made


def test_the_shipped_flow_has_no_fault_in_any_language(shipped: Report, book: Book) -> None:
    report = shipped
    assert report.faults == ()
    assert set(report.languages) == set(LANGUAGES)
    assert report.endings == (
        "callback",
        "callback_cancelled",
        "callback_changed",
        "callback_kept",
        "callback_key",
        "callback_later",
        "callback_machine",
        "callback_no_agent",
        "callback_not_asked",
        "callback_now",
        "callback_over",
        "callback_promised",
        "incident_heard",
        "moved",
        "no_choice",
        "nobody",
        "not_rated",
        "operator",
        "rated",
        "rating_not_kept",
        "solved",
        "steered",
    )
    places = {f"menu/{name}" for name in book.menus} | {f"guide/{name}" for name in book.guides}
    for found in report.languages.values():
        assert set(found.times.places) == places
        assert found.paths > 10_000
        assert max(d.keys for d in found.times.places.values()) <= 4
        assert found.times.operator_offered is not None
        assert found.times.operator_reached is not None
        assert found.times.operator_reached < found.times.operator_offered


def test_all_paths_in_all_languages_are_walked_while_one_waits() -> None:
    # a process of its own: not slowed by coverage. About 10 s of processor time; a walk that grew with the square of
    # the menus took minutes
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, "-m", "ivr", "simulate"], capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0, done.stdout + done.stderr
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 40


def test_the_report_is_plain_json(shipped: Report) -> None:
    table = shipped.as_json()
    assert table["paths"] == sum(one["paths"] for one in table["languages"].values())
    assert table["faults"] == []
    assert table["languages"]["ru"]["times"]["places"]["menu/main"]["keys"] == 0


def test_going_on_from_the_nearest_menu_finds_the_same_as_going_from_the_first_word(
    readers: Mapping[str, Reader], book: Book, places: Places
) -> None:
    settings = FlowSettings(languages=("ru",))

    def found(saving: bool) -> Walk:
        new = lambda: Talk(Caller(), settings, readers, places=places)  # noqa: E731
        return walk("x", new, lambda t: engine.inbound(t, book), saving=saving, whole=False)

    assert found(True) == found(False)


@pytest.mark.parametrize("seed", range(20))
def test_a_call_never_does_what_the_walk_did_not_foresee(
    readers: Mapping[str, Reader], book: Book, places: Places, foreseen: Walk, seed: int
) -> None:
    """Whatever a flow remembers outside of its talk would show here."""
    chance = random.Random(seed)
    for _ in range(50):
        talk = Talk(MOBILE, FlowSettings(languages=("ru", "en")), readers, places=places)
        _compare(engine.inbound(talk, book), foreseen, chance)


def _compare(flow: Flow, foreseen: Walk, chance: random.Random) -> None:
    command: Any = flow.send(None)
    place, had_ticket = foreseen.places[0], False
    for _ in range(150):
        if isinstance(command, QueueSms):
            # own number or another: nothing depends on it
            command = replace(command, number=getattr(place.command, "number", ""))
        assert command == place.command
        reply, target = chance.choice(place.moves)
        if isinstance(reply, TicketOpened) and had_ticket:
            # a ticket once given and then a database away: walked as a flow of its own
            reply, target = place.moves[0]
        had_ticket |= isinstance(reply, TicketOpened) and bool(reply.number)
        try:
            command = flow.send(reply)
        except StopIteration as stop:
            assert stop.value == target
            return
        assert isinstance(target, int)
        place = foreseen.places[target]


def test_a_target_that_is_not_there_is_refused_by_the_loader() -> None:
    with pytest.raises(DataError, match=r"menu 'top', key 2: there is no menu, guide or action 'beyond'"):
        load_book(SMALL.replace('to = "below"', 'to = "beyond"'))


def test_a_small_book_is_good_and_what_nobody_reaches_is_found(small: Callable[..., Walk]) -> None:
    book = load_book(SMALL)
    assert flow_faults(small(book)) == []
    assert menu_faults(book, small(book)) == []
    lost = replace(book, menus={**book.menus, "lost": Menu("lost", (), (Choice("1", "item/slow", "slow"),))})
    assert menu_faults(lost, small(lost)) == ["menu 'lost': no caller gets there"]
    # a choice with a key that means something else everywhere never comes to its target
    doubled = Menu("below", (), (Choice("9", "item/slow", "slow"),))
    deaf = replace(book, menus={**book.menus, "below": doubled})
    hidden = Menu("below", (), (Choice("1", "item/slow", "slow"), Choice("1", "item/other", "top")))
    assert menu_faults(deaf, small(deaf)) == []
    hiding = replace(book, menus={**book.menus, "below": hidden})
    assert menu_faults(hiding, small(hiding)) == ["menu 'below': key 1 does not lead to 'top'"]


def test_more_than_five_items_are_found(small: Callable[..., Walk]) -> None:
    book = load_book(SMALL)
    many = Menu("below", (), tuple(Choice(str(key), "item/slow", "slow") for key in range(1, 7)))
    crowded = replace(book, menus={**book.menus, "below": many})
    assert any("6 items" in fault for fault in menu_faults(crowded, small(crowded)))
    six = ", ".join(f'{{key = "{key}", item = "item/slow", to = "slow"}}' for key in range(1, 7))
    with pytest.raises(DataError, match="6 items"):
        load_book(SMALL.replace('{key = "1", item = "item/slow", to = "slow"}', six))


def _planted(*acts: Any) -> Callable[[Talk], Flow]:
    """A flow that does `acts` and then what the last one says: an ending, an exception, or "again"."""

    def start(talk: Talk) -> Generator[Any, Any, Any]:
        yield Step("start")
        while True:
            for act in acts[:-1]:  # noqa: UP028 (a tuple takes no replies)
                yield act
            if isinstance(acts[-1], Exception):
                raise acts[-1]
            if acts[-1] != "again":
                return acts[-1]

    return start


QUESTION = Ask(("say/hello",), "question")


@pytest.mark.parametrize(
    ("acts", "words"),
    [
        ((QUESTION, "again"), "a loop without exit: no key ends the call"),
        ((QUESTION, "no ending"), "instead of an ending"),
        ((QUESTION, End("")), "an ending without a reason"),
        ((QUESTION, KeyError("x")), "the flow failed: KeyError"),
        ((QUESTION, "a command nobody knows", End("x")), "dead end"),
    ],
)
def test_a_planted_fault_of_the_flow_is_found(
    small: Callable[..., Walk], book: Book, acts: tuple[Any, ...], words: str
) -> None:
    assert flow_faults(small(book, _planted(QUESTION, End("good")))) == []
    assert any(words in fault for fault in flow_faults(small(book, _planted(*acts))))


def test_a_loop_that_only_silence_never_leaves_is_found(small: Callable[..., Walk], book: Book) -> None:
    def start(talk: Talk) -> Generator[Any, Any, End]:
        reply = Keys()
        while not reply.pressed:
            reply = yield QUESTION
        return End("good")

    faults = flow_faults(small(book, start))
    assert faults == ["test: ru: question after the beginning: a loop without exit for a caller who presses nothing"]


def test_a_state_that_grows_with_every_turn_is_found(readers: Mapping[str, Reader]) -> None:
    def start(talk: Talk) -> Generator[Any, Any, End]:
        while (yield QUESTION).pressed != "1":
            talk.count += 1
        return End("good")

    endless = walk("test", lambda: Talk(MOBILE, FlowSettings(), readers), start, most=50)
    assert "no end to the states" in flow_faults(endless)[0]


def test_0_that_calls_no_operator_is_found(small: Callable[..., Walk], book: Book) -> None:
    faults = flow_faults(small(book, _planted(Step("menu/top"), QUESTION, End("good"))))
    assert any("0 does not lead to an operator" in fault for fault in faults)


def test_missing_unused_and_wholly_absent_texts_are_found(
    small: Callable[..., Walk], book: Book, readers: Mapping[str, Reader], texts: Texts
) -> None:
    graph = small(book)
    readout = {language: reader.required().keys() for language, reader in readers.items()}

    def faults(ru: dict[str, str], **more: dict[str, str]) -> list[str]:
        return text_faults([graph], book, {"ru": ru, **more}, readout)

    without = {key: text for key, text in texts["ru"].items() if key not in ("say/never-ask", "d/4", "fraud/2")}
    found = faults(without)
    for key in ("say/never-ask", "d/4", "fraud/2"):
        assert f"prompts.ru.toml: {key}: is asked for and missing" in found
    assert "prompts.ru.toml: an/old-one: is never said" in faults({**texts["ru"], "an/old-one": "old"})
    assert [f for f in faults(texts["ru"], ba={}) if "'ba': has no prompts" in f]
    assert not [f for f in faults(texts["ru"]) if "missing" in f]


def test_a_language_without_prompts_readout_or_sms_is_found(
    readers: Mapping[str, Reader], texts: Texts, messages: Texts
) -> None:
    book = load_book(SMALL)
    settings = FlowSettings(languages=("ru", "tt"))
    only = {"ru": texts["ru"]}
    found = simulate(book, settings, readers, only, messages={"ru": messages["ru"]}).faults
    assert any("language 'tt': has no prompts" in fault for fault in found)
    assert "sms.tt.toml: sms/signin-password: is promised and missing" in found
    assert "sms.ru.toml: sms/fraud: is never sent" in found
    assert "has no readout" in simulate(book, FlowSettings(languages=("ru", "ba")), readers, texts).faults[0]


def test_words_about_recording_are_no_fault_where_nothing_is_recorded(
    readers: Mapping[str, Reader], texts: Texts
) -> None:
    settings = FlowSettings(languages=("ru",), recorded=False)
    found = simulate(load_book(SMALL), settings, readers, texts).faults
    assert not [fault for fault in found if "callback/" in fault]


def test_words_that_may_be_said_in_two_languages_are_found(
    readers: Mapping[str, Reader], book: Book, texts: Texts
) -> None:
    def start(talk: Talk) -> Generator[Any, Any, End]:
        if (yield QUESTION).pressed == "1":
            yield SetLanguage("en")
        yield Ask(("say/goodbye",), "end")
        return End("good")

    graph = walk("test", lambda: Talk(MOBILE, FlowSettings(), readers), start)
    assert any("may be said in en or ru" in fault for fault in text_faults([graph], book, texts, {}))


def test_the_data_folder_of_the_tests_is_the_shipped_one() -> None:
    assert (DATA / "menus.toml").is_file()
