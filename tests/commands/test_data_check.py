"""Broken data is told before anything starts: by `ivr run`, `ivr doctor` and `ivr conf check` alike."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.cli import main
from ivr.config import Config, Operator
from ivr.datacheck import check_data
from ivr.doctor import state

SHIPPED = Path(__file__).parents[2] / "ivr/data"


@pytest.fixture
def config(tmp_path: Path) -> Config:
    data = tmp_path / "data"
    data.mkdir()
    return replace(Config(), state_dir=tmp_path / "var", data_dir=data)


def write(config: Config, name: str, text: str) -> None:
    assert config.data_dir is not None
    path = config.data_dir / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def test_the_shipped_data_has_no_fault(config: Config) -> None:
    report = check_data(config)
    assert report.faults == report.warnings == ()
    assert [c.status for c in state.data(config)] == ["ok"]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("departments.toml", "", "has no department"),
        ("forms.toml", '[forms.a]\nnames = { ru = "А", en = "A" }\n', "forms.a: fields: is missing"),
        ("menus.toml", "first = [", "menus.toml: is not valid TOML"),
        ("menus.toml", 'first = "x"\n', "'x' is not a menu"),
        ("queues.toml", "[queues", "queues.toml: is not TOML"),
        ("readout.ru.toml", "[broken", "readout.ru.toml"),
        ("prompts.ru.toml", "", "more, which the hotline says"),
        ("prompts.ru.toml", "[broken", "prompts.ru.toml: is not valid TOML"),
        ("sms.tt.toml", "", "sms.tt.toml: has no text for sms/"),
    ],
)
def test_every_broken_file_is_named(config: Config, name: str, text: str, said: str) -> None:
    write(config, name, text)
    faults = check_data(config).faults
    assert faults and all(name in fault for fault in faults) and said in "\n".join(faults)


def test_a_sound_of_the_own_menus_needs_its_text_in_every_language(config: Config) -> None:
    shipped = (SHIPPED / "menus.toml").read_text("utf-8")
    write(config, "menus.toml", shipped.replace('intro = ["menu/main"]', 'intro = ["menu/mine"]'))
    assert [fault.partition(": ")[2].partition(",")[0] for fault in check_data(config).faults] == [
        "has no text for menu/mine"
    ] * 3


def test_a_language_without_its_files_is_told_file_by_file(config: Config) -> None:
    faults = check_data(replace(config, languages=("ru", "de"))).faults
    assert [fault.partition(":")[0] for fault in faults] == ["readout.de.toml", "prompts.de.toml", "sms.de.toml"]


def test_all_faults_come_at_once(config: Config) -> None:
    write(config, "menus.toml", "first = [")
    write(config, "prompts.en.toml", "[broken")
    text = "\n".join(check_data(replace(config, operators=(Operator("101", queues=("nowhere",)),))).faults)
    assert "menus.toml" in text and "prompts.en.toml" in text and "'nowhere' is none of" in text


def test_a_recording_of_no_prompt_is_a_warning(config: Config) -> None:
    for name in ("ru/menu/main.wav", "ru/menu/mian.wav", "ru/menu/main.mp3"):
        write(config, f"recordings/{name}", "")
    assert [Path(w.partition(":")[0]).name for w in check_data(config).warnings] == ["main.mp3", "mian.wav"]
    assert {c.status for c in state.data(config)} == {"warn"}


@pytest.fixture
def broken(config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IVR_STATE_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("IVR_ASTERISK_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("IVR_DATA_DIR", str(config.data_dir))
    write(config, "menus.toml", "first = [")
    write(config, "prompts.ru.toml", "")
    return tmp_path


def test_run_starts_nothing_on_broken_data(broken: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run"]) == 2
    said = capsys.readouterr().err
    assert "menus.toml: is not valid TOML" in said and "prompts.ru.toml: has no text for" in said
    assert not (broken / "var").exists() and not (broken / "cache").exists()


def test_conf_check_lists_broken_data(broken: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["conf", "check", "--json"]) == 1
    assert "menus.toml" in json.loads(capsys.readouterr().out)["faults"][0]


def test_doctor_lists_broken_data(broken: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--json"]) == 1
    rows = [row for row in json.loads(capsys.readouterr().out) if row["name"] == "data"]
    assert rows[0]["status"] == "fail" and "menus.toml" in rows[0]["what"] and rows[0]["remedy"]


def test_prompts_missing_lists_what_has_no_text(broken: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (broken / "data/menus.toml").unlink()
    assert main(["prompts", "missing", "--language", "ru", "--voice", "espeak"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert "prompts.ru.toml: say/goodbye: has no text" in lines and re.match(r"\d{3} of ", lines[-1])


def test_notes_beside_recordings_are_left_alone_and_many_strays_are_counted(config: Config) -> None:
    for name in ("README.txt", "ru/script.csv", *(f"de/n/{number}.wav" for number in range(30))):
        write(config, f"recordings/{name}", "")
    warnings = check_data(config).warnings
    assert len(warnings) == 9 and "22 more" in warnings[-1] and "README" not in "".join(warnings)


def test_recorded_talks_beside_them_are_no_recordings_of_prompts(config: Config) -> None:
    # without data_dir both kinds are in the state folder's
    alone = replace(config, data_dir=None)
    for name in ("2026-11-26/1795679624x5-1795679673-101.wav", "ru/queue/saty.wav"):
        path = alone.state_dir / "recordings" / name
        path.parent.mkdir(parents=True)
        path.write_bytes(b"")
    (warning,) = check_data(alone).warnings
    assert "ru/queue/saty.wav: a recording of no prompt" in warning


def shipped(name: str) -> str:
    return (SHIPPED / name).read_text("utf-8")


def test_queues_that_fit_neither_regions_nor_categories_are_told_all_at_once(config: Config) -> None:
    plan = shipped("queues.toml").replace('region = "39"', 'region = "00"').replace('"northwest"', '"98"')
    plan = plan.replace('zone = "Asia/Kamchatka"', 'zone = "Asia/Magadan"').replace('["recovery"]', '["recovering"]')
    write(config, "queues.toml", plan.replace("[categories.recovery]", "[categories.recover]"))
    faults = [fault.partition("queues.toml: ")[2] for fault in check_data(config).faults]
    known = "signin, services, recovery, identity, applications, other"
    assert faults == [
        "sites.kaliningrad: region: there is no region '00' in regions.csv",
        "sites.kaliningrad: serves: there is no region '98' in regions.csv",
        "sites.kamchatka: zone: Asia/Magadan is not the clock of region 41 (Asia/Kamchatka)",
        f"queues.experts: categories: 'recovering' is none of {known}",
        f"categories.recover: is none of {known}",
    ]


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("regions.csv", "Asia/Kamchatka", "Asia/Kamtschatka", "Asia/Kamtschatka"),
        ("calendars.toml", "[deadlines", "[deadlnes", "calendars.toml"),
        ("holidays.2026.toml", "status", "statue", "holidays.2026.toml"),
    ],
)
def test_broken_regions_and_calendars_are_named(config: Config, name: str, old: str, new: str, said: str) -> None:
    assert old in shipped(name)
    write(config, name, shipped(name).replace(old, new))
    assert said in "\n".join(check_data(config).faults)


def test_a_default_region_that_does_not_exist_is_told(config: Config) -> None:
    (fault,) = check_data(replace(config, default_region="00")).faults
    assert "default_region: there is no region '00'" in fault


def test_a_language_that_no_site_speaks_is_a_warning(config: Config) -> None:
    write(config, "queues.toml", shipped("queues.toml").replace('"tt"', '"fi"'))
    report = check_data(config)
    assert report.faults == () and len(report.warnings) == 2
    assert "tt is offered, but no site speaks it" in report.warnings[0]


def test_a_language_of_a_queue_that_is_not_offered_is_a_warning(config: Config) -> None:
    write(config, "queues.toml", shipped("queues.toml").replace('["ru", "en"]', '["ru", "en", "eng"]'))
    report = check_data(config)
    assert report.faults == ()
    assert [warning.partition("queues.toml: ")[2] for warning in report.warnings] == [
        f"queues.{name}: languages: 'eng' is not offered to callers; offered are ru, en, tt"
        for name in ("kaliningrad", "moscow", "vladivostok", "experts")
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('02 = ["10-11"]', '2 = ["10-11"]', "holidays.regions.2: is not a region's code of two digits"),
        ('moving_regions = ["01"', 'moving_regions = ["1"', "holidays.moving_regions: '1': is not a region's code"),
        ('02 = ["10-11"]', '98 = ["10-11"]', "holidays of region '98': there is no such region in regions.csv"),
        ('moving_regions = ["01"', 'moving_regions = ["98"', "holidays of region '98': there is no such region"),
    ],
)
def test_holidays_of_no_region_are_told(config: Config, old: str, new: str, said: str) -> None:
    assert old in shipped("calendars.toml")
    write(config, "calendars.toml", shipped("calendars.toml").replace(old, new))
    (fault,) = check_data(config).faults
    assert said in fault


def test_regions_that_are_hardly_meant_are_warnings(config: Config) -> None:
    rows = shipped("regions.csv").splitlines()
    at = {row.partition(",")[0]: number for number, row in enumerate(rows)}
    rows[at["02"]] = rows[at["02"]].replace(",347,", ",347 301,")  # Buryatia's
    rows[at["04"]] = rows[at["04"]].replace(",388,", ",,")
    del rows[at["01"]]
    write(config, "regions.csv", "\n".join(rows))
    report = check_data(config)
    assert report.faults == ()
    assert [warning.partition("regions.csv: ")[2] for warning in report.warnings] == [
        "area code 301 is shared by regions of different clocks: 03 (Asia/Irkutsk), 02 (Asia/Yekaterinburg); "
        "who calls is asked",
        "region 04 Altai Republic has no area codes: its fixed lines are known by the numbering plan only",
        "region 01 Republic of Adygea is missing: its callers get the default time",
    ]


def test_a_file_that_replaces_nothing_is_a_warning(config: Config) -> None:
    for name in ("quues.toml", "holidays.2028.toml", "notes.txt", "of_another_kind.csv"):
        write(config, name, 'year = 2028\nstatus = "draft"\nsource = "none"\n' if "2028" in name else "")
    folder = config.data_dir
    assert check_data(config).warnings == (
        f"{folder}/of_another_kind.csv: replaces no data file",
        f"{folder}/quues.toml: replaces no data file; is queues.toml meant?",
    )


def test_notices_need_their_texts_and_no_fields_but_their_own(config: Config) -> None:
    shipped = (SHIPPED / "sms.en.toml").read_text("utf-8")
    write(
        config, "sms.en.toml", shipped.replace("callback-soon", "callback-so").replace("ending in {number}", "{name}")
    )
    lacking, *unknown = (fault.partition(": ")[2] for fault in check_data(config).faults)
    assert lacking == "has no text for sms/callback-soon, which tell of callbacks and faults"
    assert len(unknown) == 5 and all("{name} is none of its fields" in fault for fault in unknown)
