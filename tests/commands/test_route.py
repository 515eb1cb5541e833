"""`ivr route`: a number at any moment, a call of the journal explained; one line per fault."""

import asyncio
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.cli import main
from ivr.datafiles import read_data
from ivr.domain.routing import RouteRequest, decision_data, request_data
from ivr.storage.store import open_storage
from tests.domain.routes import at, board, place, router_of, shipped

MORNING = "2026-11-25T09:00:00+10:00"
HEAD = "\ufeffАВС/ DEF;От;До;Емкость;Оператор;Регион;Территория ГАР;ИНН\n"
ROWS = (
    '914;0000000;9999999;10000000;ООО "СВЯЗЬ";-;Приморский край;7700000016\n'
    '916;0000000;9999999;10000000;ООО "СВЯЗЬ";-;г. Москва;7700000016\n'
)


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IVR_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("IVR_DATABASE_URL", f"sqlite:///{tmp_path / 'hotline.db'}")
    assert main(["db", "upgrade"]) == 0
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *argv: str, rc: int = 0) -> str:
    capsys.readouterr()
    assert main(["route", *argv]) == rc
    told = capsys.readouterr()
    return told.err if rc == 2 else told.out


def test_a_morning_call_from_vladivostok_goes_to_people_at_work(capsys: pytest.CaptureFixture[str]) -> None:
    told = said(capsys, "84232201234", "--category", "signin", "--at", MORNING)
    assert "+74232201234, Primorsky Krai, 2026-11-25, 09:00 local time (Vladivostok, UTC+10)" in told
    assert re.search(
        r"1\. Vladivostok \(vladivostok\): 2 min\n  2\. Petropavlovsk-Kamchatsky .*\n  3\. the 24/7 fed", told
    )
    assert "moscow       It is closed until 07:00 local time (Moscow, UTC+3)." in told
    assert "By plan: everybody on shift is taken as logged in; the running queues are not looked at." in told


def test_reasons_are_told_in_russian_too(capsys: pytest.CaptureFixture[str]) -> None:
    told = said(capsys, "+74232201234", "--at", MORNING, "--words", "ru")
    assert (
        "Эта площадка обслуживает регион звонящего: Приморский край." in told and "Городской номер с кодом 423" in told
    )


def test_the_same_as_json_with_data_and_sentences(capsys: pytest.CaptureFixture[str]) -> None:
    told = json.loads(said(capsys, "--json", "--at", MORNING, "--category=recovery", "+74012123456"))
    assert (told["region"], told["zone"], told["confidence"]) == ("39", "Europe/Kaliningrad", "fixed")
    assert (told["at"], told["local"]) == ("2026-11-24T23:00:00+00:00", "2026-11-25T01:00:00+02:00")
    assert told["decision"]["legs"] == [["common", 0]]
    hours = told["decision"]["reasons"][1]
    assert hours["id"] == "category-common" and hours["data"]["until"] == "2026-11-25T06:00:00+00:00"
    assert "08:00 local time (Kaliningrad, UTC+2)" in hours["en"] and "08:00 по местному" in hours["ru"]


def test_mobile_numbers_need_the_numbering_plan(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "No numbering plan is imported" in said(capsys, "89141234567", "--at", MORNING)
    (state / "DEF-9xx.csv").write_text(HEAD + ROWS, "utf-8")
    assert main(["regions", "import", "DEF-9xx.csv"]) == 0
    told = said(capsys, "89141234567", "--at", MORNING)
    assert "A mobile number with the code 914, issued in Primorsky Krai" in told and "1. Vladivostok" in told


def test_a_region_on_the_callers_card_counts(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["regions", "card", "+74952201234", "25"]) == 0
    told = said(capsys, "+74952201234", "--at", MORNING)
    assert "The caller's card names the region: Primorsky Krai." in told and "1. Vladivostok" in told


def test_a_caller_without_a_number_and_high_priority(capsys: pytest.CaptureFixture[str]) -> None:
    told = said(capsys, "withheld", "--at", "2026-11-25T12:00Z", "--priority", "high", "--staffed", "--language", "en")
    assert "withheld, region unknown, 2026-11-25, 15:00 local time (Moscow, UTC+3)" in told
    assert "1. Moscow (moscow)" in told and "operators free: 26" in told and "High priority" in told


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (
            ("+74012123456", "--at", "2026-11-25T09:00:00"),
            "--at: '2026-11-25T09:00:00' does not say by which clock; write it as 2026-11-25T09:00:00+03:00 for Moscow",
        ),
        (
            ("+74012123456", "--at", "2026-11-25"),
            "--at: '2026-11-25' does not say the hour, nor by which clock; write it as 2026-11-25T09:00+03:00",
        ),
        (("+74012123456", "--at", "tomorrow"), "--at: 'tomorrow' is not ISO 8601"),
        (("+74012123456", "--at", "0001-01-01T00:00Z"), "--at: the calendars reach"),
        (("+74012123456", "--category", "fish"), "--category: 'fish' is none of signin, services"),
        (("+74012123456", "--language", "xx"), "--language: 'xx' is none of ru, en"),
        (("12",), "'12' is no telephone number"),
        (("explain", "9.9"), "there is no call '9.9'; `ivr calls list` shows the newest"),
        (("coverage", "--day", "someday"), "--day: 'someday' is no day"),
        (("coverage", "--category", "fish"), "--category: 'fish' is none of signin"),
        (
            ("coverage", "--category", "other", "--language", "ru", "--html", "none/x.html"),
            "none/x.html: cannot be written",
        ),
    ],
)
def test_faults_are_told_in_one_line(capsys: pytest.CaptureFixture[str], argv: tuple[str, ...], words: str) -> None:
    assert f"ivr route: {words}" in said(capsys, *argv, rc=2)


def journal(state: Path, call_id: str, *events: dict[str, object]) -> None:
    async def fill() -> None:
        async with open_storage(f"sqlite:///{state / 'hotline.db'}", 30) as storage:
            storage.journal.write(call_id, at(MORNING), "start", {"caller": "+74232201234", "did": "88005553535"})
            for event in events:
                storage.journal.write(call_id, at(MORNING), "route", event)  # type: ignore[arg-type]
            assert await storage.journal.flush(30)

    asyncio.run(fill())


def event(request: RouteRequest) -> dict[str, object]:
    found = shipped().decide(request)
    return {"queue": found.legs[0].queue, "request": request_data(request), "decision": decision_data(found),
            "digest": found.digest}  # fmt: skip


#: Vladivostok had nobody logged in that morning.
ASKED = RouteRequest(place("25"), "signin", "ru", at(MORNING), board(kamchatka=(3, 0, 1), common=(2, 1, 0)))


def test_a_call_is_explained_from_the_journal(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    journal(state, "1.1", event(ASKED))
    told = said(capsys, "explain", "1.1")
    assert "Petropavlovsk-Kamchatsky (kamchatka): 2 min" in told
    assert "No operator is logged in: Vladivostok." in told
    assert "The wait is about 2 min; operators free: 0, callers waiting: 1." in told
    assert "Today: the same plan, the same decision." in told
    (each,) = json.loads(said(capsys, "explain", "1.1", "--json"))["decisions"]
    assert (each["same_plan"], each["elsewhere"], each["decision"] == each["today"]) == (True, False, True)
    assert "Никто из операторов не вошёл в очередь" in said(capsys, "explain", "1.1", "--words", "ru")


def test_a_changed_plan_is_noticed(
    state: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    journal(state, "1.1", event(ASKED))
    data = state / "data"
    data.mkdir()
    monkeypatch.setenv("IVR_DATA_DIR", str(data))
    shipped_text = read_data("queues.toml", None)
    (data / "queues.toml").write_text(shipped_text.replace("capacity = 120", "capacity = 121"), "utf-8")
    told = said(capsys, "explain", "1.1")
    assert "Today: the plan has changed since, but the same call would go the same way." in told
    (data / "queues.toml").write_text(shipped_text.replace("capacity = 15", "capacity = 1"), "utf-8")
    told = said(capsys, "explain", "1.1")
    assert "the same call would go another way now:" in told and "It is full: 1 waiting, room for 1." in told
    (each,) = json.loads(said(capsys, "explain", "1.1", "--json"))["decisions"]
    assert (each["same_plan"], each["elsewhere"]) == (False, True)
    assert each["decision"]["legs"][0] == ["kamchatka", 120] and each["today"]["legs"] == [["common", 0]]


def test_a_call_that_was_moved_has_a_decision_for_each_move(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    journal(state, "1.2", event(ASKED), event(replace(ASKED, leaving="kamchatka", at=at("2026-11-25T09:02:00+10:00"))))
    told = said(capsys, "explain", "1.2")
    assert told.count("Today: the same plan") == 2
    assert "The caller has waited already; the queue was: Petropavlovsk-Kamchatsky." in told


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"queue": "common", "failed": 1}, "It cannot be explained: the router failed"),
        ({"queue": "signin", "staffed": 1}, "It cannot be explained: the journal has no question of this route"),
        ({"queue": "x", "request": {"place": 1}}, "It cannot be explained: this is no stored question to the router"),
    ],
)
def test_what_cannot_be_explained_is_said(
    state: Path, capsys: pytest.CaptureFixture[str], data: dict[str, object], words: str
) -> None:
    journal(state, "1.3", data)
    assert words in said(capsys, "explain", "1.3")
    (each,) = json.loads(said(capsys, "explain", "1.3", "--json"))["decisions"]
    assert each["decision"] is None and each["trouble"]


def test_a_call_back_is_headed_by_what_it_is(
    state: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = state / "data"
    data.mkdir()
    monkeypatch.setenv("IVR_DATA_DIR", str(data))
    text = read_data("queues.toml", None).replace('outside = "common"', 'outside = "callback"')
    (data / "queues.toml").write_text(text, "utf-8")
    asked = RouteRequest(place("25"), "recovery", "ru", at("2026-11-25T02:00:00+10:00"))
    for number, reachable in enumerate((True, False), 1):
        request = replace(asked, reachable=reachable)
        found = router_of(text).decide(request)
        journal(state, f"1.{number}", {"queue": "common", "request": request_data(request),
                                       "decision": decision_data(found), "digest": found.digest})  # fmt: skip
    told = said(capsys, "explain", "1.1")
    assert re.match(r"call 1\.1, [^ ]+ [^ ]+: call back\ndecided for the moment 2026-11-2.*\(trial time\)\n", told)
    assert "call back: 08:00 local time (Vladivostok, UTC+10)" in told and "24/7 federal queue\n" not in told
    assert re.match(r"call 1\.2, [^ ]+ [^ ]+: announcement\n", said(capsys, "explain", "1.2"))


def test_the_moment_of_a_call_is_no_trial_time(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    journal(state, "1.1", event(ASKED))
    assert "trial" not in said(capsys, "explain", "1.1")
    (each,) = json.loads(said(capsys, "explain", "1.1", "--json"))["decisions"]
    assert (each["decided_for"], each["trial"]) == ("2026-11-24T23:00:00+00:00", False)


def test_russian_words_have_no_english_bits(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = said(capsys, "withheld", "--at", MORNING, "--words", "ru", "--priority", "high")
    # ids of queues, of the category and of the language, commands and UTC are no words
    ids = {"kaliningrad", "moscow", "rostov", "kazan", "ural", "novosibirsk", "vladivostok", "kamchatka", "experts",
           "common", "other", "ru", "UTC", "ivr", "regions", "import"}  # fmt: skip
    assert set(re.findall("[A-Za-z]+", told)) <= ids
    assert "номер скрыт, регион неизвестен" in told and "высокий приоритет" in told and "По плану" in told
    journal(state, "1.1", event(ASKED))
    assert set(re.findall("[A-Za-z]+", said(capsys, "explain", "1.1", "--words", "ru"))) <= ids


def test_a_route_by_plan_does_not_sound_like_a_fault(capsys: pytest.CaptureFixture[str]) -> None:
    assert "no fresh view" not in said(capsys, "84232201234", "--at", MORNING)
    reasons = json.loads(said(capsys, "84232201234", "--at", MORNING, "--json"))["decision"]["reasons"]
    assert "board-stale" not in {reason["id"] for reason in reasons}


def test_a_call_that_was_never_routed(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    journal(state, "1.4")
    assert "call 1.4 was never routed" in said(capsys, "explain", "1.4")


@pytest.mark.parametrize(
    "argv", [("--help",), ("number", "--help"), ("explain", "-h"), ("coverage", "-h"), ("peaks", "-h")]
)
def test_every_help_can_be_read(capsys: pytest.CaptureFixture[str], argv: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["route", *argv])
    assert ended.value.code == 0 and "usage: ivr route" in capsys.readouterr().out
