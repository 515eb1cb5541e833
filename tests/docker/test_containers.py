"""Both images, built by hand and started as compose starts them: calls, pages and a clean end."""

import json
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr.config import Config
from tests.docker.composed import SQLITE
from tests.docker.containers import DID, NET, PROVIDER, PUBLIC, STRANGER, Containers
from tests.docker.images import Images
from tests.docker.sip import called, options

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="root file systems are made and entered by root only")


@pytest.fixture
def containers(images: Images, tmp_path: Path) -> Iterator[Containers]:
    here = Containers(images, SQLITE, tmp_path, {"HOTLINE_NET": NET, "IVR_PUBLIC_ADDRESS": PUBLIC})
    for service in ("asterisk", "controller"):  # at once, as compose does
        here.start(service)
    yield here
    for service in list(here.started):
        here.stop(service)


def manager(address: str, source: str, user: str, secret: str) -> str:
    """What Asterisk's manager says to a log-in that comes from `source`."""
    with socket.create_connection((address, Config().ami_port), 20, (source, 0)) as link:
        link.sendall(f"Action: Login\r\nUsername: {user}\r\nSecret: {secret}\r\nEvents: off\r\n\r\n".encode())
        heard = b""
        while b"\r\n\r\n" not in heard and (part := link.recv(4096)):
            heard += part
    return heard.decode()


def call_of(containers: Containers) -> tuple[str, str]:
    """The one call there was, and its journey; it is written some moments after it."""
    until = time.monotonic() + 20
    while True:
        calls = json.loads(containers.execute("controller", "ivr", "calls", "list", "--json"))
        if calls or time.monotonic() > until:
            [call] = calls
            told = containers.execute("controller", "ivr", "calls", "show", call["call_id"], "--json")
            if '"greeting"' in told or time.monotonic() > until:
                return call["call_id"], told


def test_a_call_is_taken_by_both_containers_and_they_end_cleanly(containers: Containers, tmp_path: Path) -> None:
    told = containers.settings("asterisk")
    sip, port = told["IVR_SIP_BIND"], int(told["IVR_SIP_PORT"])
    for service in ("asterisk", "controller"):
        containers.until_healthy(service)
    containers.until_ready()
    secrets = json.loads((containers.folder / "state/secrets.json").read_text())
    containers.assert_least_rights([secrets["ami"], secrets["dispatcher"], *secrets["operators"].values()])
    assert options(sip, port, PROVIDER) in (200, 404)
    address, media = called(sip, port, DID, PROVIDER, tmp_path)
    assert address == PUBLIC and int(told["IVR_RTP_START"]) <= media <= int(told["IVR_RTP_END"])
    # what the caller heard is in the database: Asterisk asked the controller what to play
    call_id, journey = call_of(containers)
    assert '"greeting"' in journey
    assert "Success" in manager(told["IVR_ASTERISK_HOST"], "127.0.0.1", "controller", secrets["ami"])
    assert "Error" in manager(told["IVR_ASTERISK_HOST"], STRANGER, "controller", secrets["ami"])
    assert "0 dialled" in containers.execute("dispatcher", "ivr", "callbacks", "dispatch", "--listen", "0")
    assert "recordings" in containers.execute("retention", "ivr", "retention", "run")
    backup = containers.backup()
    assert {service: containers.stop(service) for service in ("controller", "asterisk")} == {
        "controller": 0, "asterisk": 0}, containers.log("controller") + containers.log("asterisk")  # fmt: skip
    assert containers.log("controller").endswith("stopped\n") and containers.log("asterisk").endswith("stopped\n")
    assert (containers.folder / "tables/hotline.db").exists()
    containers.put_back(backup)
    assert list((containers.folder / "tables").glob("hotline.db.before-*"))
    [again] = json.loads(containers.execute("controller", "ivr", "calls", "list", "--json"))
    assert again["call_id"] == call_id


@pytest.mark.parametrize("name", ["asterisk", "controller"])
def test_an_image_has_neither_state_nor_a_password(images: Images, name: str) -> None:
    root = images.root(name)
    assert not list((root / "var/lib/hotline").rglob("*.*")) and not list((root / "tmp").iterdir())
    assert not [path for path in (root / "opt/hotline").rglob("secrets.json")]
    assert not (root / "opt/hotline/docker/secrets").exists()
    assert (root / "usr/sbin/asterisk").exists() == (name == "asterisk")
    # what the Python packages were installed with is in neither
    assert not list((root / "usr/lib").glob("python3*/ensurepip"))


def test_the_pages_are_in_the_controller_s_image(images: Images) -> None:
    assert (images.root("controller") / "opt/hotline/ivr/web/static/build/login.ru.html").is_file()
