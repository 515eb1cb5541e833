"""Each fault of the settings is told once, at the place where it was made."""

from pathlib import Path

import pytest

from ivr.config import load_config
from ivr.errors import ConfigError


def faults(file: Path | None = None, environ: dict[str, str] | None = None, **flags: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_config(file, environ or {}, **flags)
    return caught.value.faults


@pytest.mark.parametrize("kind", ["nothing", "file"])
def test_a_data_dir_that_is_no_folder_is_refused(tmp_path: Path, kind: str) -> None:
    (tmp_path / "file").touch()
    [fault] = faults(environ={"IVR_DATA_DIR": str(tmp_path / kind)})
    assert fault == f"environment: IVR_DATA_DIR: '{tmp_path / kind}' is not an existing folder"


def test_a_data_dir_that_exists_is_taken(tmp_path: Path) -> None:
    assert load_config(None, {"IVR_DATA_DIR": str(tmp_path)}).data_dir == tmp_path


@pytest.mark.parametrize("url", ["mysql://u:hidden@h/x", "hidden", "/var/hidden.db", "sqlite", "oracle+x://hidden"])
def test_a_database_of_another_kind_is_refused_without_showing_it(url: str) -> None:
    [fault] = faults(environ={"IVR_DATABASE_URL": url})
    assert "sqlite" in fault and "postgresql" in fault and "hidden" not in fault


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////x/y.db",
        "sqlite+aiosqlite:///y.db",
        "postgresql://u:p@h/n",
        "postgres://h/n",
        "postgresql+asyncpg://u:p@h/n",
    ],
)
def test_our_databases_are_taken(url: str) -> None:
    assert load_config(None, {"IVR_DATABASE_URL": url}).database == url


@pytest.mark.parametrize(("one", "other"), [("agi", "ami"), ("ami", "web"), ("agi", "web")])
def test_two_services_cannot_share_a_port(one: str, other: str) -> None:
    [fault] = faults(environ={f"IVR_{name.upper()}_PORT": "7777" for name in (one, other)})
    assert f"{one}_port" in fault and f"{other}_port" in fault and "7777" in fault


def test_a_doubled_name_is_told_once(tmp_path: Path) -> None:
    file = tmp_path / "hotline.toml"
    trunk = '[[trunks]]\nname = "alpha"\naddresses = ["127.0.0.1"]\n'
    file.write_text(trunk * 3 + '[[operators]]\nlogin = "101"\n' * 2)
    assert faults(file) == [f"{file}: trunk 'alpha': name: used 3 times", f"{file}: operator '101': login: used twice"]


def test_a_fault_is_told_where_it_was_made(tmp_path: Path) -> None:
    file = tmp_path / "hotline.toml"
    file.write_text("agi_port = 0\n")
    found = faults(file, {"IVR_SIP_PORT": "0"}, web_port="99999")
    assert [fault.partition(" is not")[0] for fault in found] == [
        "environment: IVR_SIP_PORT: 0",
        f"{file}: agi_port: 0",
        "--web-port: 99999",
    ]


def test_without_a_file_none_is_blamed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    [fault] = faults(environ={"IVR_LANGUAGES": "en"})
    assert fault.startswith("settings: default_language: 'ru'")


@pytest.mark.parametrize("text", ["noon", "2026-01-15", "2026-01-15T09:00:00", "09:00+03:00"])
def test_a_test_time_without_day_hour_or_offset_is_refused(text: str) -> None:
    [fault] = faults(environ={"IVR_TEST_TIME": text})
    assert fault.startswith(f"environment: IVR_TEST_TIME: '{text}' is not a moment with its offset")


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "1971-12-31T23:59Z", "2199-01-01T00:00Z",
                                  "9999-12-31T23:59:59-12:00"])  # fmt: skip
def test_a_test_time_that_no_calendar_reaches_is_refused(text: str) -> None:
    [fault] = faults(environ={"IVR_TEST_TIME": text})
    assert fault.startswith(f"environment: IVR_TEST_TIME: '{text}' is not") and "years 1972 to 2198" in fault


@pytest.mark.parametrize(
    "text", ["", "1972-01-01T00:00+14:00", "2198-12-31T23:59-12:00", "2026-01-15T09:00:00+03:00", "2026-01-15T06:00Z"]
)
def test_a_moment_or_nothing_is_a_test_time(text: str) -> None:
    assert load_config(None, {"IVR_TEST_TIME": text}).test_time == text


@pytest.mark.parametrize("code", ["7", "Moscow", "777", ""])
def test_a_default_region_is_a_code_of_two_digits(code: str) -> None:
    [fault] = faults(environ={"IVR_DEFAULT_REGION": code})
    assert "IVR_DEFAULT_REGION" in fault and "two digits" in fault
