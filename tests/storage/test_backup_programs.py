"""PostgreSQL's own programs restore all of a backup or nothing, also those that are newer than the server."""

import asyncio
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest

from ivr.storage import postgres_dump
from ivr.storage.dump import dump_of
from tests.storage.test_backup import House, Say, backup, houses

__all__ = ["backup", "houses"]
pytestmark = pytest.mark.parametrize("houses", ["postgresql"], indirect=True)
Replace = Callable[[str], None]


@pytest.fixture
def pg_restore(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Replace:
    """Puts a shell script in the place of pg_restore; in it, $real is the real one."""
    homes = tmp_path / "homes"
    for home in Path("/usr/lib/postgresql").iterdir():
        shutil.copytree(home / "bin", homes / home.name / "bin", symlinks=True)
    monkeypatch.setattr(postgres_dump, "_HOMES", homes)

    def replace(script: str) -> None:
        for place in homes.glob("*/bin/pg_restore"):
            real = Path("/usr/lib/postgresql") / place.relative_to(homes)
            place.write_text(f"#!/bin/sh\nreal={real}\n{script}\n")
            place.chmod(0o755)

    return replace


def test_what_a_newer_pg_restore_sets_and_the_server_does_not_know_is_left_out(
    backup: tuple[House, Path], pg_restore: Replace, capsys: Say
) -> None:
    there, file = backup
    pg_restore('echo "SET of_the_future = 0;"; exec $real "$@"')
    assert there.ask(capsys, "backup", "restore", str(file))["tickets"] == 1


@pytest.mark.parametrize(("breaks", "said"), [
    ('$real "$@" | head -n 400; echo "pg_restore: error: breaks off" >&2; exit 1', "breaks off"),
    ('$real "$@" | sed "s/^CREATE INDEX .*/CREATE NONSENSE;/"', "syntax error"),
])  # fmt: skip
def test_of_a_script_that_breaks_off_or_is_refused_nothing_is_kept(
    backup: tuple[House, Path], pg_restore: Replace, capsys: Say, breaks: str, said: str
) -> None:
    there, file = backup
    there.ask(capsys, "users", "add", "boris", "--name", "Борис", "--roles", "operator")
    pg_restore(breaks)
    assert there.ivr("backup", "restore", str(file), "--replace") == 2
    assert said in capsys.readouterr().err
    assert [user["login"] for user in there.ask(capsys, "users", "list")] == ["boris"]
    assert there.ask(capsys, "tickets", "list") == []


#: `ivr` with the programs of another folder, in a process of its own.
_IVR = """
import sys
from pathlib import Path
from ivr.cli import main
from ivr.storage import postgres_dump
postgres_dump._HOMES = Path(sys.argv[1])
sys.exit(main(sys.argv[2:]))
"""


async def _tables_once_psql_has_ended(url: str) -> list[str]:
    connection = await asyncpg.connect(url)
    try:
        async with asyncio.timeout(20):
            while await connection.fetchval(  # noqa: ASYNC110 - its end is told by nobody
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            ):
                await asyncio.sleep(0.05)
        rows = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
        return [row[0] for row in rows]
    finally:
        await connection.close()


def test_of_a_restore_whose_process_is_killed_amid_a_table_nothing_is_kept(
    backup: tuple[House, Path], pg_restore: Replace, tmp_path: Path
) -> None:
    there, file = backup
    # the pipe to psql closes after a table's first row, which psql takes for the end of that table
    pg_restore("$real \"$@\" | sed '/^COPY .*tickets /{n;q}'; sleep 1; kill -9 $PPID")
    there.use(there)
    done = subprocess.run([sys.executable, "-c", _IVR, str(tmp_path / "homes"), "backup", "restore", str(file)],
                          timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL
    assert asyncio.run(_tables_once_psql_has_ended(there.url)) == []


def test_a_program_that_has_just_ended_does_not_hinder_a_restore(
    houses: Callable[[str], House], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server sees its end some moments later."""
    monkeypatch.setattr(postgres_dump, "_GONE_S", 30)
    assert asyncio.run(_in_use_beside_one_that_ends(houses("here").url)) == ""


async def _in_use_beside_one_that_ends(url: str) -> str:
    ending = await asyncpg.connect(url, server_settings={"application_name": "ivr-hotline"})
    asyncio.get_running_loop().call_later(0.5, ending.terminate)
    return await dump_of(url).in_use()
