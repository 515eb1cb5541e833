"""The queue_log is read to its end and on, through rotations, each line once."""

from pathlib import Path

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


def test_parts_that_were_read_and_removed_are_not_missed(file: Path) -> None:
    log = QueueLogFile(file)
    write(file, *lines(100, 3))
    _, place = read_all(log, LogPlace())
    file.unlink()
    write(file.with_name("queue_log.3"), *lines(50, 2))
    write(file, *lines(300, 2))
    assert read_all(log, place)[0] == lines(300, 2)


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
