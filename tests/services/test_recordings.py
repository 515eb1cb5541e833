"""Recordings come into the books as they are written, are listened to on record, and go by rule."""

import os
import wave
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ivr.domain.audit import AuditEntry
from ivr.domain.recordings import Recording, SoundFile, overdue, recording_of
from ivr.errors import StorageError
from ivr.services import ports
from ivr.services.recording_ports import Recorder, Recordings
from ivr.services.recordings import NotRecorded, RecordingDesk, Retention
from ivr.storage.recordings import RecordingFiles
from ivr.testing import MemoryJournal

AT = datetime(2026, 11, 25, 9, tzinfo=UTC)
CALL = "1764061200x5"


class Rows(Recordings):
    def __init__(self) -> None:
        self.rows: dict[str, Recording] = {}
        #: how many recordings each transaction had; how many may be kept until the database is too slow
        self.kept: list[int] = []
        self.patience = 1_000_000

    async def keep(self, found: Sequence[Recording]) -> None:
        if len(found) > self.patience:
            raise StorageError
        self.patience -= len(found)
        self.kept.append(len(found))
        for each in found:
            known = self.rows.get(each.file)
            self.rows[each.file] = replace(known, seconds=each.seconds) if known else each

    async def of_call(self, call_id: str) -> list[Recording]:
        return [each for each in self.rows.values() if each.call_id == call_id]

    async def of_day(self, day: str) -> list[Recording]:
        return [each for each in self.rows.values() if each.file.startswith(f"{day}/")]

    async def deleted(self, files: Iterable[str], at: datetime) -> None:
        for file in files:
            if self.rows[file].deleted_at is None:
                self.rows[file] = replace(self.rows[file], deleted_at=at)


class Books(ports.Audit):
    def __init__(self) -> None:
        self.entries: list[AuditEntry] = []
        self.away = False

    async def record(self, entry: AuditEntry) -> int:
        if self.away:
            raise StorageError
        self.entries.append(entry)
        return len(self.entries)

    async def settle(self, id: int, outcome: str) -> None: ...

    async def latest(self, limit: int, before: int = 0, action: str = "", target: str = "") -> list[AuditEntry]:
        return [e for e in reversed(self.entries) if e.action == action and e.target == target][:limit]


class Tape(Recorder):
    def __init__(self) -> None:
        self.muted: list[bool] = []
        self.talk = (CALL, "103")

    async def mute(self, call_id: str, operator: str, on: bool) -> bool:
        if (call_id, operator) == self.talk:
            self.muted.append(on)
        return (call_id, operator) == self.talk


class House:
    def __init__(self, root: Path, free_mb: int = 0) -> None:
        self.root, self.rows, self.books, self.journal, self.tape = root, Rows(), Books(), MemoryJournal(), Tape()
        self.files = RecordingFiles(root)
        self.desk = RecordingDesk(self.rows, self.files, self.books, self.journal, self.tape, free_mb, 90)

    def write(self, seconds: int, day: str = "2026-11-25", call: str = CALL, at: datetime = AT) -> str:
        """A complete recording; its name."""
        file = f"{day}/{call}-{int(at.timestamp())}-103.wav"
        (self.root / day).mkdir(parents=True, exist_ok=True)
        with wave.open(str(self.root / file), "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(2)
            sound.setframerate(8000)
            sound.writeframes(b"\1\0" * 8000 * seconds)
        return file

    def half(self, seconds: int, changed: datetime) -> str:
        """A recording whose header says nothing: it goes on, or broke off."""
        file = self.write(seconds)
        raw = bytearray((self.root / file).read_bytes())
        raw[40:44] = b"\0\0\0\0"
        (self.root / file).write_bytes(raw)
        os.utime(self.root / file, (changed.timestamp(), changed.timestamp()))
        return file

    async def states(self) -> list[tuple[int, str]]:
        return [(each.seconds, state) for each, state in await self.desk.of_call(CALL, AT)]


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path / "recordings")


async def test_a_recording_is_taken_in_and_grows(house: House) -> None:
    file = house.write(2)
    await house.desk.look(AT)
    assert house.rows.rows[file] == Recording(file, CALL, "103", AT, 2)
    house.write(5)
    await house.desk.look(AT + timedelta(seconds=5))
    assert await house.states() == [(5, "ready")]


async def test_what_has_piled_up_comes_in_by_portions_and_none_is_told_twice(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.services.recordings._AT_ONCE", 2)
    for n in range(5):
        house.write(1, call=f"1764061200x{n}")
    house.rows.patience = 3
    with pytest.raises(StorageError):
        await house.desk.look(AT)
    assert len(house.rows.rows) == 2
    house.rows.patience = 3
    await house.desk.look(AT)
    assert len(house.rows.rows) == 5 and house.rows.kept == [2, 2, 1]
    await house.desk.look(AT)
    assert house.rows.kept == [2, 2, 1]


async def test_no_folder_yet_is_no_fault_and_strange_files_are_left_alone(house: House) -> None:
    await house.desk.look(AT)
    house.write(1)
    for name in ("2026-11-25/.hidden", "2026-11-25/other.wav", "2026-11-25/../x"):
        (house.root / name).write_bytes(b"x")
    (house.root / "2026-13-40").mkdir()
    await house.desk.look(AT)
    assert len(house.rows.rows) == 1


async def test_what_can_be_heard_of_a_recording_is_said_plainly(house: House) -> None:
    file = house.half(3, AT - timedelta(seconds=1))
    await house.desk.look(AT)
    assert await house.states() == [(3, "going")]
    house.half(3, AT - timedelta(minutes=5))
    assert await house.states() == [(3, "cut")]
    (house.root / file).write_bytes(b"")
    os.utime(house.root / file, (0, 0))
    assert await house.states() == [(3, "missing")]
    (house.root / file).unlink()
    assert await house.states() == [(3, "missing")]
    assert await house.desk.listen("boss", CALL, file, AT) is None
    await house.rows.deleted([file], AT)
    assert await house.states() == [(3, "deleted")]


async def test_who_listens_stands_in_the_audit_before_he_hears_anything(house: House) -> None:
    file = house.write(2)
    await house.desk.look(AT)
    house.books.away = True
    with pytest.raises(StorageError):
        await house.desk.listen("boss", CALL, file, AT)
    house.books.away = False
    for seconds in (0, 5, 3600):
        assert await house.desk.listen("boss", CALL, file, AT + timedelta(seconds=seconds)) == house.root / file
    await house.desk.listen("anna", CALL, file, AT)
    assert [(e.who, e.at) for e in await house.desk.listens(CALL)] == [
        ("anna", AT),
        ("boss", AT + timedelta(hours=1)),
        ("boss", AT),
    ]


@pytest.mark.parametrize("file", [
    "../secrets.json", "2026-11-25/../../secrets.json", "/etc/passwd", "2026-11-25/x.wav"])
async def test_no_other_file_is_ever_played(house: House, file: str) -> None:
    house.write(1)
    (house.root.parent / "secrets.json").write_text("x")
    await house.desk.look(AT)
    assert await house.desk.listen("boss", CALL, file, AT) is None
    assert house.files.find(file) is None
    assert house.books.entries == []


async def test_an_operator_pauses_his_own_talk_and_it_is_journalled(house: House) -> None:
    await house.desk.pause(CALL, "103", False, AT)
    await house.desk.pause(CALL, "103", True, AT)
    assert house.tape.muted == [True, False]
    assert house.journal.kinds(CALL) == ["recording", "recording"]
    with pytest.raises(NotRecorded):
        await house.desk.pause(CALL, "101", False, AT)


async def test_with_a_full_disk_no_talk_is_recorded_until_there_is_room_again(tmp_path: Path) -> None:
    house = House(tmp_path / "recordings", free_mb=10**9)
    await house.desk.look(AT)
    assert house.desk.room is False
    house.desk._free_mb = 0
    await house.desk.look(AT)
    assert house.desk.room is True


async def test_the_rule_deletes_what_is_overdue_says_so_and_can_run_again(house: House) -> None:
    old, new = house.write(1, "2026-08-20", at=AT - timedelta(days=97)), house.write(1)
    await house.rows.keep([found for name in (old, new) if (found := recording_of(SoundFile(name, 100, AT)))])
    rule = Retention(house.rows, house.files, 90)
    dry = await rule.run(AT, dry=True)
    assert (dry.count, dry.days) == (1, ["2026-08-20"]) and house.files.find(old)
    done = await rule.run(AT)
    assert (done.kind, done.count, done.faults) == ("recordings", 1, [])
    assert house.files.find(old) is None and house.files.find(new) is not None
    assert house.rows.rows[old].deleted_at == AT and house.rows.rows[new].deleted_at is None
    assert not (house.root / "2026-08-20").exists()
    assert (await rule.run(AT + timedelta(hours=1))).count == 0
    assert house.rows.rows[old].deleted_at == AT


async def test_what_cannot_be_deleted_is_told_and_the_rest_is_deleted(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck = house.write(1, "2026-08-20")
    house.write(1, "2026-08-21")
    delete = RecordingFiles.delete

    def refuse(self: RecordingFiles, file: str) -> None:
        if file == stuck:
            raise StorageError(f"{file}: Permission denied")
        delete(self, file)

    monkeypatch.setattr(RecordingFiles, "delete", refuse)
    done = await Retention(house.rows, house.files, 90).run(AT)
    assert done.count == 1 and "Permission denied" in done.faults[0]
    assert (house.root / "2026-08-20").exists()


async def test_a_day_that_cannot_be_written_down_is_told_and_the_next_ones_are_deleted(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (house.write(1, day, at=AT - timedelta(days=97)) for day in ("2026-08-20", "2026-08-21"))
    await house.rows.keep([found for name in (first, second) if (found := recording_of(SoundFile(name, 100, AT)))])
    of_day = Rows.of_day

    async def away(self: Rows, day: str) -> list[Recording]:
        if day == "2026-08-20":
            raise StorageError("the database is away")
        return await of_day(self, day)

    with monkeypatch.context() as patched:
        patched.setattr(Rows, "of_day", away)
        done = await Retention(house.rows, house.files, 90).run(AT)
    assert (done.count, list(done.faults)) == (2, ["2026-08-20: the database is away"])
    assert (house.rows.rows[first].deleted_at, house.rows.rows[second].deleted_at) == (None, AT)
    # the folder is left, so that the next run knows
    assert not (await Retention(house.rows, house.files, 90).run(AT)).faults
    assert house.rows.rows[first].deleted_at == AT


def test_the_day_a_recording_is_kept_longest() -> None:
    assert not overdue("2026-08-27", 90, AT)
    assert overdue("2026-08-26", 90, AT)
    assert not overdue("notes", 90, AT)
