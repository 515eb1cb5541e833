"""Asterisk for the tests of the private instance: the provisioned one."""

from pathlib import Path

import pytest

from ivr.config import Config
from ivr.pbx.provision import Provisioner


@pytest.fixture(scope="session")
def provisioned() -> Path:
    """The root of the provisioned tree; unpacked once if it is not there."""
    provisioner = Provisioner(Config().asterisk_cache.expanduser(), print)
    provisioner.provide()
    return provisioner.target
