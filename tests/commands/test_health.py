"""`ivr health` tells what answers by its exit code and in one line."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from ivr.cli import main
from ivr.commands import _watchdog
from ivr.commands._setup import environment, ports
from ivr.config import Config, load_config
from tests.addresses import free_port


@contextmanager
def listening(answer: bytes) -> Iterator[int]:
    """A port at which every visitor is given `answer`, b"": nothing, for ever; its number."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        held = []

        def serve() -> None:
            with suppress(OSError):  # closed: the test is over
                while True:
                    visitor, _ = server.accept()
                    held.append(visitor)
                    if answer:
                        visitor.recv(4096)
                        visitor.sendall(answer)
                        visitor.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
        for visitor in held:
            visitor.close()


def health(part: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    code = main(["health", part])
    [line] = capsys.readouterr().out.splitlines()
    return code, line


@pytest.mark.parametrize("status", [b"200 OK", b"429 Too Many Requests"])
def test_the_controller_is_well_when_its_web_server_gives_a_sign_of_life(
    status: bytes, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with listening(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n") as port:
        monkeypatch.setenv("IVR_WEB_PORT", str(port))
        monkeypatch.setattr(_watchdog, "_PATIENCE_S", 20)
        assert health("controller", capsys) == (0, "controller: answers")


def test_a_controller_that_takes_connections_and_is_silent_is_not_well(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with listening(b"") as port:
        monkeypatch.setenv("IVR_WEB_PORT", str(port))
        assert health("controller", capsys) == (1, f"controller: http://127.0.0.1:{port} gives no sign of life")


def test_nobody_at_the_port_is_no_health(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IVR_WEB_PORT", str(port := free_port()))
    assert health("controller", capsys) == (1, f"controller: http://127.0.0.1:{port} gives no sign of life")


def test_an_asterisk_that_is_not_started_does_not_answer(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "sbin/asterisk"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n[ \"$1\" = -V ] && echo Asterisk 22.1.0 && exit\nexit 1\n")
    program.chmod(0o755)
    modules = tmp_path / "lib/asterisk/modules"
    modules.mkdir(parents=True)
    for name in ("chan_pjsip.so", "res_agi.so", "app_queue.so", "res_pjsip.so"):
        (modules / name).touch()
    monkeypatch.setenv("IVR_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("IVR_ASTERISK", str(program))
    assert health("asterisk", capsys) == (1, "asterisk: does not answer on its console")
    monkeypatch.setenv("IVR_ASTERISK", str(tmp_path / "nothing"))
    code, line = health("asterisk", capsys)
    assert code == 1 and "is not a program" in line


def test_each_part_needs_its_own_sockets_only() -> None:
    config = Config()
    both, asterisk, controller = ports(config), ports(config, controller=False), ports(config, asterisk=False)
    assert {port.setting for port in asterisk} == {"sip_port", "ami_port", "ws_port"}
    assert {port.setting for port in controller} == {"agi_port", "web_port"}
    assert both == [*asterisk, *controller]


def test_a_part_s_process_gets_the_settings_but_no_password_in_its_environment(tmp_path: Path) -> None:
    file = tmp_path / "url"
    file.write_text("postgresql://u:pw12345@h/db")
    outside = {"IVR_DATABASE_URL_FILE": str(file), "IVR_CONFIG_FILE": str(tmp_path / "hotline.toml")}
    config = load_config(environ=outside, sip_port=5070, controller_addresses="10.0.0.3,10.0.0.4")
    given = environment(config)
    assert "pw12345" not in " ".join(given.values())
    assert load_config(environ={**outside, **given}) == config
