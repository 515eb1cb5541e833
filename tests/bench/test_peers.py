"""All the peers make the same call: as many commands, the same files, the same variables."""

import json
import socket
import subprocess

import pytest

from tests.bench.peers.running import CALL, PROCESS, SERVERS, for_each_call, serving

HEADER = b"agi_network: yes\nagi_network_script: inbound\nagi_uniqueid: 1.1\nagi_enhanced: 0.0\n\n"
#: Answers as Asterisk gives them when nobody presses a key while a file plays, and 1 when he is asked.
PLAYED, PRESSED, SET = b"200 result=0 endpos=8000\n", b"200 result=1\n", b"200 result=1\n"
SILENCE = b"200 result= (timeout)\n"
QUICK = b"20"  # milliseconds: less than anybody is asked for


def answer(command: bytes) -> bytes:
    words = command.replace(b'"', b"").split()
    if words[0] == b"STREAM":
        return PLAYED
    if words[0] == b"GET":
        return SILENCE if words[3] == QUICK else PRESSED
    return SET


def conversation(asterisk: socket.socket) -> list[str]:
    """What is asked of Asterisk until the other side closes: the file played, or the variable with its value."""
    asked = []
    asterisk.settimeout(20)
    asterisk.sendall(HEADER)
    with asterisk.makefile("rb") as lines:
        for line in lines:
            words = line.decode().replace('"', "").split()
            asked.append(words[2] if words[0] != "SET" else "=".join(words[2:]))
            asterisk.sendall(answer(line))
    return asked


def expected() -> list[str]:
    told = []
    for step in json.loads(CALL.read_text("utf-8")):
        told += step.get("play") or step.get("ask") or [f"{name}={value}" for name, value in step["set"].items()]
    return told


@pytest.mark.parametrize("name", SERVERS)
def test_a_server_makes_the_call(name: str) -> None:
    with serving(name) as server:
        for _ in range(2):
            with socket.create_connection(("127.0.0.1", server.port)) as asterisk:
                assert conversation(asterisk) == expected()


def test_a_process_makes_the_call() -> None:
    assert PROCESS not in SERVERS
    ours, its = socket.socketpair()
    with subprocess.Popen(for_each_call(), stdin=its, stdout=its, stderr=subprocess.DEVNULL) as process:
        its.close()
        with ours:
            assert conversation(ours) == expected()
    assert process.returncode == 0
