"""Over every built file of every language: there, as loud as its neighbours, never clipped."""

import time

import numpy as np

from ivr.datafiles import data_reader
from ivr.domain.readout import load_reader
from ivr.prompts.audio import active_level
from ivr.prompts.build import BuildReport, spoken_text
from ivr.prompts.check import check_sounds
from ivr.prompts.formats import FORMATS, decode
from ivr.prompts.setup import Studio, open_studio
from ivr.prompts.store import Sounds


def test_every_stored_form_has_the_right_level_peak_and_duration(studio: Studio) -> None:
    measured = check_sounds(studio.prompts, studio.sounds_dir)
    assert len(measured) == len(FORMATS) * len(studio.prompts) > 1500
    assert [m for m in measured if m.faults] == []
    speech = [m for m in measured if np.isfinite(m.level)]
    assert all(abs(m.level + 22) <= 1.5 and m.peak <= -3 for m in speech)


def test_every_key_the_readout_can_ask_for_exists_in_every_language(studio: Studio) -> None:
    read = data_reader(None)
    for language in studio.voices.engines:
        sounds = Sounds(studio.sounds_dir, language)
        source = read(f"readout.{language}.toml")
        assert source is not None
        assert [key for key in load_reader(language, source).required() if not sounds.complete(key)] == []


def test_nothing_is_missing_and_everything_was_built(built: tuple[Studio, BuildReport]) -> None:
    studio, report = built
    assert report.missing == report.studio == ()
    assert {*report.built, *report.cached} == {p.name for p in studio.prompts}


def test_the_stored_forms_carry_the_same_speech(studio: Studio) -> None:
    for prompt in [p for p in studio.prompts if p.key in ("queue/stay", "n/200", "d/7")]:
        wide, _ = _load(studio, prompt.name, "sln16")
        g722, _ = _load(studio, prompt.name, "g722")
        narrow, _ = _load(studio, prompt.name, "alaw")
        # the codec delays by 22 samples; correlation is looked for around it
        assert max(np.corrcoef(wide[: -d or None], g722[d:])[0, 1] for d in range(40)) > 0.98
        assert np.corrcoef(np.abs(wide[::2]), np.abs(narrow))[0, 1] > 0.8


def _load(studio: Studio, name: str, suffix: str):  # type: ignore[no-untyped-def]
    language, _, key = name.partition("/")
    return decode(suffix, (studio.sounds_dir / language / "ivr" / f"{key}.{suffix}").read_bytes())


def test_no_digit_reaches_the_synthesiser(studio: Studio) -> None:
    assert [p.name for p in studio.prompts if any(c.isdigit() for c in spoken_text(p, studio.voices))] == []


def test_a_second_build_touches_nothing(studio: Studio) -> None:
    before = {p: p.stat().st_mtime_ns for p in studio.sounds_dir.rglob("*") if p.is_file()}
    started = time.process_time()
    report = studio.build(lambda done, total, name: (_ for _ in ()).throw(AssertionError(name)))
    assert time.process_time() - started < 5
    assert report.built == report.removed == ()
    assert len(report.cached) == len(studio.prompts)
    assert {p: p.stat().st_mtime_ns for p in studio.sounds_dir.rglob("*") if p.is_file()} == before


def test_another_clone_synthesises_nothing(studio: Studio, cache_dir, tmp_path) -> None:  # type: ignore[no-untyped-def]
    other = open_studio(("tt",), tmp_path, None, cache_dir, "espeak")
    assert other.build().built == ()
    key = "tt/ivr/queue/stay.alaw"
    assert (other.sounds_dir / key).read_bytes() == (studio.sounds_dir / key).read_bytes()


def test_words_are_as_loud_as_sentences(studio: Studio) -> None:
    sentence = active_level(_load(studio, "ru/queue/stay", "sln16")[0])
    word = active_level(_load(studio, "ru/n/1", "sln16")[0])
    assert abs(sentence - word) < 1.5
