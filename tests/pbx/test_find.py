"""Which Asterisk is used."""

from pathlib import Path

import pytest

from ivr.errors import PbxError
from ivr.pbx.find import NEEDED_MODULES, faults_of, find_machine, find_named, tree_install
from ivr.pbx.provision import Provisioner, choose, find_only


def quiet(words: str) -> None:
    """Nobody listens."""


def fake(prefix: Path, version: str = "22.10.1", modules: tuple[str, ...] = NEEDED_MODULES) -> Path:
    binary = prefix / "sbin/asterisk"
    binary.parent.mkdir(parents=True)
    binary.write_text(f"#!/bin/sh\necho 'Asterisk {version}~dfsg'\n")
    binary.chmod(0o755)
    folder = prefix / "lib/asterisk/modules"
    folder.mkdir(parents=True)
    for name in modules:
        (folder / name).touch()
    return binary


def test_a_good_asterisk_of_the_machine_is_used(tmp_path: Path) -> None:
    binary = fake(tmp_path)
    install, reason = find_machine(str(binary.parent))
    assert install is not None and reason == ""
    assert (install.binary, install.version, install.major, install.origin) == (
        (str(binary),), "22.10.1", 22, "machine")
    assert install.modules == tmp_path / "lib/asterisk/modules"


@pytest.mark.parametrize(("version", "modules", "words"), [
    ("18.26.4", NEEDED_MODULES, "older than 21"),
    # its Queue() takes other arguments
    ("20.15.0", NEEDED_MODULES, "older than 21"),
    ("22.1.0", NEEDED_MODULES[:1], "res_agi.so"),
    ("", NEEDED_MODULES, "does not tell its version"),
])
def test_a_poor_asterisk_of_the_machine_is_passed_over_and_said_why(
    tmp_path: Path, version: str, modules: tuple[str, ...], words: str
) -> None:
    install, reason = find_machine(str(fake(tmp_path, version, modules).parent))
    assert install is None and words in reason


def test_the_named_binary_wins_over_the_machines(tmp_path: Path) -> None:
    named, machine = fake(tmp_path / "a", "21.5.0"), fake(tmp_path / "b")
    install = choose(str(named), Provisioner(tmp_path / "cache", quiet), str(machine.parent))
    assert (install.version, install.origin) == ("21.5.0", "named")


@pytest.mark.parametrize("version", ["16.2.1", ""])
def test_a_named_binary_that_is_not_good_is_refused_not_replaced(tmp_path: Path, version: str) -> None:
    named, machine = fake(tmp_path / "a", version), fake(tmp_path / "b")
    with pytest.raises(PbxError, match="IVR_ASTERISK"):
        find_only(str(named), Provisioner(tmp_path / "cache", quiet), str(machine.parent))


def test_a_named_binary_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(PbxError, match="is not a program"):
        find_named(str(tmp_path / "nothing"))


def test_without_any_there_is_none_to_find(tmp_path: Path) -> None:
    assert find_only("", Provisioner(tmp_path, quiet), str(tmp_path)) is None


def test_the_provisioned_one_runs_through_its_own_loader(provisioned: Path) -> None:
    install = tree_install(provisioned, "provisioned")
    assert install is not None
    assert install.major >= 21 and "ld-linux" in install.binary[0]
    assert faults_of(install) == [] and (install.data / "moh").is_dir()


def test_a_binary_named_inside_a_tree_uses_the_trees_libraries(provisioned: Path) -> None:
    install = find_named(str(provisioned / "usr/sbin/asterisk"))
    assert "--library-path" in install.binary and install.origin == "named"
