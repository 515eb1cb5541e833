"""The queue_log is read to its end and on, through rotations, each line once."""

import os
from pathlib import Path
from typing import Any

import pytest

from ivr.pbx.queue_log import QueueLogFile
from ivr.services.live_ports import LogPlace


def lines(first: int, count: int) -> list[str]:
    return [f"{first + n}|1.{n}|east|NONE|ENTERQUEUE|" for n in range(count)]


def write(file: Path, *more: str, end: str = "\n") -> None:
    with file.open("a") as log:
        log.write("".join(f"{line}\n" for line in more[:-1]) + more[-1] + end)


def read_all(log: QueueLogFile, place: LogPlace) -> tuple[list[str], LogPlace]:
    found: list[str] = []
    while True:
        more, after = log.read(place)
        if after == place:
            return found, place
        found, place = found + more, after


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "queue_log"


def test_only_whole_lines_are_read_and_each_once(file: Path) -> None:
    log = QueueLogFile(file)
    write(file, *lines(100, 3), "104|1", end="")
    first, place = read_all(log, LogPlace())
    assert first == lines(100, 3)
    write(file, ".9|east|NONE|ABANDON|1|1|1")
    assert read_all(log, place)[0] == ["104|1.9|east|NONE|ABANDON|1|1|1"]


def test_what_was_written_before_a_rotation_is_read_after_it(file: Path) -> None:
    log = QueueLogFile(file)
    write(file, *lines(100, 3))
    _, place = read_all(log, LogPlace())
    write(file, *lines(200, 2))
    file.rename(file.with_name("queue_log.0"))
    write(file, *lines(300, 2))
    file.rename(file.with_name("queue_log.1"))
    write(file, *lines(400, 2))
    assert read_all(log, place)[0] == lines(200, 2) + lines(300, 2) + lines(400, 2)


def rotate(file: Path) -> None:
    """As Asterisk does: the newest of the old ones is .0."""
    for number in range(9, -1, -1):
        part = file.with_name(f"queue_log.{number}")
        if part.exists():
            part.rename(file.with_name(f"queue_log.{number + 1}"))
    file.rename(file.with_name("queue_log.0"))


def test_parts_that_are_renumbered_with_every_rotation_are_read_in_their_order(file: Path) -> None:
    log = QueueLogFile(file)
    write(file, *lines(100, 3))
    _, place = read_all(log, LogPlace())
    for begin in (200, 300, 400):
        write(file, *lines(begin, 2))
        rotate(file)
    assert read_all(log, place)[0] == lines(200, 2) + lines(300, 2) + lines(400, 2)
    write(file, *lines(500, 2))
    assert read_all(log, LogPlace())[0] == lines(100, 3) + [x for n in (200, 300, 400, 500) for x in lines(n, 2)]


def test_two_parts_of_one_second_are_read_in_the_order_in_which_they_were_written(file: Path) -> None:
    parts = [["100|NONE|NONE|NONE|QUEUESTART|"], ["100|NONE|NONE|NONE|CONFIGRELOAD|"]]
    for at, part in enumerate(parts):
        write(file, *part)
        rotate(file)
        os.utime(file.with_name("queue_log.0"), (1000 + at, 1000 + at))
    write(file, *lines(200, 1))
    assert read_all(QueueLogFile(file), LogPlace())[0] == parts[0] + parts[1] + lines(200, 1)


@pytest.mark.parametrize("moment", range(12))
def test_a_rotation_while_the_parts_are_looked_for_loses_and_doubles_nothing(
    file: Path, moment: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = QueueLogFile(file)
    for begin in (100, 200):
        write(file, *lines(begin, 2))
        rotate(file)
    write(file, *lines(300, 2))
    first, place = log.read(LogPlace())
    looks, stat, opened = 0, Path.stat, Path.open

    def look() -> None:
        nonlocal looks
        looks += 1
        if looks == moment + 1:
            # before the next look: a new file may be there already, with more in it than in the old one
            with monkeypatch.context() as patch:
                patch.setattr(Path, "stat", stat)
                patch.setattr(Path, "open", opened)
                rotate(file)
                write(file, *lines(400, 5))

    def stat_(self: Path, **more: bool) -> object:
        look()
        return stat(self, **more)

    def open_(self: Path, *more: Any) -> object:
        look()
        return opened(self, *more)

    monkeypatch.setattr(Path, "stat", stat_)
    monkeypatch.setattr(Path, "open", open_)
    found, place = read_all(log, place)
    monkeypatch.undo()
    if looks <= moment:
        pytest.fail("the rotation was never made")
    rest, _ = read_all(log, place)
    assert first + found + rest == [x for n in (100, 200, 300) for x in lines(n, 2)] + lines(400, 5)


def test_which_parts_are_not_read_to_their_end(file: Path) -> None:
    log = QueueLogFile(file)
    assert log.unread(LogPlace()) == set()
    write(file, *lines(100, 3))
    _, place = read_all(log, LogPlace())
    assert log.unread(LogPlace()) == {file} and log.unread(place) == set()
    write(file, *lines(200, 1))
    rotate(file)
    first = file.with_name("queue_log.0")
    assert log.unread(place) == {first}
    write(file, *lines(300, 1))
    assert log.unread(place) == log.unread(LogPlace("50|gone", 9)) == {first, file}
    _, place = read_all(log, place)
    assert log.unread(place) == set()


def test_parts_that_were_read_and_removed_are_not_missed(file: Path) -> None:
    log = QueueLogFile(file)
    write(file, *lines(100, 3))
    _, place = read_all(log, LogPlace())
    file.unlink()
    write(file.with_name("queue_log.3"), *lines(50, 2))
    write(file, *lines(300, 2))
    assert read_all(log, place)[0] == lines(300, 2)


@pytest.mark.parametrize("more", [0, 2])
def test_an_older_copy_of_a_rotated_part_is_not_read_and_the_reading_ends(file: Path, more: int) -> None:
    log = QueueLogFile(file)
    write(file, *lines(100, 5))
    _, place = log.read(LogPlace())
    write(file, *lines(200, 3))
    rotate(file)
    # a backup is put back
    write(file, *lines(100, 5 - more))
    after = place
    found: list[str] = []
    for _ in range(9):
        some, after = log.read(after)
        found += some
    assert found == lines(200, 3)
    assert log.unread(after) == set()


def test_of_two_parts_that_are_alike_the_one_that_is_written_counts(file: Path) -> None:
    log = QueueLogFile(file)
    write(file, *lines(100, 1))
    rotate(file)
    write(file, *lines(100, 1))
    first, place = read_all(log, LogPlace())
    write(file, *lines(101, 1))
    assert first + read_all(log, place)[0] == [*lines(100, 1), *lines(101, 1)]


def test_a_long_log_is_read_in_pieces(file: Path) -> None:
    many = lines(100, 20_000)
    write(file, *many)
    first, place = QueueLogFile(file).read(LogPlace())
    assert 0 < len(first) < len(many)
    assert first + read_all(QueueLogFile(file), place)[0] == many


def test_without_a_log_that_is_said(file: Path) -> None:
    with pytest.raises(OSError, match="no queue_log"):
        QueueLogFile(file).read(LogPlace())
    file.write_text("100|no whole")
    with pytest.raises(OSError, match="no queue_log"):
        QueueLogFile(file).read(LogPlace())
