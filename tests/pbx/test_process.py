"""A real private Asterisk: boots, answers, is found again, stops; and what is said when it cannot."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr.errors import PbxError
from ivr.pbx.find import tree_install
from ivr.pbx.instance import Instance
from ivr.pbx.paths import AsteriskInstall, InstancePaths
from ivr.pbx.process import Asterisk


@pytest.fixture
def install(provisioned: Path) -> AsteriskInstall:
    found = tree_install(provisioned, "provisioned")
    assert found is not None
    return found


@pytest.fixture
def paths(tmp_path: Path) -> Iterator[InstancePaths]:
    paths = InstancePaths.under(tmp_path)
    yield paths
    for file in paths.run.glob("*"):
        file.unlink()
    if paths.run.exists():
        paths.run.rmdir()


def files(paths: InstancePaths, install: AsteriskInstall, modules: str = "") -> dict[str, str]:
    folders = {"astetcdir": paths.etc, "astmoddir": install.modules, "astvarlibdir": paths.lib, "astdbdir": paths.lib,
               "astkeydir": paths.keys, "astdatadir": paths.data, "astagidir": paths.agi_bin,
               "astspooldir": paths.spool, "astrundir": paths.run, "astlogdir": paths.log}
    lines = "".join(f"{name} => {folder}\n" for name, folder in folders.items())
    return {"asterisk.conf": f"[directories]\n{lines}", "modules.conf": f"[modules]\nautoload = no\n{modules}",
            "logger.conf": "[logfiles]\nmessages.log => error,warning\n", "extensions.conf": "[nothing]\n"}


async def test_it_boots_answers_reloads_and_stops(install: AsteriskInstall, paths: InstancePaths) -> None:
    instance = Instance(paths, install)
    assert instance.write(files(paths, install)) == (True, ())
    assert instance.write(files(paths, install)) == (False, ())
    asterisk = Asterisk(install, paths)
    assert asterisk.left_over() is None
    child = await asterisk.start()
    assert install.version in (await asterisk.command("core show version") or "")
    left = asterisk.left_over()
    assert left is not None and left.pid == child.pid
    await asterisk.reload()
    await asterisk.stop(child)
    assert child.ended and await child.wait() == 0
    assert asterisk.left_over() is None


async def test_after_kill_9_it_starts_again_over_the_stale_socket(
    install: AsteriskInstall, paths: InstancePaths
) -> None:
    Instance(paths, install).write(files(paths, install))
    asterisk = Asterisk(install, paths)
    first = await asterisk.start()
    first.send(signal.SIGKILL)
    assert await first.wait() == -signal.SIGKILL
    second = await asterisk.start()
    await asterisk.stop(second, 0)
    assert second.ended


async def test_an_asterisk_that_ends_at_start_says_its_last_words(
    install: AsteriskInstall, paths: InstancePaths
) -> None:
    Instance(paths, install).write(files(paths, install, "require = nothing_like_it.so\n"))
    with pytest.raises(PbxError, match="ended at start"):
        await Asterisk(install, paths).start()


def test_files_are_private_and_a_hand_edit_is_kept_aside(install: AsteriskInstall, paths: InstancePaths) -> None:
    instance = Instance(paths, install)
    instance.write({**files(paths, install), "agi-bin/wish": "#!/bin/sh\n"})
    assert paths.root.stat().st_mode & 0o77 == 0 and paths.conf.stat().st_mode & 0o777 == 0o600
    assert (paths.agi_bin / "wish").stat().st_mode & 0o700 == 0o700
    (paths.etc / "extensions.conf").write_text("[mine]\n")
    assert instance.write(files(paths, install)) == (True, ("extensions.conf",))
    assert (paths.etc / "extensions.conf.by-hand").read_text() == "[mine]\n"


def test_a_deep_state_folder_gets_a_short_run_folder(tmp_path: Path) -> None:
    deep = InstancePaths.under(tmp_path / ("x" * 100))
    assert len(str(deep.socket)) < 100 and deep.run != InstancePaths.under(tmp_path / ("y" * 100)).run
