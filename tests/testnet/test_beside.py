"""A network is put where the hotline believes it, or one line says why not."""

import os
import socket
from pathlib import Path

import pytest

from ivr.config import Config, Trunk
from ivr.errors import PbxError
from ivr.testnet.beside import exchange_for, network_folder


def test_the_default_hotline_is_called_from_its_local_trunk() -> None:
    exchange, did = exchange_for(Config(), {})
    assert (exchange.hotline, exchange.hotline_port, exchange.provider_a) == ("127.0.0.1", 5060, "127.0.0.1")
    assert did == "88005553535"
    assert exchange.port != 5060


def test_the_first_loopback_address_of_any_trunk_is_taken_with_its_number() -> None:
    config = Config(
        sip_bind="0.0.0.0",
        trunks=(Trunk("far", ("192.0.2.1",)), Trunk("near", ("198.51.100.0/24", "127.9.0.0/24"), ("74951234567",))),
    )
    exchange, did = exchange_for(config, {})
    assert (exchange.hotline, exchange.provider_a, did) == ("127.0.0.1", "127.9.0.1", "74951234567")


def test_no_trunk_on_this_machine_is_said_with_what_to_add() -> None:
    with pytest.raises(PbxError, match=r'addresses = \["127.0.0.1"\]'):
        exchange_for(Config(trunks=(Trunk("far", ("192.0.2.1",)),)), {})


def test_the_ports_of_the_sound_are_not_those_of_the_hotline() -> None:
    config = Config(rtp_start=20000, rtp_end=26000)
    exchange, _ = exchange_for(config, {})
    assert exchange.rtp_end < 20000 or exchange.rtp_start > 26000


def test_citizens_are_rung_where_the_hotline_calls_whatever_its_own_port_is() -> None:
    exchange, _ = exchange_for(Config(sip_port=5070, network_port=5288), {}, citizens=True)
    assert (exchange.citizens, exchange.provider_a, exchange.port) == (True, "127.0.0.1", 5288)


def test_a_caller_leaves_the_port_of_the_citizens_phones_alone() -> None:
    exchange, _ = exchange_for(Config(network_port=5260), {})
    assert (exchange.citizens, exchange.port != 5260) == (False, True)


def test_phones_of_real_citizens_are_not_waited_for() -> None:
    config = Config(trunks=(Trunk("far", ("192.0.2.1",)), Trunk("local", ("127.0.0.1",))))
    with pytest.raises(PbxError, match="through a provider"):
        exchange_for(config, {}, citizens=True)


def test_citizens_phones_are_there_once() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        with pytest.raises(PbxError, match=r"is taken.*network_port"):
            exchange_for(Config(network_port=other.getsockname()[1]), {}, citizens=True)


def test_two_that_start_at_the_same_moment_do_not_choose_the_same_port(monkeypatch: pytest.MonkeyPatch) -> None:
    ports = set()
    for pid in (4711, 4712, 4713):
        monkeypatch.setattr(os, "getpid", lambda pid=pid: pid)
        ports.add(exchange_for(Config(), {})[0].port)
    assert len(ports) == 3


def test_two_calls_at_once_have_a_folder_each(tmp_path: Path) -> None:
    with network_folder(tmp_path) as first:
        with network_folder(tmp_path) as second:
            assert first != second
        with network_folder(tmp_path) as third:
            assert third == second
