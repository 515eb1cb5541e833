"""Recordings over HTTP: supervisors alone list and hear them, in parts, on record; operators pause their own."""

import wave
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ivr.services.recording_ports import Recorder
from ivr.services.recordings import RecordingDesk
from ivr.site import Site
from ivr.storage.recordings import RecordingFiles
from ivr.storage.store import Storage
from ivr.testing import NOON
from ivr.web.recordings import RecordingPages
from ivr.web.routes import Route

from .conftest import Serve
from .running import Running

CALL = "1764061200x5"
FILE = f"{NOON:%Y-%m-%d}/{CALL}-{int(NOON.timestamp())}-101.wav"


class Tape(Recorder):
    async def mute(self, call_id: str, operator: str, on: bool) -> bool:
        return (call_id, operator) == (CALL, "101")


@pytest.fixture
async def shelf(serve: Serve, tmp_path: Path) -> tuple[Running, RecordingDesk, Path]:
    made: list[RecordingDesk] = []

    def routes(site: Site, storage: Storage) -> list[Route]:
        files = RecordingFiles(tmp_path / "recordings")
        made.append(RecordingDesk(storage.recordings, files, storage.audit, storage.journal, Tape(), 0, 90))
        return RecordingPages(made[0]).routes()

    running = await serve(routes)
    await running.person("boss", "supervisor")
    await running.person("anna", "operator")
    await running.accounts.change("anna", phone="101")
    path = tmp_path / "recordings" / FILE
    path.parent.mkdir(parents=True)
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(range(200)) * 160)
    await made[0].look(NOON + timedelta(seconds=2))
    return running, made[0], path


async def test_a_supervisor_hears_a_recording_in_parts_and_that_is_shown(shelf: tuple[Running, Any, Path]) -> None:
    running, _, path = shelf
    boss = await running.browser("boss")
    _, told = await boss.ask("GET", f"/api/history/{CALL}/recordings")
    (recording,) = told["recordings"]
    assert (recording["state"], recording["seconds"], recording["operator"]) == ("ready", 2, "101")
    assert told["kept_days"] == 90 and told["listens"] == []
    for part in ("bytes=0-", "bytes=100-199"):
        async with boss.http.get(boss.base + recording["url"], headers={"Range": part}) as answer:
            assert (answer.status, answer.content_type) == (206, "audio/wav")
            body = await answer.read()
    assert body == path.read_bytes()[100:200]
    _, told = await boss.ask("GET", f"/api/history/{CALL}/recordings")
    (listen,) = told["listens"]
    assert listen["who"] == "boss" and listen["began_at"].startswith(f"{NOON:%Y-%m-%dT%H:%M}")


async def test_what_is_gone_is_told_plainly(shelf: tuple[Running, Any, Path]) -> None:
    running, _, path = shelf
    boss = await running.browser("boss")
    path.unlink()
    _, told = await boss.ask("GET", f"/api/history/{CALL}/recordings")
    assert [(each["state"], each["url"]) for each in told["recordings"]] == [("missing", "")]
    status, told = await boss.ask("GET", f"/api/history/{CALL}/recordings/{FILE}")
    assert (status, told["error_id"]) == (404, "no_recording")


async def test_operators_hear_no_recordings_and_pause_only_their_own_talk(shelf: tuple[Running, Any, Path]) -> None:
    running, _, _ = shelf
    anna, boss = await running.browser("anna"), await running.browser("boss")
    for path in (f"/api/history/{CALL}/recordings", f"/api/history/{CALL}/recordings/{FILE}"):
        assert (await anna.ask("GET", path))[0] == 403
    assert await running.storage.audit.latest(10) == []
    assert await anna.ask("POST", "/api/desk/recording", {"call_id": CALL, "on": False}) == (200, {"on": False})
    status, told = await anna.ask("POST", "/api/desk/recording", {"call_id": "2x2", "on": False})
    assert (status, told["error_id"]) == (409, "not_recorded")
    assert (await boss.ask("POST", "/api/desk/recording", {"call_id": CALL, "on": False}))[0] == 403
    assert await running.storage.journal.flush(30)
    record = await running.storage.calls.get(CALL)
    assert record is not None and [step.data["on"] for step in record.steps] == [0]
