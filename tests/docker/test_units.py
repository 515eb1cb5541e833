"""The units of systemd/: what they start there is, they are whole, and they may do little."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ivr.cli import _parser, main
from ivr.config import load_config
from tests.docker.dockerfile import PROJECT

FOLDER = PROJECT / "systemd"
IVR = "/opt/hotline/.venv/bin/ivr"
SERVICES = ("ivr-hotline.service", "ivr-retention.service", "ivr-callbacks.service")
#: Of systemd-analyze, in tenths; 10.0 is a service that may do everything.
_MOST_EXPOSED = 20


def starts(unit: str) -> list[str]:
    """The command that a service starts."""
    [line] = re.findall(r"^ExecStart=(.*)$", (FOLDER / unit).read_text("utf-8"), re.MULTILINE)
    return shlex.split(line)


def environment() -> dict[str, str]:
    text = (FOLDER / "ivr-.service.d/hotline.conf").read_text("utf-8")
    return dict(pair.split("=", 1) for pair in re.findall(r"^Environment=(.*)$", text, re.MULTILINE))


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    """The units as an administrator has them, those that `ivr callbacks install` prints among them."""
    folder = tmp_path / "units"
    shutil.copytree(FOLDER, folder)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IVR_STATE_DIR", str(tmp_path / "elsewhere"))
    assert main(["callbacks", "install", "--print", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    (folder / "ivr-callbacks.service").write_text(printed["service"])
    (folder / "ivr-callbacks.timer").write_text(printed["timer"])
    ours = str(Path(sys.executable).with_name("ivr"))
    for service in folder.glob("*.service"):
        service.write_text(service.read_text("utf-8").replace(IVR, ours))
    return folder


def analyze(*arguments: str) -> str:
    """What systemd-analyze says. Raises AssertionError where it has faults to tell."""
    done = subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and not done.stderr, done.stdout + done.stderr
    return done.stdout


def test_what_units_start_are_commands_that_there_are() -> None:
    hotline, retention = starts("ivr-hotline.service"), starts("ivr-retention.service")
    assert hotline[0] == retention[0] == IVR
    assert _parser(hotline[1:]).parse_args(hotline[1:]).part is None
    assert _parser(retention[1:]).parse_args(retention[1:]).action == "run"


def test_a_stop_takes_longer_than_calls_may_last() -> None:
    text = (FOLDER / "ivr-hotline.service").read_text("utf-8")
    [limit] = re.findall(r"^TimeoutStopSec=(\d+)$", text, re.MULTILINE)
    assert int(limit) > 2 * _parser(["run"]).parse_args(["run"]).drain


def test_the_loss_of_one_process_does_not_end_the_others() -> None:
    lines = (FOLDER / "ivr-hotline.service").read_text("utf-8").splitlines()
    # systemd.service(5): by default one process killed for want of memory ends the unit; and whoever is started again
    # finds an Asterisk that has gone on only if it was left alone
    assert {"OOMPolicy=continue", "KillMode=process", "Restart=always"} <= {*lines}


def test_the_folders_of_the_settings_are_those_that_systemd_makes() -> None:
    text = (FOLDER / "ivr-.service.d/hotline.conf").read_text("utf-8")
    config = load_config(environ={k: v for k, v in environment().items() if k != "IVR_CONFIG_FILE"})
    assert f"\nStateDirectory={config.state_dir.relative_to('/var/lib')}\n" in text
    assert f"\nCacheDirectory={config.asterisk_cache.relative_to('/var/cache')}\n" in text


def test_the_manual_lets_no_program_of_two_versions_run_and_root_none_that_the_service_may_change() -> None:
    text = (PROJECT / "docs" / "operations.md").read_text("utf-8")
    [steps] = [block for block in text.split("```")[1::2] if "db upgrade" in block]
    pulled, stopped = steps.index("git pull"), steps.index("systemctl stop ivr-hotline")
    for unit in SERVICES[1:]:
        assert steps.index(f"{unit.removesuffix('.service')}.timer") < steps.index(unit) < pulled < stopped
    assert stopped < steps.index("systemd/ivr-*") < steps.index("daemon-reload") < steps.index("db upgrade")
    assert pulled < steps.index("pbx provision")
    # what lies in the cache, such as the Asterisk that was fetched, is the service's to change
    lines = re.findall(r"^.*\bPROGRAM .*-rx.*$", text, re.MULTILINE)
    assert lines and all(line.startswith("runuser -u hotline -- ") for line in lines), lines


def test_systemd_finds_no_fault(installed: Path) -> None:
    analyze("verify", "--man=no", *map(str, [*installed.glob("*.service"), *installed.glob("*.timer")]))


@pytest.mark.parametrize("unit", SERVICES)
def test_no_service_may_do_much(installed: Path, unit: str) -> None:
    analyze("security", "--offline=true", "--no-pager", f"--threshold={_MOST_EXPOSED}", str(installed / unit))


def test_a_unit_without_the_common_rules_would_be_noticed(installed: Path) -> None:
    shutil.rmtree(installed / "ivr-.service.d")
    with pytest.raises(AssertionError):
        analyze("security", "--offline=true", "--no-pager", f"--threshold={_MOST_EXPOSED}",
                str(installed / SERVICES[0]))  # fmt: skip
    with (installed / SERVICES[0]).open("a") as unit:
        unit.write("[Service]\nProtectSytem=strict\n")
    with pytest.raises(AssertionError, match="ProtectSytem"):
        analyze("verify", "--man=no", str(installed / SERVICES[0]))
