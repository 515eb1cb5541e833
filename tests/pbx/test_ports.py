"""Ports that are taken are said in one line with the setting to change."""

import os
import socket

import pytest

from ivr.pbx.ports import Port, fault_of


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
