"""Building: recordings win, interruptions leave nothing half done, faults name the prompt."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ivr.errors import DataError, HotlineError
from ivr.prompts.audio import RATE, Samples, active_level
from ivr.prompts.build import Voices, build_prompts, recording_path
from ivr.prompts.catalogue import Prompt, load_catalogue
from ivr.prompts.formats import FORMATS, decode
from ivr.prompts.respelling import load_respeller
from ivr.prompts.script import recording_script
from ivr.prompts.speech import engine_for
from ivr.prompts.store import Sounds, write_file

from .test_audio import tone, wav

PLAIN = load_respeller("ru", "")
PROMPTS = [Prompt("ru", f"menu/{i}", text) for i, text in enumerate(["раз", "два", "три", "четыре"])]


class Beep:
    """A synthesiser that beeps; notes what it was asked to say."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.fail: type[BaseException] | None = None
        self.fail_at = ""

    def identity(self, slow: bool) -> str:
        return f"beep {slow}"

    def speak(self, text: str, slow: bool) -> tuple[Samples, int]:
        if self.fail and text == self.fail_at:
            raise self.fail("broken")
        self.said.append(text)
        return tone(500 + 50 * len(text), 0.5, -20), RATE


@pytest.fixture
def beep() -> Beep:
    return Beep()


@pytest.fixture
def build(tmp_path: Path, beep: Beep) -> Callable[..., object]:
    def run(prompts=PROMPTS, engine=beep, respeller=PLAIN, **options):  # type: ignore[no-untyped-def]
        voices = Voices({"ru": engine}, {"ru": respeller})
        return build_prompts(
            prompts, tmp_path / "sounds", tmp_path / "cache", tmp_path / "recordings", voices, **options
        )

    return run


def files(folder: Path) -> set[str]:
    return {p.name for p in folder.rglob("*") if p.is_file() and p.name != ".built.json"}


def test_a_changed_text_is_made_again_and_nothing_else(build, beep: Beep) -> None:  # type: ignore[no-untyped-def]
    build()
    beep.said.clear()
    report = build([replace(PROMPTS[0], text="новый"), *PROMPTS[1:]])
    assert beep.said == ["новый"]
    assert report.built == ("ru/menu/0",)


def test_a_sound_that_was_deleted_comes_back_from_the_cache(build, beep: Beep, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    build()
    beep.said.clear()
    (tmp_path / "sounds/ru/ivr/menu/1.g722").unlink()
    assert build().built == () and beep.said == []
    assert Sounds(tmp_path / "sounds", "ru").complete("menu/1")


def test_a_damaged_cache_entry_is_made_again(build, beep: Beep, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    build(PROMPTS[:1])
    next((tmp_path / "cache").rglob("*.alaw")).write_bytes(b"\xd5" * 7)
    (tmp_path / "sounds/ru/ivr/menu/0.alaw").unlink()
    assert build(PROMPTS[:1]).built == ("ru/menu/0",)


def test_a_cache_that_cannot_be_written_costs_time_only(build, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "cache").touch()
    assert len(build().built) == len(PROMPTS)
    assert Sounds(tmp_path / "sounds", "ru").complete("menu/1")


def test_a_prompt_no_longer_asked_for_is_removed(build, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    build()
    assert build(PROMPTS[1:]).removed == ("ru/menu/0",)
    assert not any(name.startswith("0.") for name in files(tmp_path / "sounds"))


def test_a_studio_recording_wins_and_is_brought_to_level(build, beep: Beep, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = recording_path(tmp_path / "recordings", PROMPTS[2])
    path.parent.mkdir(parents=True)
    path.write_bytes(wav(tone(900, 1, -40, 48000), 48000, 3))
    report = build()
    assert report.studio == ("ru/menu/2",)
    assert "три" not in beep.said
    samples, rate = decode("sln16", (tmp_path / "sounds/ru/ivr/menu/2.sln16").read_bytes())
    assert active_level(samples, rate) == pytest.approx(-22, abs=1.5)
    spectrum = np.abs(np.fft.rfft(samples))
    assert np.fft.rfftfreq(len(samples), 1 / rate)[spectrum.argmax()] == pytest.approx(900, abs=5)
    path.unlink()
    assert build().built == ("ru/menu/2",)
    assert "три" in beep.said


def test_a_bad_recording_is_named_and_the_others_are_built(build, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = recording_path(tmp_path / "recordings", PROMPTS[1])
    write_file(path, b"MP3")
    with pytest.raises(DataError, match=r"menu/1\.wav: is not a WAV file"):
        build()
    sounds = Sounds(tmp_path / "sounds", "ru")
    assert [sounds.complete(p.key) for p in PROMPTS] == [True, False, True, True]


def test_an_interrupted_build_leaves_whole_files_only_and_goes_on(build, beep: Beep, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    def interrupt(done: int, total: int, name: str) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(progress=interrupt, workers=1)
    sounds = Sounds(tmp_path / "sounds", "ru")
    assert len(sounds.digests) >= 2
    assert all(sounds.complete(key) for key in sounds.digests)
    assert not any(name.startswith(".unfinished") for name in files(tmp_path))
    said = list(beep.said)
    build()
    assert sorted(beep.said) == sorted(p.text for p in PROMPTS) and beep.said[: len(said)] == said


def test_a_write_that_fails_leaves_the_old_file_and_no_rest(tmp_path: Path) -> None:
    target = tmp_path / "a.alaw"
    write_file(target, b"old")
    with pytest.raises(TypeError):
        write_file(target, "not bytes")  # type: ignore[arg-type]
    assert target.read_bytes() == b"old" and files(tmp_path) == {"a.alaw"}


def test_what_a_killed_build_left_is_swept_away(build, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    rest = tmp_path / "sounds/ru/ivr/menu/.unfinished-abc"
    write_file(rest, b"half")
    build()
    assert not rest.exists()


def test_a_voice_that_fails_is_one_clear_line_per_prompt(build, beep: Beep) -> None:  # type: ignore[no-untyped-def]
    beep.fail, beep.fail_at = HotlineError, "два"
    with pytest.raises(DataError, match=r"^ru/menu/1: broken$"):
        build()


def test_raw_digits_never_reach_the_voice(build, beep: Beep) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(DataError, match="menu/9: write numbers in words"):
        build([*PROMPTS, Prompt("ru", "menu/9", "нажмите 1")])
    assert beep.said == []


def test_the_voice_is_given_the_respelt_text(build, beep: Beep) -> None:  # type: ignore[no-untyped-def]
    respeller = load_respeller("ru", '[words]\n"ИНН" = "и эн эн"\n[stems]\n"госуслуг" = "гос услуг"\n')
    build([Prompt("ru", "a", "Введите ИНН. Портал Госуслуги. Длинна.")], respeller=respeller)
    assert beep.said == ["Введите и эн эн. Портал гос услуги. Длинна."]


def test_without_a_voice_only_recordings_speak_and_the_rest_is_missing(build, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    write_file(recording_path(tmp_path / "recordings", PROMPTS[0]), wav(tone(500, 1, -20), RATE))
    report = build([*PROMPTS, Prompt("ru", "pause/350", "")], engine=None)
    assert report.built == ("ru/menu/0", "ru/pause/350")
    assert report.missing == ("ru/menu/1", "ru/menu/2", "ru/menu/3")


def test_a_language_that_espeak_does_not_know_has_no_voice() -> None:
    assert engine_for("ce", "espeak") is None
    assert engine_for("ru", "none") is None
    assert engine_for("tt", "auto") is not None
    with pytest.raises(DataError, match="known are"):
        engine_for("ru", "loud")


def test_nested_tables_become_keys_and_all_faults_are_listed() -> None:
    grammar = load_readout()
    files = {"readout.ru.toml": grammar, "prompts.ru.toml": '[menu]\nmain = "Главное  меню."\n[menu.sub]\na = "А."'}
    keys = {p.key: p.text for p in load_catalogue(files.get, ["ru"])}
    assert keys["menu/main"] == "Главное меню." and keys["menu/sub/a"] == "А."
    files["prompts.ru.toml"] = '[menu]\n"Плохо" = "x"\nempty = ""\nn = 1'
    with pytest.raises(DataError) as caught:
        load_catalogue(files.get, ["ru", "xx"])
    assert len(str(caught.value).splitlines()) == 4


def load_readout() -> str:
    import ivr

    return (Path(ivr.__file__).parent / "data/readout.ru.toml").read_text("utf-8")


@pytest.mark.parametrize("form", ["text", "csv", "html"])
def test_the_studio_script_has_every_text_and_file(form: str) -> None:
    script = recording_script([*PROMPTS, Prompt("ru", "x/a", "<b>"), Prompt("ru", "pause/350", "")], form)
    for prompt in PROMPTS:
        assert prompt.text in script and f"{prompt.name}.wav" in script
    assert "pause" not in script
    assert form != "html" or "&lt;b&gt;" in script


def test_all_forms_are_stored(build, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    build(PROMPTS[:1])
    assert files(tmp_path / "sounds") == {f"0.{suffix}" for suffix in FORMATS}
