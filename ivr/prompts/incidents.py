"""What incidents say, as sounds: spoken by the voice or recorded by a supervisor, in the place Asterisk plays from.

They are no part of the studio's list: a build of all prompts neither makes nor removes them.
"""

import hashlib
import re
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ivr.errors import DataError
from ivr.prompts.audio import Pads, master, read_wav
from ivr.prompts.formats import FORMATS, encode
from ivr.prompts.respelling import Respeller
from ivr.prompts.speech import Engine
from ivr.prompts.store import write_file
from ivr.prompts.wavfile import wav_of

#: Seconds of a recording, and bytes of its file.
LONGEST_S, MOST_BYTES = 60.0, 6_000_000
_SHORTEST_S = 1.0
_DIGEST = re.compile(r"[0-9a-f]{32}\Z")
#: Not the folder of the prompts about incidents, which `sweep` must not touch.
_FOLDER = "incidents"


class IncidentSounds:
    """`sounds_dir` is what Asterisk plays from; recordings are kept in `recordings_dir` by their digest.

    `voice` makes the engine of a language, None where none speaks it.
    """

    def __init__(
        self,
        sounds_dir: Path,
        recordings_dir: Path,
        voice: Callable[[str], Engine | None],
        respellers: Mapping[str, Respeller],
    ) -> None:
        self._sounds_dir, self._recordings_dir = sounds_dir, recordings_dir
        self._voice, self._respellers = voice, respellers

    def ready(self, wanted: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
        """Those of which every stored form is there."""
        return {(lang, key) for lang, key in wanted if all(self._path(lang, key, s).is_file() for s in FORMATS)}

    def build(self, sound: tuple[str, str], text: str, recording: str) -> None:
        """Make every stored form of it; whoever plays it hears all of it or nothing."""
        language, key = sound
        if recording:
            path = self._recordings_dir / f"{recording}.wav"
            try:
                data = path.read_bytes()
            except OSError as error:
                raise DataError(f"{path}: cannot be read: {error.strerror}") from None
            sounds = encode(_mastered(data, str(path)))
        else:
            sounds = encode(self._spoken(language, text))
        for suffix, stored in sounds.items():
            write_file(self._path(language, key, suffix), stored)

    def keep(self, recording: bytes, name: str) -> str:
        """The digest of a recording that can be played, kept by it. Raises `DataError`."""
        if len(recording) > MOST_BYTES:
            raise DataError(f"{name}: is too big; {MOST_BYTES // 1_000_000} MB at most")
        seconds = len(_mastered(recording, name)) / 16_000
        if not _SHORTEST_S <= seconds <= LONGEST_S:
            raise DataError(f"{name}: lasts {seconds:.1f} s; {_SHORTEST_S:g} to {LONGEST_S:g} s can be played")
        digest = hashlib.sha256(recording).hexdigest()[:32]
        write_file(self._recordings_dir / f"{digest}.wav", recording)
        return digest

    def trim(self, used: Collection[str], drafts: int) -> None:
        """Remove all recordings but those `used` (digests) and the newest `drafts` of the others."""
        others = [path for path in self._recordings_dir.glob("*.wav") if path.stem not in used]
        for path in sorted(others, key=_age)[drafts:]:
            path.unlink(missing_ok=True)

    def kept(self, digest: str) -> bool:
        """Is there a recording of that digest?"""
        return bool(_DIGEST.match(digest)) and (self._recordings_dir / f"{digest}.wav").is_file()

    def recording(self, digest: str) -> bytes | None:
        """The WAV file of a recording that is kept."""
        return (self._recordings_dir / f"{digest}.wav").read_bytes() if self.kept(digest) else None

    def sweep(self, wanted: Collection[tuple[str, str]]) -> None:
        """Remove the sounds of incidents that are over."""
        keep = {self._path(language, key, suffix) for language, key in wanted for suffix in FORMATS}
        for path in self._sounds_dir.glob(f"*/ivr/{_FOLDER}/*.*"):
            if path not in keep:
                path.unlink(missing_ok=True)

    def preview(self, language: str, text: str) -> bytes:
        """A WAV file of what would be said. Raises `HotlineError`."""
        return wav_of(self._spoken(language, text), 16_000)

    def _spoken(self, language: str, text: str) -> NDArray[np.int16]:
        engine = self._voice(language)
        if engine is None:
            raise DataError(f"no voice speaks {language!r}: record it")
        respell = self._respellers.get(language)
        samples, rate = engine.speak(respell(text) if respell else text, False)
        return master(samples, rate, Pads(), f"text {language}")

    def _path(self, language: str, key: str, suffix: str) -> Path:
        return self._sounds_dir / language / "ivr" / f"{key}.{suffix}"


def _age(path: Path) -> float:
    """Smaller is newer."""
    try:
        return -path.stat().st_mtime
    except OSError:
        return 0.0  # gone meanwhile


def _mastered(data: bytes, name: str) -> NDArray[np.int16]:
    samples, rate = read_wav(data, name)
    if len(samples) > LONGEST_S * 2 * rate:
        raise DataError(f"{name}: lasts too long; {LONGEST_S:g} s can be played")
    return master(samples, rate, Pads(), name)
