"""The tools of the attacks from outside: what they find, and what they send. No Asterisk is started here."""

import asyncio
import random
import socket
import struct
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as some

from ivr.datafiles import read_data
from ivr.flow.book import load_book
from tests.chaos.keys import EVENTS, KeyPad
from tests.chaos.outside.malformed import grown
from tests.chaos.outside.random_keys import illegal
from tests.chaos.outside.siege import History, Left, Siege
from tests.chaos.outside.torture import ODD, WRONG, written
from tests.chaos.sip_call import Account
from tests.chaos.sip_wire import read

BOOK = load_book(read_data("menus.toml", None))


def way(*steps: tuple[str, str]) -> list[tuple[str, dict[str, Any]]]:
    """Steps as the journal has them; with keys: asked there."""
    return [("ask", {"step": step, "keys": keys}) if keys else ("step", {"step": step}) for step, keys in steps]


def test_a_way_that_the_menus_have_is_legal_and_another_is_found() -> None:
    legal = way(("menu/main", ""), ("menu/main", "1"), ("menu/signin", ""), ("menu/signin", "*"), ("menu/main", ""))
    assert illegal(BOOK, legal) == ""
    assert illegal(BOOK, way(("menu/main", ""), ("menu/main", "2"), ("menu/signin", "")))
    assert illegal(BOOK, way(("menu/main", ""), ("menu/settings", "")))
    # where the journal has only that a key was pressed, any key of that menu may have been it
    assert illegal(BOOK, way(("menu/main", ""), ("menu/main", "•"), ("menu/signin", ""))) == ""
    assert illegal(BOOK, way(("menu/main", ""), ("menu/main", "•"), ("menu/settings", "")))


@given(some.binary(max_size=300))
def test_whatever_comes_is_read(raw: bytes) -> None:
    message = read(raw)
    assert message.status >= 0 and isinstance(message.method, str)


def test_a_password_is_proved_as_rfc_2617_says() -> None:
    proof = Account("Mufasa", "Circle Of Life").answer('Digest realm="a", nonce="b", qop="auth"', "INVITE", "sip:x")
    assert 'username="Mufasa"' in proof and 'realm="a"' in proof and "qop=auth" in proof
    assert "Circle" not in proof


def test_messages_grow_alike_from_one_seed_and_differ_from_what_they_grew_of() -> None:
    first, again = grown(40, 3), grown(40, 3)
    assert first == again and len(set(first)) > 20
    corpus = {text.encode("utf-8", "surrogateescape") for text in (*ODD.values(), *WRONG.values())}
    assert sum(raw not in corpus for raw in first) > 20


def test_nothing_of_a_template_is_left_in_a_message() -> None:
    for template in (*ODD.values(), *WRONG.values()):
        raw = written(template, "UDP 127.0.0.1:9", "127.0.0.1:9", "127.0.0.2", "own")
        assert not any(name in raw for name in (b"{via}", b"{us}", b"{sip}", b"{own}"))


async def test_a_key_is_sent_as_rfc_4733_says() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.bind(("127.0.0.1", 0))
        ear.setblocking(False)
        pad = KeyPad("127.0.0.1", random.Random(1))
        pad.answered(f"c=IN IP4 127.0.0.1\r\nm=audio {ear.getsockname()[1]} RTP/AVP 8 101\r\n".encode())
        await pad.press("#", 0.06)
        pad.close()
        loop = asyncio.get_running_loop()
        packets = [await asyncio.wait_for(loop.sock_recv(ear, 2000), 20) for _ in range(1 + 3 + 3)]
    events = [struct.unpack("!BBH", packet[12:16]) for packet in packets[1:]]
    assert {event for event, _, _ in events} == {EVENTS["#"]}
    assert [flags >> 7 for _, flags, _ in events] == [0, 0, 0, 1, 1, 1]
    assert [lasted for _, _, lasted in events] == [160, 320, 480, 640, 640, 640]
    assert len({packet[4:8] for packet in packets[1:]}) == 1  # one time stamp: it is one key


class Told:
    """An Asterisk that has such a history."""

    def __init__(self, shown: str) -> None:
        self.shown = shown

    async def command(self, words: str, limit: float = 0) -> str:
        return self.shown


async def test_an_invite_that_left_for_elsewhere_is_seen_and_one_to_a_telephone_is_not() -> None:
    shown = (
        "00001 1795666439 * <== 127.0.0.9:56876      INVITE sip:88005553535@127.0.0.1 SIP/2.0\n"
        "00002 1795666439 * ==> 127.0.0.2:5060       INVITE sip:+79161234567@127.0.0.2:5060 SIP/2.0\n"
        "00003 1795666439 * ==> PHONES:5060          INVITE sip:op-101@PHONES:5060;line=x SIP/2.0\n"
        "00004 1795666439 * ==> 127.0.0.9:56876      SIP/2.0 200 OK\n"
    )
    siege = Siege(cast(Any, None), cast(Any, None), History(cast(Any, None)), History(cast(Any, None)), 0)
    siege.kept = History(cast(Any, Told(shown.replace("PHONES", siege.place(5)))))
    assert await siege.left() == [Left("sip:+79161234567@127.0.0.2:5060", "127.0.0.2:5060")]
