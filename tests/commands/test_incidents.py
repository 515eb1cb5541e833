"""`ivr incidents` and `ivr audit`: announced, listed, ended once; what cannot be announced is one clear line each."""

import asyncio
import json
from pathlib import Path

import numpy as np
import pytest

from ivr.cli import main
from ivr.prompts.audio import RATE
from ivr.prompts.wavfile import wav_of
from ivr.storage.schema import upgrade
from ivr.storage.store import open_storage
from ivr.testing import NOON

TEXT = "ru=Сейчас не открывается вход на портал. Мы уже чиним."


@pytest.fixture
def hotline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IVR_STATE_DIR", str(tmp_path))
    url = f"sqlite:///{tmp_path / 'hotline.db'}"
    asyncio.run(upgrade(url))
    return url


def said(capsys: pytest.CaptureFixture[str], *argv: str, rc: int = 0) -> str:
    assert main(argv) == rc
    out, err = capsys.readouterr()
    return err if rc else out


async def subscribe(url: str, id: str) -> None:
    async with open_storage(url, 30) as storage:
        await storage.incidents.subscribe(id, "+79161234567", "ru", "c1", NOON)


async def outbox(url: str) -> list[str]:
    async with open_storage(url, 30) as storage:
        return [message.template for message in await storage.outbox.queued()]


def test_an_incident_is_announced_listed_shown_and_ended_once(
    capsys: pytest.CaptureFixture[str], hotline: str
) -> None:
    added = json.loads(
        said(
            capsys, "incidents", "add", "--category", "signin", "--region", "77", "--text", TEXT, "--why", "w", "--json"
        )
    )
    assert (added["state"], added["categories"], added["regions"]) == ("on", ["signin"], ["77"])
    id = added["id"]
    asyncio.run(subscribe(hotline, id))
    (listed,) = json.loads(said(capsys, "incidents", "list", "--json"))
    assert (listed["id"], listed["subscribers"], listed["severity"]) == (id, 1, "serious")
    assert "вход на портал" in said(capsys, "incidents", "show", id)
    assert id in said(capsys, "incidents", "list")
    assert json.loads(said(capsys, "incidents", "end", id, "--json")) == {"id": id, "ended": True, "told": 1}
    assert json.loads(said(capsys, "incidents", "end", id, "--json")) == {"id": id, "ended": False, "told": 0}
    assert asyncio.run(outbox(hotline)) == ["incident-over"]
    entries = json.loads(said(capsys, "audit", "--json"))
    assert [(e["action"], e["target"], e["why"], e["outcome"]) for e in entries] == [
        ("incident_end", id, "", "void"), ("incident_end", id, "", "done"), ("incident_add", id, "w", "done"),
    ]  # fmt: skip
    assert entries[0]["who"].startswith("cli")


def test_a_recording_is_kept_and_one_without_sound_refused(
    capsys: pytest.CaptureFixture[str], hotline: str, tmp_path: Path
) -> None:
    tone = (9000 * np.sin(np.arange(2 * RATE) / 5)).astype(np.int16)
    (tmp_path / "tone.wav").write_bytes(wav_of(tone, RATE))
    (tmp_path / "nothing.wav").write_bytes(wav_of(tone * 0, RATE))
    added = json.loads(said(capsys, "incidents", "add", "--record", f"ru={tmp_path / 'tone.wav'}", "--json"))
    digest = added["recorded"]["ru"]
    assert (tmp_path / "incidents" / f"{digest}.wav").is_file()
    assert "silent" in said(capsys, "incidents", "add", "--record", f"ru={tmp_path / 'nothing.wav'}", rc=2)


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("add",), "write a text"),
        (("add", "--text", "Сбой на портале, чиним"), "LANG="),
        (("add", "--text", TEXT, "--text", TEXT), "once a language"),
        (("add", "--text", TEXT, "--category", "weather"), "weather"),
        (("add", "--text", TEXT, "--region", "99"), "99"),
        (("add", "--text", TEXT, "--severity", "huge"), "severity"),
        (("add", "--text", TEXT, "--end", "2020-01-01T00:00+03:00"), "after the start"),
        (("add", "--text", TEXT, "--end", "tomorrow"), "--end"),
        (("add", "--text", "ru=Позвоните по номеру 88005553535"), "in words"),
        (("add", "--record", "ru=/nowhere.wav"), "cannot be read"),
        (("show", "nobody"), "no incident"),
        (("end", "nobody"), "no incident"),
        (("list", "--limit", "0"), "--limit"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_stored(
    capsys: pytest.CaptureFixture[str], hotline: str, argv: tuple[str, ...], words: str
) -> None:
    assert words in said(capsys, "incidents", *argv, rc=2)
    assert json.loads(said(capsys, "incidents", "list", "--json")) == []
    assert json.loads(said(capsys, "audit", "--json")) == []
