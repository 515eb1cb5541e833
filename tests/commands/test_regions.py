"""`ivr regions`: the plan comes in, numbers are looked up, cards are written; one line per error."""

import asyncio
import json
from pathlib import Path

import pytest

from ivr.cli import main
from ivr.domain.whereabouts import KnownPlace
from ivr.storage.store import open_storage
from ivr.testing import NOON

HEAD = "\ufeffАВС/ DEF;От;До;Емкость;Оператор;Регион;Территория ГАР;ИНН\n"
ROW = '914;0000000;9999999;10000000;ООО "СВЯЗЬ";-;Приморский край;7700000016\n'


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A deployment without a plan and without a database."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IVR_STATE_DIR", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.fixture
def mobile(tmp_path: Path) -> str:
    (tmp_path / "DEF-9xx.csv").write_text(HEAD + ROW, "utf-8")
    return "DEF-9xx.csv"


def said(capsys: pytest.CaptureFixture[str], *argv: str, rc: int = 0) -> str:
    capsys.readouterr()
    assert main(["regions", *argv]) == rc
    told = capsys.readouterr()
    return told.err if rc == 2 else told.out


def test_fixed_lines_are_placed_before_any_plan_is_imported(capsys: pytest.CaptureFixture[str]) -> None:
    told = said(capsys, "lookup", "84152123456", "89141234567", "--at", "2026-12-31T23:30+03:00")
    assert "+74152123456  Kamchatka Krai  Asia/Kamchatka  2027-01-01 08:30          fixed" in told
    assert "+79141234567  unknown         Europe/Moscow   2026-12-31 23:30 assumed  none" in told
    assert "+74152123456: A fixed line with the code 415: Kamchatka Krai." in told
    assert "Note: no numbering plan is imported" in told


def test_an_imported_plan_places_mobile_numbers(mobile: str, capsys: pytest.CaptureFixture[str]) -> None:
    told = said(capsys, "import", mobile)
    assert "imported 1 rows with 10000000 numbers" in told
    assert "DEF-9xx has only 1 of the codes 900 to 999" in told and "was the file cut off?" in told
    assert "not imported yet: ABC-3xx, ABC-4xx, ABC-8xx" in told
    found = json.loads(said(capsys, "lookup", "8 914 123-45-67", "--json", "--at", "2026-03-02T12:00:00+00:00"))
    (place,) = found["found"]
    assert (place["number"], place["region"], place["zone"], place["confidence"], place["doubtful"]) == (
        "+79141234567", "25", "Asia/Vladivostok", "mobile", False
    )  # fmt: skip
    assert (place["local"], place["kept"], found["warnings"]) == ("2026-03-02T22:00:00+10:00", None, [])
    assert place["reason"]["id"] == "place-mobile"


def test_names_and_reasons_are_told_in_russian_too(capsys: pytest.CaptureFixture[str]) -> None:
    told = said(capsys, "lookup", "84012345678", "--language", "ru")
    assert "Калининградская область" in told
    assert "Городской номер с кодом 401" in told


def test_a_number_that_is_none_is_shown_as_written_without_its_control_characters(
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = said(capsys, "lookup", "anonymous\x1b[2J")
    assert "anonymous\\x1b[2J" in told and "\x1b" not in told
    assert "withheld" in told


def test_status_tells_the_plan_in_force(mobile: str, state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "no numbering plan is imported" in said(capsys, "status", rc=1)
    assert json.loads(said(capsys, "status", "--json", rc=1))["ranges"] == 0
    report = json.loads(said(capsys, "import", mobile, "--json"))
    assert (report["rows"], report["numbers"], report["ranges"], report["unknown"]) == (1, 10_000_000, 1, {})
    status = json.loads(said(capsys, "status", "--json"))
    assert (status["ranges"], status["numbers"], status["fault"]) == (1, 10_000_000, "")
    assert [(f["part"], f["file"], f["rows"]) for f in status["files"]] == [("DEF-9xx", mobile, 1)]
    assert "not imported: ABC-3xx, ABC-4xx, ABC-8xx" in said(capsys, "status")
    plan = state / "numbering" / "plan.bin"
    plan.write_bytes(plan.read_bytes()[:-1])
    assert "is damaged" in said(capsys, "status", rc=1)
    assert "is damaged" in json.loads(said(capsys, "status", "--json", rc=1))["fault"]
    assert "Note: " in said(capsys, "lookup", "84012345678")


def test_a_refused_file_leaves_the_plan_as_it_was(
    mobile: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said(capsys, "import", mobile)
    (tmp_path / "broken.csv").write_text("<html>Forbidden</html>")
    assert said(capsys, "import", "broken.csv", rc=2).startswith("ivr regions: broken.csv: line 1: this is a web page")
    assert json.loads(said(capsys, "status", "--json"))["ranges"] == 1
    (tmp_path / mobile).write_text(HEAD + ROW.replace("9999999;10000000", "0000009;10"), "utf-8")
    assert "truncated download" in said(capsys, "import", mobile, rc=2)
    assert "imported 1 rows" in said(capsys, "import", mobile, "--anyway")


def test_unknown_territories_are_counted_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    strange = ROW.replace("914;0000000;9999999;10000000", "915;0000000;0000099;100").replace("Приморский край", "Луна")
    (tmp_path / "DEF-9xx.csv").write_text(HEAD + ROW + strange, "utf-8")
    assert "unknown territory 'Луна': 100 numbers" in said(capsys, "import", "DEF-9xx.csv")


def test_a_card_counts_until_it_is_forgotten(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["db", "upgrade"]) == 0
    assert "Приморский край is on the card" in said(capsys, "card", "89161234567", "Приморский край")
    (found,) = json.loads(said(capsys, "lookup", "+79161234567", "--json"))["found"]
    assert (found["region"], found["confidence"], found["kept"]["confidence"]) == ("25", "card", "card")
    assert json.loads(said(capsys, "card", "89161234567", "41", "--json"))["kept"]["region"] == "41"
    assert "Приморский край is on the card" in said(capsys, "card", "89161234567", "primorsky  krai")
    assert json.loads(said(capsys, "card", "89161234567", "Kamchatka Krai", "--json"))["kept"]["region"] == "41"
    assert json.loads(said(capsys, "forget", "89161234567", "--json")) == {"number": "+79161234567", "forgotten": True}
    assert "nothing was kept" in said(capsys, "forget", "89161234567")


def test_a_card_does_not_touch_the_callers_own_choice(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["db", "upgrade"]) == 0

    async def choose() -> None:
        async with open_storage(f"sqlite:///{state / 'hotline.db'}", 30) as storage:
            await storage.places.keep("+79161234567", KnownPlace("27", "chosen", NOON))

    asyncio.run(choose())
    assert "the caller chose Хабаровский край himself" in said(capsys, "card", "89161234567", "25", rc=1)
    assert json.loads(said(capsys, "card", "89161234567", "25", "--json", rc=1))["taken"] is False


def test_all_regions_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert len(json.loads(said(capsys, "list", "--json"))) == 89
    ural = said(capsys, "list", "--district", "ural").splitlines()
    assert len(ural) == 7
    assert ural[1].split()[0] == "45"


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("import", "absent.csv"), "absent.csv: no such file"),
        (("card", "anonymous", "25"), "'anonymous' is no telephone number"),
        (("card", "89161234567", "Луна"), "there is no region 'Луна'"),
        (("card", "89161234567", "00"), "there is no region '00'"),
        (("forget", "112"), "'112' is no telephone number"),
        (("lookup", "112", "--at", "yesterday"), "--at: 'yesterday' is not ISO 8601 with offset"),
        (("lookup", "112", "--at", "2026-03-02T12:00"), "is not ISO 8601 with offset"),
        (("lookup", "112", "--at", "9999-12-31T23:59+00:00"), "is not ISO 8601 with offset"),
        (("forget", "89161234567"), "ivr db upgrade"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    argv: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    told = said(capsys, *argv, rc=2)
    assert words in told
    assert "Traceback" not in told
