"""Builds every sound: a studio recording where there is one, else speech; mastered, stored, cached by content."""

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ivr.errors import DataError, HotlineError
from ivr.prompts.audio import VERSION, Pads, master, read_wav
from ivr.prompts.catalogue import Prompt
from ivr.prompts.formats import encode, silence
from ivr.prompts.respelling import Respeller
from ivr.prompts.speech import Engine
from ivr.prompts.store import Cache, Sounds

#: (done, total, name of the sound just finished)
Progress = Callable[[int, int, str], None]
_SENTENCE, _WORD = Pads(), Pads(0.02, 0.04)


@dataclass(frozen=True)
class BuildReport:
    """Names ("ru/menu/main") by what happened. `studio` are those spoken by a recording, built or not."""

    built: tuple[str, ...] = ()
    cached: tuple[str, ...] = ()
    studio: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Voices:
    """By language: who speaks and how words are respelt for it. None: only recordings."""

    engines: Mapping[str, Engine | None]
    respellers: Mapping[str, Respeller]


def recording_path(recordings_dir: Path, prompt: Prompt) -> Path:
    """Where a studio recording of `prompt` is looked for."""
    return recordings_dir / prompt.language / f"{prompt.key}.wav"


def missing_prompts(prompts: Iterable[Prompt], recordings_dir: Path, voices: Voices) -> list[Prompt]:
    """Prompts that nobody speaks: no recording and no voice for the language."""
    return [
        p
        for p in prompts
        if p.pause_ms is None
        and voices.engines.get(p.language) is None
        and not recording_path(recordings_dir, p).is_file()
    ]


def build_prompts(
    prompts: Iterable[Prompt],
    out_dir: Path,
    cache_dir: Path,
    recordings_dir: Path,
    voices: Voices,
    progress: Progress | None = None,
    workers: int | None = None,
) -> BuildReport:
    """Bring `out_dir/<lang>/ivr/` in line with `prompts`; what is current is not touched.

    Raises `DataError` listing every prompt that could not be made; the others are built nevertheless.
    An interrupted build leaves whole files only and goes on where it was.
    """
    prompts = list(prompts)
    _refuse_digits(prompts, recordings_dir, voices)
    cache = Cache(cache_dir)
    sounds = {language: Sounds(out_dir, language) for language in sorted({p.language for p in prompts})}
    missing = {p.name for p in missing_prompts(prompts, recordings_dir, voices)}
    todo: list[tuple[Prompt, str]] = []
    current: list[str] = []
    studio: list[str] = []
    built: list[str] = []
    faults: list[str] = []
    for prompt in (p for p in prompts if p.name not in missing):
        digest, recorded = _digest(prompt, recordings_dir, voices)
        if recorded:
            studio.append(prompt.name)
        if sounds[prompt.language].is_current(prompt.key, digest):
            current.append(prompt.name)
        else:
            todo.append((prompt, digest))
    removed = _remove_unasked(prompts, sounds)
    if not todo and not removed:
        return BuildReport((), tuple(current), tuple(studio), tuple(sorted(missing)), ())
    for folder in sounds.values():
        folder.sweep()

    def make(prompt: Prompt, digest: str) -> bool:
        sound = cache.get(digest)
        fresh = sound is None
        if sound is None:
            sound = _make(prompt, recordings_dir, voices)
            with suppress(OSError):  # a cache that may not be written, as in a container, costs time only
                cache.put(digest, sound)
        sounds[prompt.language].put(prompt.key, digest, sound)
        return fresh

    pool = ThreadPoolExecutor(workers or os.cpu_count() or 2)
    try:
        running: dict[Future[bool], Prompt] = {pool.submit(make, p, d): p for p, d in todo}
        for done, future in enumerate(as_completed(running), 1):
            prompt = running[future]
            try:
                (built if future.result() else current).append(prompt.name)
            except HotlineError as error:
                faults.append(f"{prompt.name}: {error}")
            if progress:
                progress(done, len(todo), prompt.name)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        for folder in sounds.values():
            folder.save()
    if faults:
        raise DataError("\n".join(sorted(faults)))
    return BuildReport(*(tuple(sorted(names)) for names in (built, current, studio, missing, removed)))


def spoken_text(prompt: Prompt, voices: Voices) -> str:
    """What the synthesiser is given."""
    respell = voices.respellers.get(prompt.language)
    return respell(prompt.text) if respell else prompt.text


def _refuse_digits(prompts: list[Prompt], recordings_dir: Path, voices: Voices) -> None:
    # a synthesiser says "21 минута" as "двадцать один минута": numbers go through the readout or are written out
    faults = [
        f"prompts.{p.language}.toml: {p.key}: write numbers in words: {p.text!r}"
        for p in prompts
        if any(c.isdigit() for c in spoken_text(p, voices)) and not recording_path(recordings_dir, p).is_file()
    ]
    if faults:
        raise DataError("\n".join(faults))


def _pads(prompt: Prompt) -> Pads:
    return _WORD if prompt.word else _SENTENCE


def _digest(prompt: Prompt, recordings_dir: Path, voices: Voices) -> tuple[str, bool]:
    """Hash of all that the sound is made from, and whether that is a recording."""
    recorded = False
    if prompt.pause_ms is not None:
        parts = [f"pause {prompt.pause_ms}".encode()]
    else:
        path = recording_path(recordings_dir, prompt)
        try:
            parts, recorded = [b"recording", path.read_bytes()], True
        except FileNotFoundError:
            engine = voices.engines[prompt.language]
            assert engine is not None  # prompts without a voice are missing, not built
            parts = [engine.identity(prompt.slow).encode(), spoken_text(prompt, voices).encode()]
    digest = hashlib.sha256(f"{VERSION} {_pads(prompt)}".encode())
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest(), recorded


def _make(prompt: Prompt, recordings_dir: Path, voices: Voices) -> dict[str, bytes]:
    if prompt.pause_ms is not None:
        return silence(prompt.pause_ms)
    path = recording_path(recordings_dir, prompt)
    if path.is_file():
        samples, rate = read_wav(path.read_bytes(), str(path))
    else:
        engine = voices.engines[prompt.language]
        assert engine is not None
        samples, rate = engine.speak(spoken_text(prompt, voices), prompt.slow)
    return encode(master(samples, rate, _pads(prompt), prompt.name))


def _remove_unasked(prompts: list[Prompt], sounds: Mapping[str, Sounds]) -> list[str]:
    wanted = {p.name for p in prompts}
    removed = []
    for language, folder in sounds.items():
        for key in [k for k in folder.digests if f"{language}/{k}" not in wanted]:
            folder.drop(key)
            removed.append(f"{language}/{key}")
    return removed
