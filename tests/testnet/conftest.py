"""All shipped Russian and English prompts as the recogniser knows them."""

from pathlib import Path

import pytest

from ivr.config import Config
from ivr.prompts.setup import open_studio
from ivr.testnet.recogniser import Library, Piece, piece_from


@pytest.fixture(scope="session")
def pieces(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Piece]:
    """`ru/say/hello` -> its piece."""
    state: Path = tmp_path_factory.mktemp("heard")
    studio = open_studio(("ru", "en"), state, None, Config().asterisk_cache, "espeak")
    assert not studio.build().missing
    found = {
        prompt.name: piece_from(
            prompt.language, prompt.key, prompt.text,
            studio.sounds_dir / prompt.language / "ivr" / f"{prompt.key}.alaw",
        )
        for prompt in studio.prompts
    }  # fmt: skip
    return {name: piece for name, piece in found.items() if piece is not None}


@pytest.fixture(scope="session")
def library(pieces: dict[str, Piece]) -> Library:
    return Library(pieces.values())
