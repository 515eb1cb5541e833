"""The images as folders, made once for all tests here."""

from collections.abc import Iterator

import pytest

from ivr.config import Config
from tests.docker.images import Images


@pytest.fixture(scope="package")
def images() -> Iterator[Images]:
    found = Images(Config().asterisk_cache.expanduser(), print)
    with found.alone():
        yield found
