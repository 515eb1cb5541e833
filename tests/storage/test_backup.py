"""A hotline in use is backed up and put back elsewhere: tickets, callbacks, accounts, the plan, secrets are there."""

import asyncio
import gzip
import hashlib
import io
import json
import os
import socket
import sqlite3
import stat
import subprocess
import tarfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ivr.cli import main
from ivr.storage.numbering_file import load_plan, plan_path, save_plan
from ivr.storage.schema import upgrade
from ivr.storage.store import open_storage
from tests.addresses import free_port
from tests.storage.conftest import _database, _execute
from tests.storage.test_callbacks import kept
from tests.storage.test_numbering_file import content, plan
from tests.storage.test_tickets import made

AT = datetime(2026, 11, 25, 9, tzinfo=UTC)
Say = pytest.CaptureFixture[str]


@dataclass(frozen=True)
class House:
    """One hotline: its settings are those of a folder, its database is at `url`."""

    folder: Path
    url: str
    use: Callable[["House"], None]

    @property
    def state(self) -> Path:
        return self.folder / "state"

    def ivr(self, *words: str) -> int:
        self.use(self)
        return main(list(words))

    def ask(self, capsys: Say, *words: str) -> Any:
        capsys.readouterr()
        assert self.ivr(*words, "--json") == 0
        return json.loads(capsys.readouterr().out)


@pytest.fixture(params=["sqlite", "postgresql"])
def houses(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], House]:
    """Makes hotlines whose databases are empty."""

    def use(house: House) -> None:
        house.folder.mkdir(exist_ok=True)
        monkeypatch.chdir(house.folder)
        monkeypatch.setenv("IVR_STATE_DIR", str(house.state))
        monkeypatch.setenv("IVR_DATABASE_URL", house.url)
        monkeypatch.setenv("IVR_AGI_PORT", str(free_port()))

    def make(name: str) -> House:
        if request.param == "sqlite":
            return House(tmp_path / name, f"sqlite:///{tmp_path / name / 'state' / 'hotline.db'}", use)
        return House(tmp_path / name, _database(request.getfixturevalue("postgres"), "template1"), use)

    return make


FILES = {
    "state/secrets.json": b'{"ami": "secret"}',
    "state/recordings/ru/hello.wav": b"own voice",
    "state/incidents/1/ru.wav": b"a known fault",
    "state/spool/wishes/1.json": b"{}",
    "state/asterisk/log/queue_log": b"1764061200|NONE|NONE|NONE|QUEUESTART|\n",
    "my-data/prompts.ru.toml": b"# own words\n",
}
TALK = "state/recordings/2026-11-25/1764061200x5-1764061200-103.wav"


def fill(house: House, capsys: Say) -> None:
    """All that a used hotline has."""
    for name, data in {**FILES, TALK: b"a talk"}.items():
        file = house.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    (house.folder / "hotline.toml").write_text('did = "78001234567"\ndata_dir = "my-data"\n')
    lib = house.state / "asterisk" / "lib"
    lib.mkdir(parents=True)
    with closing(sqlite3.connect(lib / "astdb.sqlite3")) as astdb:
        astdb.execute("CREATE TABLE astdb (key TEXT PRIMARY KEY, value TEXT)")
        astdb.execute("INSERT INTO astdb VALUES ('/Queue/PersistentMembers/common', 'PJSIP/op-101')")
        astdb.commit()
    save_plan(plan_path(house.state), plan())
    asyncio.run(_rows(house.url))
    house.ask(capsys, "users", "add", "anna", "--name", "Анна", "--roles", "supervisor")


async def _rows(url: str) -> None:
    await upgrade(url)
    async with open_storage(url, 30) as storage:
        assert await storage.tickets.add(*made())
        await kept(storage.callbacks, "promised")
        await kept(storage.callbacks, "kept", "done")
        storage.journal.write("c1", AT, "start", {"caller": "+79161234567"})


def listed(house: House, capsys: Say) -> dict[str, Any]:
    return {" ".join(words): house.ask(capsys, *words)
            for words in (["tickets", "list"], ["tickets", "show", made()[0].number], ["callbacks", "list"],
                          ["callbacks", "show", "promised"], ["users", "list"], ["calls", "list"])}  # fmt: skip


def test_all_of_it_is_there_again_on_another_machine(houses: Callable[[str], House], capsys: Say) -> None:
    here, there = houses("here"), houses("there")
    fill(here, capsys)
    file = here.folder.parent / "b.tar.gz"
    made_ = here.ask(capsys, "backup", "make", str(file))
    assert (made_["file"], made_["recordings"], made_["bytes"]) == (str(file), False, file.stat().st_size)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    checked = here.ask(capsys, "backup", "check", str(file))
    assert {"database", "state/asterisk/lib/astdb.sqlite3", "settings/hotline.toml"} <= {*checked["files"]}
    before = listed(here, capsys)
    found = there.ask(capsys, "backup", "restore", str(file))
    assert {name: found[name] for name in ("tickets", "callbacks", "callbacks_pending", "users")} == {
        "tickets": 1, "callbacks": 2, "callbacks_pending": 1, "users": 1,
    }  # fmt: skip
    assert listed(there, capsys) == before
    for name, data in FILES.items():
        # own data stand where the settings that came along say
        restored = there.folder / name
        assert restored.read_bytes() == data, name
        assert stat.S_IMODE(restored.stat().st_mode) == 0o600
    assert not (there.folder / TALK).exists()
    assert (there.folder / "hotline.toml").read_bytes() == (here.folder / "hotline.toml").read_bytes()
    assert content(load_plan(plan_path(there.state))) == content(plan())
    with closing(sqlite3.connect(there.state / "asterisk" / "lib" / "astdb.sqlite3")) as astdb:
        assert astdb.execute("SELECT value FROM astdb").fetchall() == [("PJSIP/op-101",)]
    assert there.ivr("db", "check") == 0
    assert not [each.name for each in there.state.iterdir() if each.name.startswith(".")]
    capsys.readouterr()


def test_recordings_of_talks_come_along_when_asked_for(houses: Callable[[str], House], capsys: Say) -> None:
    here, there = houses("here"), houses("there")
    fill(here, capsys)
    folder = here.folder.parent / "backups"
    folder.mkdir()
    file = here.ask(capsys, "backup", "make", "--recordings", str(folder))["file"]
    there.ask(capsys, "backup", "restore", file)
    assert (there.folder / TALK).read_bytes() == b"a talk"


def test_what_is_there_is_kept_aside_and_only_when_asked_for(houses: Callable[[str], House], capsys: Say) -> None:
    here, there = houses("here"), houses("there")
    fill(here, capsys)
    file = str(here.folder.parent / "b.tar.gz")
    here.ask(capsys, "backup", "make", file)
    there.ask(capsys, "users", "add", "boris", "--name", "Борис", "--roles", "operator")
    (there.folder / "hotline.toml").write_text('did = "78007654321"\n')
    there.state.mkdir(exist_ok=True)
    (there.state / "secrets.json").write_text('{"ami": "other"}')
    assert there.ivr("backup", "restore", file) == 2
    assert "there is a hotline here already (the database, and more)" in capsys.readouterr().err
    assert [user["login"] for user in there.ask(capsys, "users", "list")] == ["boris"]
    there.ask(capsys, "backup", "restore", file, "--replace")
    assert [user["login"] for user in there.ask(capsys, "users", "list")] == ["anna"]
    assert "78007654321" in (there.folder / "hotline.toml").read_text()
    assert "78001234567" in (there.folder / "hotline.toml.from-backup").read_text()
    (aside,) = there.state.glob("before-restore-*")
    assert (aside / "state" / "secrets.json").read_text() == '{"ami": "other"}'
    # once more changes nothing but what is kept aside, and needs the word again
    assert there.ivr("backup", "restore", file) == 2
    capsys.readouterr()
    there.ask(capsys, "backup", "restore", file, "--replace")
    assert [user["login"] for user in there.ask(capsys, "users", "list")] == ["anna"]
    if there.url.startswith("sqlite"):
        for old in there.state.glob("hotline.db.before-*"):
            assert old.suffix in ("-wal", "-shm") or _logins(old) <= {"anna", "boris"}


@pytest.mark.parametrize("houses", ["postgresql"], indirect=True)
@pytest.mark.parametrize("used", [False, True])
def test_a_backup_of_another_schema_is_refused_and_what_is_there_stays(
    houses: Callable[[str], House], used: bool, capsys: Say
) -> None:
    here, there = houses("here"), houses("there")
    fill(here, capsys)
    file = str(here.folder.parent / "b.tar.gz")
    here.ask(capsys, "backup", "make", file)
    asyncio.run(_execute(there.url, "CREATE SCHEMA elsewhere"))
    asyncio.run(_execute(there.url, f"ALTER DATABASE {there.url.rpartition('/')[2]} SET search_path = elsewhere"))
    if used:
        there.ask(capsys, "users", "add", "boris", "--name", "Борис", "--roles", "operator")
    assert there.ivr("backup", "restore", file, "--replace") == 2
    assert "a schema of another name" in capsys.readouterr().err
    if used:
        assert [user["login"] for user in there.ask(capsys, "users", "list")] == ["boris"]


@pytest.mark.parametrize("rotated", [False, True])
def test_a_longer_queue_log_that_is_there_stays_and_counting_goes_on_in_it(
    houses: Callable[[str], House], rotated: bool, capsys: Say
) -> None:
    here = houses("here")
    fill(here, capsys)
    file = str(here.folder.parent / "b.tar.gz")
    here.ask(capsys, "backup", "make", file)
    log = here.state / "asterisk" / "log" / "queue_log"
    later = log.read_text() + "1764061300|c7|common|NONE|ENTERQUEUE||+79161234567|1\n"
    log.write_text(later)
    if rotated:
        log.rename(log.with_name("queue_log.0"))
        log.write_text("1764070000|NONE|NONE|NONE|QUEUESTART|\n")
    here.ask(capsys, "backup", "restore", file, "--replace")
    parts = {each.name: each.read_text() for each in log.parent.glob("queue_log*")}
    assert parts == ({"queue_log": "1764070000|NONE|NONE|NONE|QUEUESTART|\n", "queue_log.0": later} if rotated
                     else {"queue_log": later})  # fmt: skip


def _logins(file: Path) -> set[str]:
    with closing(sqlite3.connect(file)) as database:
        return {login for (login,) in database.execute("SELECT login FROM users")}


@contextmanager
def _in_use(url: str) -> Iterator[list[str]]:
    """Tickets are opened one after the other meanwhile; the numbers of those that are stored."""
    stored: list[str] = []
    begun, stop = threading.Event(), threading.Event()

    async def use() -> None:
        async with open_storage(url, 30) as storage:
            body = 1_000_000
            while not stop.is_set():
                body += 1
                ticket, event = made(body=body, call_id=f"use{body}")
                assert await storage.tickets.add(ticket, event)
                stored.append(ticket.number)
                if len(stored) > 20:
                    begun.set()

    thread = threading.Thread(target=lambda: asyncio.run(use()))
    thread.start()
    assert begun.wait(60)
    try:
        yield stored
    finally:
        stop.set()
        thread.join()


def test_a_backup_taken_while_calls_run_is_of_one_moment(houses: Callable[[str], House], capsys: Say) -> None:
    here, there = houses("here"), houses("there")
    fill(here, capsys)
    file = str(here.folder.parent / "b.tar.gz")
    with _in_use(here.url) as stored:
        before = [*stored]
        here.ask(capsys, "backup", "make", file)
        meanwhile = len(stored) - len(before)
    assert meanwhile > 0
    there.ask(capsys, "backup", "restore", file)

    async def histories() -> dict[str, int]:
        async with open_storage(there.url, 30) as storage:
            tickets = await storage.tickets.list(limit=100_000)
            told = await storage.tickets.histories([ticket.number for ticket in tickets])
            return {ticket.number: len(told.get(ticket.number, [])) for ticket in tickets}

    found = asyncio.run(histories())
    assert {*before} <= {*found} and {*found.values()} == {1}


def test_a_hotline_that_runs_is_not_replaced(houses: Callable[[str], House], capsys: Say, tmp_path: Path) -> None:
    here = houses("here")
    fill(here, capsys)
    file = str(tmp_path / "b.tar.gz")
    here.ask(capsys, "backup", "make", file)
    here.use(here)
    with socket.create_server(("127.0.0.1", int(os.environ["IVR_AGI_PORT"]))):
        assert main(["backup", "restore", file, "--replace"]) == 2
    assert "a controller runs here" in capsys.readouterr().err
    lock = str(here.state / "run.lock")
    code = f"import fcntl,time; f=open({lock!r},'w'); fcntl.flock(f,2); print(1,flush=True); time.sleep(60)"
    with subprocess.Popen(["python3", "-c", code], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None and other.stdout.readline()
        assert here.ivr("backup", "restore", file, "--replace") == 2
        other.kill()
    assert "a hotline runs here" in capsys.readouterr().err
    if not here.url.startswith("sqlite"):
        with _in_use(here.url):
            assert here.ivr("backup", "restore", file, "--replace") == 2
        assert "of the hotline are open" in capsys.readouterr().err


@pytest.fixture
def backup(houses: Callable[[str], House], capsys: Say) -> tuple[House, Path]:
    here = houses("here")
    fill(here, capsys)
    file = here.folder.parent / "b.tar.gz"
    here.ask(capsys, "backup", "make", str(file))
    return houses("there"), file


def _again(file: Path, change: Callable[[str, bytes], tuple[str, bytes]]) -> None:
    """Write the backup anew with other members."""
    with tarfile.open(file) as tar:
        members = [(m.name, tar.extractfile(m).read()) for m in tar.getmembers()]  # type: ignore[union-attr]
    with tarfile.open(file, "w:gz") as tar:
        for name, data in (change(*member) for member in members):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def _flip(file: Path) -> None:
    _again(file, lambda name, data: (name, data + b"x" if name == "state/secrets.json" else data))


def _out(file: Path) -> None:
    _again(file, lambda name, data: ("../elsewhere" if name == "state/secrets.json" else name, data))


def _revision(file: Path, revision: str) -> None:
    def change(name: str, data: bytes) -> tuple[str, bytes]:
        return name, json.dumps({**json.loads(data), "revision": revision}).encode() if name == "about.json" else data

    _again(file, change)
    with tarfile.open(file) as tar:  # its sums are right
        members = {m.name: tar.extractfile(m).read() for m in tar.getmembers()}  # type: ignore[union-attr]
    lines = "".join(f"{hashlib.sha256(d).hexdigest()}  {n}\n" for n, d in members.items() if n != "SHA256SUMS")
    _again(file, lambda name, data: (name, lines.encode() if name == "SHA256SUMS" else data))


def _newer(file: Path) -> None:
    _revision(file, "9999")


def _nonsense(file: Path) -> None:
    file.write_bytes(gzip.compress(b"no tar"))


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (_cut, "cannot be read to its end"),
        (_flip, "is damaged (state/secrets.json"),
        (_out, "is no backup of a hotline"),
        (_newer, "made by a newer version"),
        (_nonsense, "cannot be read to its end"),
        (lambda file: file.write_text("text"), "is no backup of a hotline"),
        (lambda file: file.unlink(), "no such file"),
    ],
)
def test_a_backup_that_cannot_be_used_is_refused_before_anything_is_touched(
    backup: tuple[House, Path], harm: Callable[[Path], None], said: str, capsys: Say
) -> None:
    there, file = backup
    harm(file)
    for words in (["check"], ["restore"]):
        assert there.ivr("backup", *words, str(file)) == 2
        assert said in capsys.readouterr().err
    assert not there.state.exists()
    assert not (there.folder / "hotline.toml").exists()


def test_a_database_of_another_revision_than_the_backup_says_does_not_take_the_place_of_what_is_there(
    backup: tuple[House, Path], capsys: Say
) -> None:
    there, file = backup
    there.ask(capsys, "users", "add", "boris", "--name", "Борис", "--roles", "operator")
    _revision(file, "0001")
    assert there.ivr("backup", "restore", str(file), "--replace") == 2
    assert "says that it is of revision 0001, its database is of" in capsys.readouterr().err
    assert [user["login"] for user in there.ask(capsys, "users", "list")] == ["boris"]


def test_a_file_that_is_there_is_not_overwritten_and_half_a_backup_is_none(
    backup: tuple[House, Path], monkeypatch: pytest.MonkeyPatch, capsys: Say
) -> None:
    there, file = backup
    before = file.read_bytes()
    there.ivr("db", "upgrade")
    assert there.ivr("backup", "make", str(file)) == 2
    assert "is there already" in capsys.readouterr().err
    assert file.read_bytes() == before

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ivr.commands._backup_archive.Writer.file", full)
    assert there.ivr("backup", "make", str(file.with_name("none.tar.gz"))) == 2
    assert "No space left" in capsys.readouterr().err
    assert [each.name for each in file.parent.glob("*tar*")] == [file.name]
    assert [each.name for each in file.parent.glob(".*")] == []


def test_the_other_kind_of_database_and_an_empty_one_are_told(
    backup: tuple[House, Path], tmp_path: Path, capsys: Say
) -> None:
    there, file = backup
    sqlite = there.url.startswith("sqlite")
    other = House(tmp_path / "other", "postgresql://ivr:x@127.0.0.1:1/x" if sqlite else f"sqlite:///{tmp_path}/o.db",
                  there.use)  # fmt: skip
    assert other.ivr("backup", "restore", str(file)) == 2
    assert "set database_url" in capsys.readouterr().err
    assert there.ivr("backup", "make", str(tmp_path / "empty.tar.gz")) == 2
    assert ("is not there: nothing to back up" if sqlite else "run `ivr db upgrade`") in capsys.readouterr().err
    if sqlite:
        there.state.mkdir(exist_ok=True)
        (there.state / "hotline.db").touch()
        assert there.ivr("backup", "make", str(tmp_path / "empty.tar.gz")) == 2
        assert "run `ivr db upgrade`" in capsys.readouterr().err
    assert not (tmp_path / "empty.tar.gz").exists()
