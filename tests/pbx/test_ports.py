"""Ports that are taken are said in one line with the setting to change."""

import os
import socket
import subprocess
import sys

import pytest

from ivr.pbx.ports import Port, fault_of, holder_of


@pytest.mark.parametrize("udp", [False, True])
def test_a_taken_port_names_its_holder_and_the_setting(udp: bool) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM if udp else socket.SOCK_STREAM) as holder:
        holder.bind(("127.0.0.1", 0))
        if not udp:
            holder.listen()
        port = Port("web_port", "127.0.0.1", holder.getsockname()[1], udp)
        fault = fault_of(port)
    assert fault is not None and "\n" not in fault
    assert f"(process {os.getpid()})" in fault and "IVR_WEB_PORT" in fault and "--web-port" in fault
    assert fault_of(port) is None


def test_an_address_of_another_machine_is_said() -> None:
    fault = fault_of(Port("sip_port", "192.0.2.1", 5999, udp=True))
    assert fault is not None and "not an address of this machine" in fault


@pytest.mark.parametrize("udp", [False, True])
def test_the_holder_of_the_same_port_on_another_address_is_not_blamed(udp: bool) -> None:
    kind = socket.SOCK_DGRAM if udp else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, kind) as ours, socket.socket(socket.AF_INET, kind) as other:
        other.bind(("127.0.0.2", 0))
        number = other.getsockname()[1]
        ours.bind(("127.0.0.3", number))
        for holder in (ours, other):
            if not udp:
                holder.listen()
        assert holder_of(Port("sip_port", "127.0.0.4", number, udp)) == ""
        assert str(os.getpid()) in holder_of(Port("sip_port", "127.0.0.2", number, udp))
        assert str(os.getpid()) in holder_of(Port("sip_port", "0.0.0.0", number, udp))


@pytest.mark.parametrize(("family", "address"), [(socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::"),
                                                 (socket.AF_INET6, "::1")])
def test_a_holder_of_all_addresses_and_one_of_ipv6_are_seen(family: int, address: str) -> None:
    with socket.socket(family, socket.SOCK_DGRAM) as holder:
        holder.bind((address, 0))
        host = "::1" if address == "::1" else "127.0.0.1"
        assert str(os.getpid()) in holder_of(Port("sip_port", host, holder.getsockname()[1], udp=True))


def test_an_asterisk_run_by_a_loader_is_called_asterisk() -> None:
    # what holds the port is another program, as the provisioned one is run by ld-linux
    source = ("import socket, sys; s = socket.create_server(('127.0.0.1', 0));"
              "print(s.getsockname()[1], flush=True); sys.stdin.read()")
    argv = [sys.executable, "-c", source, "--library-path", "/x/lib", "/x/usr/sbin/asterisk", "-f"]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdin is not None
        number = int(process.stdout.readline())
        assert holder_of(Port("ami_port", "127.0.0.1", number)) == f"asterisk (process {process.pid})"
        process.stdin.close()
