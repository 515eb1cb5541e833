"""For all tests."""

import logging
import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

#: The same examples each time, and no time limit of one: what lands is decided by what was changed. New examples are
#: looked for by HYPOTHESIS_PROFILE=explore.
settings.register_profile("suite", deadline=None, derandomize=True, database=None)
settings.register_profile("explore", deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """A command run in this process sets logging up on a stream that ends with its test."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    before = {each: (each.level, list(each.filters)) for each in _loggers()}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for each in _loggers():
        # one that is new has its level by whoever made it; a filter is the set-up's
        level, each.filters[:] = before.get(each, (each.level, []))
        if each.level != level:
            each.setLevel(level)


def _loggers() -> list[logging.Logger]:
    """All but the root."""
    return [each for each in logging.root.manager.loggerDict.values() if isinstance(each, logging.Logger)]
