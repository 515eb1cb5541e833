"""Provisioning with a stand-in for mmdebstrap: whole or nothing, once, resumable."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ivr.errors import PbxError
from ivr.pbx.find import NEEDED_MODULES
from ivr.pbx.provision import Provisioner, find_tool, read_packages

_GOOD = """
import pathlib, platform, sys
tree = pathlib.Path(sys.argv[-1]); log = pathlib.Path(__file__).with_name('runs')
log.write_text((log.read_text() if log.exists() else '') + 'run\\n')
binary = tree / 'usr/sbin/asterisk'; binary.parent.mkdir(parents=True)
binary.write_text("#!/bin/sh\\necho 'Asterisk 22.10.1'\\n"); binary.chmod(0o755)
modules = tree / f'usr/lib/{platform.machine()}-linux-gnu/asterisk/modules'; modules.mkdir(parents=True)
for name in NEEDED: (modules / name).touch()
(tree / 'usr/share/doc').mkdir(parents=True); (tree / 'var/lib').mkdir(parents=True)
""".replace("NEEDED", repr(NEEDED_MODULES))
_BROKEN = """
import pathlib, sys
tree = pathlib.Path(sys.argv[-1]); archives = tree / 'var/cache/apt/archives'; archives.mkdir(parents=True)
(archives / 'asterisk_22.deb').write_text('x'); (tree / 'locked').mkdir(mode=0)
print('E: the network is away', file=sys.stderr); sys.exit(25)
"""


def tool(folder: Path, code: str) -> str:
    path = folder / "mmdebstrap"
    path.write_text("#!/usr/bin/env python3\n" + code)
    path.chmod(0o755)
    return str(path)


def provisioner(folder: Path, code: str, said: list[str] | None = None) -> Provisioner:
    said = [] if said is None else said
    return Provisioner(folder / "cache", said.append, ("asterisk",), tool=tool(folder, code))


def test_the_tree_gets_its_name_only_when_it_is_whole(tmp_path: Path) -> None:
    work = provisioner(tmp_path, _GOOD)
    install = work.provide()
    assert install.origin == "provisioned" and str(work.target) in install.binary[-1]
    assert not (work.target / "usr/share/doc").exists() and not (work.target / "var").exists()
    assert sorted(p.name for p in work.cache.iterdir()) == [work.target.name, "provision.lock"]


def test_a_second_time_does_nothing(tmp_path: Path) -> None:
    work = provisioner(tmp_path, _GOOD)
    assert work.provide() == work.provide()
    assert (tmp_path / "runs").read_text() == "run\n"


def test_a_failure_leaves_nothing_half_and_keeps_the_downloads(tmp_path: Path) -> None:
    work = provisioner(tmp_path, _BROKEN)
    with pytest.raises(PbxError, match="the network is away"):
        work.provide()
    assert sorted(p.name for p in work.cache.iterdir()) == ["downloads", "provision.lock"]
    assert (work.cache / "downloads/asterisk_22.deb").exists() and work.existing() is None


def test_a_retry_takes_the_kept_downloads_and_removes_what_a_kill_left(tmp_path: Path) -> None:
    with pytest.raises(PbxError):
        provisioner(tmp_path, _BROKEN).provide()
    (tmp_path / "cache/.partial-killed/tree/usr").mkdir(parents=True)
    work = provisioner(tmp_path, "import sys, pathlib\nhook = next(a for a in sys.argv if 'hook=' in a)\n"
                       "assert str(pathlib.Path(__file__).parent / 'cache/downloads') in hook\n" + _GOOD)
    work.provide()
    assert sorted(p.name for p in work.cache.iterdir()) == [work.target.name, "provision.lock"]


def test_two_at_once_unpack_it_once(tmp_path: Path) -> None:
    gate = threading.Barrier(2, timeout=10)
    work = provisioner(tmp_path, _GOOD)

    def go() -> str:
        gate.wait()
        return work.provide().version

    with ThreadPoolExecutor(2) as pool:
        assert [f.result() for f in [pool.submit(go), pool.submit(go)]] == ["22.10.1"] * 2
    assert (tmp_path / "runs").read_text() == "run\n"


def test_a_tree_without_asterisk_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PbxError, match="has no asterisk"):
        provisioner(tmp_path, "import sys, pathlib; pathlib.Path(sys.argv[-1]).mkdir()").provide()


def test_another_package_list_is_another_folder(tmp_path: Path) -> None:
    one, two = (Provisioner(tmp_path, print, packages).target for packages in [("a",), ("a", "b")])
    assert one != two and one == Provisioner(tmp_path, print, ("a",)).target


def test_without_any_means_one_line_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(PbxError, match="apt-get install mmdebstrap") as caught:
        find_tool(tmp_path, print, str(tmp_path))
    assert "\n" not in str(caught.value)


def test_the_package_list_is_read_without_comments() -> None:
    packages = read_packages()
    assert "asterisk" in packages and not any("#" in p or " " in p for p in packages)
