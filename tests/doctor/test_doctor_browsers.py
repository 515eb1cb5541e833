"""What the doctor says about calls from the browser."""

from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

import pytest

from ivr.config import Config
from ivr.doctor.browsers import microphone, outer_addresses, sound

LAN, PUBLIC = ip_address("192.168.1.10"), ip_address("198.51.100.7")
FIB = """Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
     +-- 127.0.0.0/8 2 0 2
           |-- 127.0.0.1
              /32 host LOCAL
     |-- 192.168.1.0
        /24 link UNICAST
     |-- 192.168.1.10
        /32 host LOCAL
     |-- 192.168.1.255
        /32 link BROADCAST
"""
SIX = """00000000000000000000000000000001 01 80 10 80       lo
fe8000000000000000fc00fffe000001 02 40 20 80     eth0
20010db8000000000000000000000002 02 40 00 80     eth0
"""


def test_the_machine_s_addresses_without_loopback_and_link_local(tmp_path: Path) -> None:
    assert outer_addresses(tmp_path) == []
    (tmp_path / "fib_trie").write_text(FIB)
    (tmp_path / "if_inet6").write_text(SIX)
    assert outer_addresses(tmp_path) == [LAN, ip_address("2001:db8::2")]


def test_a_machine_with_loopback_alone_is_told_how_to_get_an_address() -> None:
    found = sound(Config(), [])
    assert found.status == "warn" and "ip addr add" in found.remedy


@pytest.mark.parametrize(
    ("settings", "addresses", "words"),
    [
        ({}, [LAN], ""),
        ({"web_host": "192.168.1.10"}, [LAN], "no public address"),
        ({"web_host": "192.168.1.10", "ice_addresses": ("192.168.1.10=198.51.100.7",)}, [LAN], ""),
        ({"ice_addresses": ("192.168.1.11=198.51.100.7",)}, [LAN], "192.168.1.11 is no address"),
        ({"web_host": "8.8.8.8"}, [ip_address("8.8.8.8")], ""),
    ],
)
def test_the_addresses_of_sound_fit_those_of_the_machine(settings: dict, addresses: list, words: str) -> None:
    found = sound(replace(Config(), **settings), addresses)
    assert (found.status == "warn") == bool(words) and words in found.what


#: An address that no machine has.
ELSEWHERE = "203.0.113.2"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"web_host": "203.0.113.35", "ice_addresses": ("203.0.113.34=198.51.100.7",)}, ""),
        ({"web_host": "203.0.113.35", "ice_addresses": ("203.0.113.34=127.0.0.1",)}, "sent to 127.0.0.1"),
        ({"web_host": "203.0.113.35", "sip_bind": "203.0.113.34"}, "no public address"),
        ({"web_host": "203.0.113.35", "sip_bind": "8.8.8.8"}, ""),
    ],
)
def test_where_asterisk_is_elsewhere_its_addresses_are_not_looked_for_here(settings: dict, words: str) -> None:
    found = sound(replace(Config(), asterisk_host=ELSEWHERE, **settings), [LAN])
    assert (found.status == "warn") == bool(words) and words in found.what


@pytest.mark.parametrize(
    ("host", "url", "good"),
    [
        ("127.0.0.1", "", True),
        ("0.0.0.0", "", False),
        ("0.0.0.0", "http://hotline.example", False),
        ("0.0.0.0", "https://hotline.example", True),
    ],
)
def test_without_https_a_page_elsewhere_gets_no_microphone(host: str, url: str, good: bool) -> None:
    assert (microphone(replace(Config(), web_host=host, web_url=url)).status == "ok") == good
