"""The announcement of one waiting caller."""

import shutil
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest

from ivr.datafiles import data_reader
from ivr.domain.readout import load_reader
from ivr.prompts import announcer as announcer_module
from ivr.prompts.announcer import Announcer
from ivr.prompts.background import BackgroundAnnouncer
from ivr.prompts.formats import FORMATS, decode, g722
from ivr.prompts.setup import Studio


@pytest.fixture
def sounds(studio: Studio, tmp_path: Path) -> Path:
    (tmp_path / "ru").symlink_to(studio.sounds_dir / "ru")
    return tmp_path


@pytest.fixture(scope="module")
def sentence() -> tuple[str, ...]:
    return load_reader("ru", data_reader(None)("readout.ru.toml") or "").queue_position(3, 290)


def hold(sounds: Path, suffix: str) -> Path:
    return sounds / f"ru_ab12/ivr/queue/hold.{suffix}"


def test_the_pieces_are_joined_in_every_stored_form(sounds: Path, sentence: tuple[str, ...]) -> None:
    Announcer(sounds).write("ru", "ab12", sentence)
    for suffix in FORMATS:
        pieces = [(sounds / f"ru/ivr/{key}.{suffix}").read_bytes() for key in sentence]
        if suffix == "g722":
            # encoded as a whole: pieces would crackle where they meet
            assert len(hold(sounds, suffix).read_bytes()) == sum(map(len, pieces))
        else:
            assert hold(sounds, suffix).read_bytes() == b"".join(pieces)
    assert len({hold(sounds, s).stat().st_size / rate for s, rate in FORMATS.items()}) == 1


def test_joined_g722_is_heard_as_the_sentence(sounds: Path, sentence: tuple[str, ...]) -> None:
    Announcer(sounds).write("ru", "ab12", sentence)
    wide, _ = decode("sln16", hold(sounds, "sln16").read_bytes())
    joined, _ = decode("g722", hold(sounds, "g722").read_bytes())
    assert max(np.corrcoef(wide[: -d or None], joined[d:])[0, 1] for d in range(40)) > 0.98


def test_a_new_announcement_replaces_the_old_one_whole(sounds: Path, sentence: tuple[str, ...]) -> None:
    announcer = Announcer(sounds)
    announcer.write("ru", "ab12", sentence)
    announcer.write("ru", "ab12", ("queue/stay",))
    assert hold(sounds, "alaw").read_bytes() == (sounds / "ru/ivr/queue/stay.alaw").read_bytes()
    assert len(list((sounds / "ru_ab12").rglob("*.*"))) == len(FORMATS)


def test_callers_in_the_same_place_share_one_sentence_that_is_joined_once(
    sounds: Path, sentence: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    announcer, joined = Announcer(sounds), Mock(side_effect=g722)
    monkeypatch.setattr("ivr.prompts.announcer.g722", joined)
    for caller in ("ab12", "cd34", "ab12"):
        announcer.write("ru", caller, sentence)
    assert joined.call_count == 1
    assert hold(sounds, "g722").samefile(sounds / "ru_cd34/ivr/queue/hold.g722")
    announcer.remove("cd34")
    announcer.write("ru", "ef56", sentence)
    assert joined.call_count == 1 and hold(sounds, "g722").stat().st_size > 0
    assert len(list((sounds / "ru_ab12").rglob("*.*"))) == len(FORMATS)


def test_of_many_sentences_the_latest_are_kept_and_no_caller_loses_his(
    sounds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.prompts.announcer._MOST_SAID", 2)
    announcer = Announcer(sounds)
    for caller, key in (("ab12", "n/1"), ("b", "n/2"), ("c", "n/3"), ("d", "n/4")):
        announcer.write("ru", caller, (key,))
    assert len(list((sounds / ".said").iterdir())) == 2
    assert hold(sounds, "alaw").read_bytes() == (sounds / "ru/ivr/n/1.alaw").read_bytes()
    announcer.write("ru", "e", ("n/1",))
    assert (sounds / "ru_e/ivr/queue/hold.alaw").read_bytes() == hold(sounds, "alaw").read_bytes()


def test_a_file_system_without_links_is_written_to(sounds: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.link", Mock(side_effect=PermissionError))
    Announcer(sounds).write("ru", "ab12", ("queue/stay",))
    assert hold(sounds, "alaw").read_bytes() == (sounds / "ru/ivr/queue/stay.alaw").read_bytes()


@pytest.mark.parametrize("keys", [("queue/stay", "n/no-such"), ()])
def test_a_missing_piece_brings_back_the_general_announcement(sounds: Path, keys: tuple[str, ...]) -> None:
    announcer = Announcer(sounds)
    announcer.write("ru", "ab12", ("queue/stay",))
    announcer.write("ru", "ab12", keys)
    assert not (sounds / "ru_ab12").exists()


def test_removing_and_clearing_leave_the_sounds_alone(sounds: Path) -> None:
    announcer = Announcer(sounds)
    for caller in ("a1", "b2", "c3"):
        announcer.write("ru", caller, ("queue/stay",))
    announcer.remove("a1")
    announcer.remove("a1")
    assert {p.name for p in sounds.iterdir() if p.name[0] != "."} == {"ru", "ru_b2", "ru_c3"}
    assert announcer.clear() == 2
    assert {p.name for p in sounds.iterdir()} == {"ru"}


def test_what_a_killed_process_left_is_cleared_by_the_next(sounds: Path) -> None:
    for language, caller in (("ru", "1732363200x15"), ("tt", "cb20780abcdef")):
        if language == "ru":
            Announcer(sounds).write(language, caller, ("queue/stay",))
        half = sounds / f"{language}_{caller}" / "ivr" / "queue"
        half.mkdir(parents=True, exist_ok=True)
        (half / "hold.alaw.tmp").write_bytes(b"half")
    assert Announcer(sounds).clear() == 2
    assert {p.name for p in sounds.iterdir()} == {"ru"}


@pytest.mark.parametrize("bad", ["", "../x", "A", "a" * 21, "*"])
def test_an_id_that_is_no_folder_name_is_refused(sounds: Path, bad: str) -> None:
    with pytest.raises(ValueError, match="announcement id"):
        Announcer(sounds).write("ru", bad, ("queue/stay",))


def test_a_folder_that_was_cleared_by_others_is_made_anew(sounds: Path) -> None:
    announcer = Announcer(sounds)
    announcer.write("ru", "ab12", ("queue/stay",))
    Announcer(sounds).clear()
    with pytest.raises(FileNotFoundError):
        announcer.write("ru", "ab12", ("n/1",))
    announcer.write("ru", "ab12", ("n/2",))
    assert hold(sounds, "alaw").read_bytes() == (sounds / "ru/ivr/n/2.alaw").read_bytes()


def test_a_full_disk_leaves_nothing_behind(
    sounds: Path, sentence: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    announcer, write, written = Announcer(sounds), announcer_module.write_file, []

    def full(path: Path, data: bytes) -> None:
        if written:
            raise OSError(28, "No space left on device")
        written.append(path)
        write(path, data)

    monkeypatch.setattr(announcer_module, "write_file", full)
    for _ in range(3):
        written.clear()
        with pytest.raises(OSError, match="No space"):
            announcer.write("ru", "ab12", sentence)
    assert list((sounds / ".said").rglob("*")) == []


def test_where_one_sentence_is_gone_the_other_callers_are_still_known(
    sounds: Path, sentence: tuple[str, ...]
) -> None:
    announcer = Announcer(sounds)
    announcer.write("ru", "ab12", sentence)
    announcer.write("ru", "cd34", ("queue/stay",))
    shutil.rmtree(sounds / ".said")
    with pytest.raises(FileNotFoundError):
        announcer.write("ru", "ef56", sentence)
    assert not (sounds / "ru_ef56").exists()
    announcer.remove("ab12")
    assert not (sounds / "ru_ab12").exists() and (sounds / "ru_cd34").exists()


def test_what_cannot_be_written_is_not_said_any_more(sounds: Path, sentence: tuple[str, ...]) -> None:
    announcer = Announcer(sounds)
    behind = BackgroundAnnouncer(announcer)
    behind.write("ru", "ab12", sentence)
    behind.close()
    assert hold(sounds, "alaw").exists()
    behind = BackgroundAnnouncer(announcer)
    shutil.rmtree(sounds / ".said")
    (sounds / ".said").write_bytes(b"")  # no folder can be made there
    behind.write("ru", "ab12", ("queue/stay",))
    behind.close()
    assert not hold(sounds, "alaw").exists()
