"""docker/Dockerfile against the settings, the provisioning and the commands."""

import inspect
import re

import pytest

from ivr.cli import _parser
from ivr.config import Config
from ivr.pbx.provision import PACKAGES, SUITE, read_packages
from ivr.storage.schema import upgrade
from tests.docker.dockerfile import PROJECT, Context, environment, stages

STAGES = stages()
IMAGES = ("asterisk", "controller")
USER = "10001:10001"


def test_every_stage_is_built_on_the_suite_of_the_provisioning() -> None:
    bases = {stage.base for stage in STAGES.values()}
    assert bases - set(STAGES) == {f"debian:{SUITE}-slim"}


def test_the_packages_of_asterisk_are_in_one_file_that_the_provisioning_reads_too() -> None:
    runs = [step.text for stage in STAGES.values() for step in stage.steps if step.word == "RUN"]
    lists = re.findall(r"docker/install\.sh (\S+)", "\n".join(runs))
    assert lists == ["docker/packages.txt", "docker/packages-build.txt", "asterisk-conf/packages.txt",
                     "docker/packages-pages.txt", "docker/packages-controller.txt"]  # fmt: skip
    assert "docker/install.sh asterisk-conf/packages.txt" in [step.text for step in STAGES["pbx"].steps]
    assert not [text for text in runs if "apt" in text]
    assert STAGES["asterisk"].base == "pbx" and PROJECT / "asterisk-conf/packages.txt" == PACKAGES
    assert "asterisk" in read_packages()
    others = {name for each in lists if not each.startswith("asterisk") for name in read_packages(PROJECT / each)}
    assert not {name for name in others if "asterisk" in name}


def test_the_python_packages_are_those_that_are_tested() -> None:
    installs = [step.text for stage in STAGES.values() for step in stage.steps if "pip" in step.text]
    assert len(installs) == 1 and "--constraint requirements.lock" in installs[0]


@pytest.mark.parametrize("name", IMAGES)
def test_an_image_runs_as_a_user_who_is_not_root(name: str) -> None:
    assert STAGES[name].last("USER").text == USER
    made = (PROJECT / "docker/user.sh").read_text("utf-8")
    assert "--uid 10001" in made and "--gid 10001" in made


@pytest.mark.parametrize("name", IMAGES)
def test_what_an_image_starts_and_how_it_is_asked_for_its_health_are_commands_that_there_are(name: str) -> None:
    entry, command = STAGES[name].last("ENTRYPOINT").argv, STAGES[name].last("CMD").argv
    assert entry == ["ivr"] and _parser(command).parse_args(command).part == name
    asked = STAGES[name].last("HEALTHCHECK").argv
    assert asked[0] == "ivr" and _parser(asked[1:]).parse_args(asked[1:]).part == name


@pytest.mark.parametrize("name", IMAGES)
def test_a_start_that_upgrades_the_tables_is_not_taken_for_a_failure(name: str) -> None:
    [seconds] = re.findall(r"--start-period=(\d+)s", STAGES[name].last("HEALTHCHECK").text)
    assert int(seconds) >= inspect.signature(upgrade).parameters["patience"].default + 60


def test_the_ports_are_the_defaults_of_the_settings() -> None:
    config = Config()
    assert STAGES["asterisk"].last("EXPOSE").text == (
        f"{config.sip_port}/udp {config.sip_tls_port}/tcp {config.rtp_start}-{config.rtp_end}/udp"
    )
    assert STAGES["controller"].last("EXPOSE").text == str(config.web_port)


def test_the_folders_of_the_images_are_made_for_their_user() -> None:
    given = environment(STAGES, "asterisk")
    made = (PROJECT / "docker/user.sh").read_text("utf-8")
    for name in ("IVR_STATE_DIR", "IVR_ASTERISK_CACHE"):
        assert re.search(rf"{given[name]}(\s|$)", made)


def test_no_secret_can_come_into_an_image() -> None:
    context = Context()
    for private in ("var/secrets.json", "hotline.toml", "docker/secrets/database_url", "docker/secrets/hotline.toml",
                    "docker/own/tls/privkey.pem", ".env", ".git/config",
                    "docker/hotline.example.toml", "ivr/web/node_modules/x/a.js"):  # fmt: skip
        assert not context.has(private), private
    for needed in ("ivr/cli.py", "ivr/data/menus.toml", "dialplan/agi-bin/callback_wish.py", "docker/install.sh",
                   "asterisk-conf/packages.txt", "requirements.lock", "ivr/web/package-lock.json"):  # fmt: skip
        assert context.has(needed), needed
    words = re.compile("password|secret|token", re.IGNORECASE)
    named = [step.text for stage in STAGES.values() for step in stage.steps if step.word in ("ENV", "ARG")]
    assert named and not [text for text in named if words.search(text)]


def test_the_state_that_the_sounds_are_made_in_does_not_stay() -> None:
    making = next(step.text for step in STAGES["asterisk"].steps if "--set-up" in step.text)
    folder = re.search(r"IVR_STATE_DIR=(\S+)", making)
    assert folder and making.endswith(f"&& rm -r {folder[1]}")


def test_no_file_names_a_registry_s_host() -> None:
    named = {step.text for stage in STAGES.values() for step in stage.steps}
    assert not [text for text in named if "://" in text]
    assert not [stage.base for stage in STAGES.values() if "/" in stage.base]
