"""The usual way to have all sounds ready: data files, voices, folders put together."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ivr.datafiles import data_reader
from ivr.prompts.build import BuildReport, Progress, Voices, build_prompts, missing_prompts
from ivr.prompts.catalogue import Prompt, load_catalogue
from ivr.prompts.respelling import load_respeller
from ivr.prompts.speech import engine_for


@dataclass(frozen=True)
class Studio:
    """All sounds of a deployment. `sounds_dir` is what Asterisk plays from (astdatadir's `sounds`)."""

    prompts: list[Prompt]
    voices: Voices
    sounds_dir: Path
    cache_dir: Path
    recordings_dir: Path

    def build(self, progress: Progress | None = None) -> BuildReport:
        """Build what is not current; raises `DataError` listing what could not be made."""
        return build_prompts(self.prompts, self.sounds_dir, self.cache_dir, self.recordings_dir, self.voices, progress)

    def missing(self) -> list[Prompt]:
        """Prompts that nobody speaks: no recording and no voice for the language."""
        return missing_prompts(self.prompts, self.recordings_dir, self.voices)


def open_studio(
    languages: Sequence[str], state_dir: Path, data_dir: Path | None, cache_dir: Path, voice: str = "auto"
) -> Studio:
    """Recordings lie in `data_dir` (or `state_dir`) `/recordings/<lang>/<key>.wav`; `cache_dir` serves all clones.

    Raises `DataError` for unusable texts, `HotlineError` when no synthesiser is installed.
    """
    read = data_reader(data_dir)
    prompts = load_catalogue(read, languages)
    voices = Voices(
        {language: engine_for(language, voice) for language in languages},
        {language: load_respeller(language, read(f"respell.{language}.toml")) for language in languages},
    )
    return Studio(
        prompts,
        voices,
        state_dir / "sounds",
        cache_dir.expanduser() / "prompts",
        (data_dir or state_dir) / "recordings",
    )
