"""systemd/hotline-ivr: an administrator's `ivr` is that of the units, whatever his own surroundings are."""

import os
import pwd
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.docker.dockerfile import PROJECT

FOLDER = PROJECT / "systemd"
ROOT = os.geteuid() == 0
#: Whoever the units run as: root becomes somebody else.
USER = "nobody" if ROOT else pwd.getpwuid(os.geteuid()).pw_name
URL = "postgresql://hotline:p$a%20s;s`#x@127.0.0.1/hotline"


@dataclass(frozen=True)
class Machine:
    """As after systemd/README.md, below `folder`; its `ivr` tells what it was started with."""

    folder: Path

    @property
    def dropin(self) -> Path:
        return self.folder / "units" / "hotline.conf"

    @property
    def secrets(self) -> Path:
        return self.folder / "environment"

    def ivr(self, *words: str, env: Mapping[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
        return subprocess.run([str(self.folder / "hotline-ivr"), *words], env={**os.environ, **(env or {})},
                              capture_output=True, text=True, check=False)  # fmt: skip

    def told(self, *words: str, env: Mapping[str, str] | None = None) -> dict[str, str]:
        """The variables and, under "who", "where" and "words", what else `ivr` was started with."""
        done = self.ivr(*words, env=env)
        assert done.returncode == 0 and not done.stderr, done.stderr
        return dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)


@pytest.fixture
def machine() -> Iterator[Machine]:
    # not below tmp_path, into which nobody else may look
    folder = Path(tempfile.mkdtemp(prefix="hotline-ivr-"))
    folder.chmod(0o755)
    made = Machine(folder)
    program = folder / "hotline" / ".venv" / "bin" / "ivr"
    program.parent.mkdir(parents=True)
    program.write_text('#!/bin/sh\nenv\necho "who=$(id -un)"\necho "where=$(pwd)"\necho "umask=$(umask)"\n'
                       'printf "words="\nfor word; do printf "<%s>" "$word"; done\necho\n')  # fmt: skip
    program.chmod(0o755)
    made.dropin.parent.mkdir()
    text = (FOLDER / "ivr-.service.d" / "hotline.conf").read_text("utf-8")
    assert text.count("User=hotline\n") == text.count("=/opt/hotline\n") == 1
    made.dropin.write_text(
        text.replace("User=hotline\n", f"User={USER}\n")
        .replace("=/opt/hotline\n", f"={folder}/hotline\n")
        .replace("/etc/hotline/environment", str(made.secrets))
    )
    script = folder / "hotline-ivr"
    text = (FOLDER / "hotline-ivr").read_text("utf-8")
    assert "/etc/systemd/system/ivr-.service.d\n" in text
    script.write_text(text.replace("/etc/systemd/system/ivr-.service.d\n", f"{made.dropin.parent}\n"))
    script.chmod(0o755)
    yield made
    shutil.rmtree(folder)


def test_it_is_the_hotline_of_the_units_and_not_the_one_of_the_folder(machine: Machine) -> None:
    machine.secrets.write_text(f"# the database\n\nIVR_DATABASE_URL={URL}\nIVR_SMS_KEY='a b'\n")
    machine.secrets.chmod(0o600)
    told = machine.told("backup", "make", "/backup/a file", env={"IVR_STATE_DIR": "/elsewhere", "IVR_WEB_PORT": "1"})
    text = machine.dropin.read_text("utf-8")
    units = dict(pair.split("=", 1) for pair in re.findall(r"^Environment=(.*)$", text, re.MULTILINE))
    assert {name: value for name, value in told.items() if name.startswith("IVR_")} == {
        **units, "IVR_DATABASE_URL": URL, "IVR_SMS_KEY": "a b",
    }  # fmt: skip
    assert len(units) == 3
    assert told["words"] == "<backup><make></backup/a file>"
    assert (told["who"], told["where"], told["umask"]) == (USER, f"{machine.folder}/hotline", "0077")
    assert told["HOME"] == pwd.getpwnam(USER).pw_dir


def test_what_an_administrator_adds_to_the_units_holds_here_too(machine: Machine) -> None:
    (machine.dropin.parent / "own.conf").write_text("[Service]\nEnvironment=IVR_STATE_DIR=/srv/hotline\n")
    assert machine.told("doctor")["IVR_STATE_DIR"] == "/srv/hotline"


def test_a_job_of_cron_finds_all_that_it_calls(machine: Machine) -> None:
    # Debian's cron: /usr/bin and /bin, but runuser is in /usr/sbin
    assert machine.told("backup", "make", "/backup", env={"PATH": "/usr/bin:/bin"})["who"] == USER


def test_its_result_is_that_of_the_command(machine: Machine) -> None:
    (machine.folder / "hotline/.venv/bin/ivr").write_text("#!/bin/sh\nexit 3\n")
    assert machine.ivr("doctor").returncode == 3


@pytest.mark.parametrize("line", ["IVR_X=a\\b", "IVR_X=\"a'b", "words", "1X=a", "A B=c"])
def test_what_it_would_read_otherwise_than_systemd_is_refused_and_not_shown(machine: Machine, line: str) -> None:
    machine.secrets.write_text(f"{line}\n")
    done = machine.ivr("doctor")
    assert done.returncode == 2 and not done.stdout
    assert done.stderr.startswith(f"hotline-ivr: {machine.secrets}: ") and line not in done.stderr


def test_units_with_several_variables_on_a_line_are_refused(machine: Machine) -> None:
    (machine.dropin.parent / "own.conf").write_text("[Service]\nEnvironment=IVR_A=1 IVR_B=2\n")
    assert machine.ivr("doctor").returncode == 2


def test_without_units_it_says_so(machine: Machine) -> None:
    machine.dropin.unlink()
    assert "systemd/README.md" in machine.ivr("doctor").stderr


def test_operations_names_no_ivr_that_would_read_another_hotline_s_settings() -> None:
    text = (PROJECT / "docs" / "operations.md").read_text("utf-8")
    assert not re.findall(r"(?:^|[`&|] ?|/)ivr [a-z]+.*", text.partition("\n## ")[2], re.MULTILINE)
    jobs = re.findall(r"^\d+ \d+ \* \* \* +(\S+) +(.*)$", text, re.MULTILINE)
    assert [(user, shlex.split(words)[0]) for user, words in jobs] == [("root", "/usr/local/sbin/hotline-ivr")]
