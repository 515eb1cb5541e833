"""A network is put where the hotline believes it, or one line says why not."""

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


def test_two_calls_at_once_have_a_folder_each(tmp_path: Path) -> None:
    with network_folder(tmp_path) as first:
        with network_folder(tmp_path) as second:
            assert first != second
        with network_folder(tmp_path) as third:
            assert third == second
