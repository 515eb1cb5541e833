"""The doctor prints findings only: no traceback of a client's thread, no advice to ask the doctor."""

import gc
import json
import socket
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from asterisk.manager import Manager

from ivr.config import Config
from ivr.doctor import pbx, state


@pytest.mark.parametrize("broken", ["_receive_data", "message_loop", "event_dispatch", "close"])
def test_a_client_thread_that_dies_is_a_finding_and_no_traceback(
    broken: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def dies(manager: Manager) -> None:
        raise ValueError("I/O operation on closed file")

    seen: list[str] = []
    gc.collect()  # what other tests left
    monkeypatch.setattr(threading, "excepthook", lambda args: seen.append(str(args.exc_value)))
    monkeypatch.setattr(sys, "unraisablehook", lambda args: seen.append(str(args.exc_value)))
    monkeypatch.setattr(Manager, broken, dies)
    monkeypatch.setattr(pbx, "_LIMIT", 0.5)
    secrets = tmp_path / "secrets.json"
    secrets.write_text(json.dumps({"ami": "x"}))
    with socket.create_server(("127.0.0.1", 0)) as server:
        check = pbx.ami(server.getsockname()[1], secrets)
    assert check.status == "fail" and check.remedy
    assert seen == [] and capsys.readouterr().err == ""


def test_a_database_fault_does_not_send_the_doctor_to_the_doctor(tmp_path: Path) -> None:
    (tmp_path / "hotline.db").write_bytes(b"no database at all " * 100)
    check = state.database(replace(Config(), state_dir=tmp_path))
    assert check.status == "fail" and check.remedy
    assert "cannot be used" in check.what and "doctor" not in check.what
