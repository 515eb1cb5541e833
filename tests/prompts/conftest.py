"""All shipped sounds, built once by espeak-ng into a folder of this test run."""

from pathlib import Path

import pytest

from ivr.prompts.build import BuildReport
from ivr.prompts.setup import Studio, open_studio

LANGUAGES = ("ru", "en", "tt")


@pytest.fixture(scope="session")
def cache_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory, cache_dir: Path) -> tuple[Studio, BuildReport]:
    studio = open_studio(LANGUAGES, tmp_path_factory.mktemp("state"), None, cache_dir, "espeak")
    return studio, studio.build()


@pytest.fixture(scope="session")
def studio(built: tuple[Studio, BuildReport]) -> Studio:
    return built[0]
