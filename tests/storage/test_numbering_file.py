"""The plan on disk: whole or not at all, whoever reads meanwhile and whatever happens to it."""

import errno
import fcntl
import os
import threading
from array import array
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ivr.domain.numbering import NumberingPlan, PlanFile, Territory
from ivr.errors import DataError
from ivr.storage.numbering_file import NumberingFile, importing, load_plan, save_plan

AT = datetime(2026, 3, 2, 12, 0, 1, 5, tzinfo=UTC)
YAKUTIA = Territory("Республика Саха (Якутия)", ("14",), "41154")
NOBODY = Territory("Тмутаракань", known=False)


def plan(size: int = 1000) -> NumberingPlan:
    return NumberingPlan(
        array("Q", [4110000000, 9000000000]),
        array("Q", [4110000999, 9000000000 + size - 1]),
        array("H", [0, 1]),
        [YAKUTIA, NOBODY],
        [PlanFile("ABC-4xx", "ABC-4xx.csv", 1, 1000, AT)],
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "numbering" / "plan.bin"


def content(plan: NumberingPlan | None) -> object:
    return plan and (list(plan.ranges()), plan.files)


def test_what_is_saved_is_read_again(path: Path) -> None:
    save_plan(path, plan())
    read = load_plan(path)
    assert content(read) == content(plan())
    assert read.find(4110000500) == YAKUTIA
    assert [p.name for p in path.parent.iterdir()] == ["plan.bin"]


def test_no_byte_can_be_lost_or_changed_without_notice(path: Path) -> None:
    save_plan(path, plan())
    whole = path.read_bytes()
    for at in range(len(whole)):
        path.write_bytes(whole[:at])
        with pytest.raises(DataError, match=r"plan\.bin: .*import the plan again: ivr regions import"):
            load_plan(path)
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(DataError):
            load_plan(path)
    path.write_bytes(whole + b"x")
    with pytest.raises(DataError):
        load_plan(path)


def test_a_running_program_takes_the_new_plan_and_keeps_the_same_while_there_is_none(path: Path) -> None:
    file = NumberingFile(path)
    assert file.current() is None
    save_plan(path, plan())
    first = file.current()
    assert content(first) == content(plan())
    assert file.current() is first
    save_plan(path, plan(2000))
    assert content(file.current()) == content(plan(2000))
    path.unlink()
    assert file.current() is None


def test_a_broken_plan_is_reported_once_and_the_one_before_stays(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    save_plan(path, plan())
    file, late = NumberingFile(path), NumberingFile(path)
    first = file.current()
    path.write_bytes(path.read_bytes()[:-1])
    assert file.current() is first
    assert file.current() is first
    assert late.current() is None
    errors = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert len(errors) == 2
    assert errors[0].endswith("the plan read before stays in force")
    assert errors[1].endswith("area codes alone are used")
    save_plan(path, plan(2000))
    assert content(file.current()) == content(late.current()) == content(plan(2000))


def test_a_place_that_cannot_be_looked_at_is_no_fault_of_the_call(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "numbering").write_text("no folder")
    file = NumberingFile(tmp_path / "numbering" / "plan.bin")
    assert file.current() is None
    assert file.current() is None
    assert len(caplog.records) == 1


@pytest.mark.parametrize("error", [OSError(errno.EMFILE, os.strerror(errno.EMFILE)), MemoryError()])
def test_a_plan_that_could_not_be_read_at_one_moment_is_read_at_the_next(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    save_plan(path, plan())
    file = NumberingFile(path)
    first = file.current()
    save_plan(path, plan(2000))

    def short(_: Path) -> bytes:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", short)
        assert file.current() is first
        assert file.current() is first
    told = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert len(told) == 1
    assert told[0].endswith("the plan read before stays in force")
    assert content(file.current()) == content(plan(2000))


def test_a_reader_never_sees_half_a_plan(path: Path) -> None:
    plans = [plan(1000), plan(2000)]
    wanted = [content(p) for p in plans]
    save_plan(path, plans[0])
    file, stop, seen, strange = NumberingFile(path), threading.Event(), set(), []

    def read() -> None:
        while not stop.is_set():
            found = content(file.current())
            if found not in wanted:
                strange.append(found)
                return
            seen.add(wanted.index(found))

    reader = threading.Thread(target=read)
    reader.start()
    for turn in range(2000):
        save_plan(path, plans[turn % 2])
        if turn >= 100 and len(seen) == 2:
            break
    stop.set()
    reader.join()
    assert strange == []
    assert seen == {0, 1}


@pytest.mark.parametrize("call", ["fsync", "fchmod"])
def test_a_full_disk_leaves_the_old_plan_and_no_litter(path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    save_plan(path, plan())

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, call, full)
    with pytest.raises(DataError, match="No space left on device; the plan in force is unchanged"):
        save_plan(path, plan(2000))
    assert content(load_plan(path)) == content(plan())
    assert [p.name for p in path.parent.iterdir()] == ["plan.bin"]


def test_two_imports_at_once_do_not_lose_one_anothers_part(path: Path) -> None:
    with importing(path):
        with pytest.raises(DataError, match="another import is running"), importing(path):
            pass
        with (path.parent / "import.lock").open() as lock, pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with importing(path):
        pass


def test_what_a_killed_import_left_is_swept_by_the_next(path: Path) -> None:
    save_plan(path, plan())
    left = path.parent / ".plan.bin.abc123"
    left.write_bytes(b"half a plan")
    with importing(path):
        assert not left.exists()
    assert content(load_plan(path)) == content(plan())
