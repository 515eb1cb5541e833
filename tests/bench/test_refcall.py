"""The parts of the reference call; the whole of it is `make bench ARGS=reference`."""

import struct
from itertools import pairwise
from pathlib import Path

import pytest

from tests.bench.refcall.dialplans import contexts
from tests.bench.refcall.processes import family, processor_s
from tests.bench.refcall.story import TICKET, Said, agi_steps, story
from tests.bench.refcall.trial import AFTER, CALL_S, KEYS, Trial
from tests.bench.refcall.voice import ALAW, EVENTS, Voice, write_pcap
from tests.bench.reference import LIMIT, OURS, figures


@pytest.fixture(scope="module")
def told() -> tuple[Said, ...]:
    return story()


def test_the_menus_lead_from_the_greeting_to_the_queue_by_the_keys_that_are_pressed(told: tuple[Said, ...]) -> None:
    assert [one.key for one in told if one.key] == [KEYS[at] for at in sorted(KEYS)]
    assert {one.step for one in told if one.key} == AFTER.keys()
    assert told[-1].step == "operator/connecting" and max(KEYS) < CALL_S


def test_all_say_the_same(told: tuple[Said, ...]) -> None:
    text = contexts("bench", told, {"panoramisk": "agi://127.0.0.1:1/inbound"})
    read = [line.split(",")[2] for line in text.splitlines() if ",Read(" in line]
    asked = ["&".join(step["ask"]) for step in agi_steps(told) if "ask" in step]
    number = "".join(f"${{TICKET:{place}:1}}" for place in range(len(TICKET)))
    assert len(read) == len(asked) == len(told)
    for ours, theirs in zip(read, asked, strict=True):
        if "ticket/your-number" in ours:
            assert "".join(part.rpartition("/")[2] for part in ours.split("&") if "TICKET" in part) == number
            for place, digit in enumerate(TICKET):
                ours = ours.replace(f"${{TICKET:{place}:1}}", digit)
        assert ours == theirs


def test_the_dialplan_stops_when_the_ticket_is_no_longer_read_digit_by_digit() -> None:
    with pytest.raises(RuntimeError, match="digit by digit"):
        contexts("bench", [Said("ticket/number", ("ticket/your-number", "n/48"), "", 3)], {})


def test_a_phone_sends_a_packet_every_20_ms_and_keys_as_events(tmp_path: Path) -> None:
    write_pcap(tmp_path / "caller.pcap", {0.1: "7"}, 1.0)
    data, at, packets = (tmp_path / "caller.pcap").read_bytes(), 24, []
    while at < len(data):
        seconds, micro, size, _ = struct.unpack("<IIII", data[at : at + 16])
        packets.append((seconds + micro / 1e6, data[at + 16 + 42 : at + 16 + size]))
        at += 16 + size
    numbers = [struct.unpack("!H", packet[2:4])[0] for _, packet in packets]
    assert all(later == earlier + 1 for earlier, later in pairwise(numbers))
    kinds = [packet[1] & 0x7F for _, packet in packets]
    assert kinds.count(ALAW) == 50 - 6 and kinds.count(EVENTS) == 5 + 3
    events = [packet[12:] for _, packet in packets if packet[1] & 0x7F == EVENTS]
    assert {event[0] for event in events} == {7} and [event[1] >> 7 for event in events] == [0] * 5 + [1] * 3


def test_a_key_is_up_again_once() -> None:
    voice = Voice(1)
    voice.press("1")
    assert [voice.packets()[1] for _ in range(8)].count(True) == 1


def test_processor_time_of_a_family() -> None:
    import os

    assert os.getpid() in family(os.getppid())
    before = processor_s([os.getpid()])
    while processor_s([os.getpid()]) < before + 0.02:
        sum(range(100_000))


def test_goals_are_taken_from_the_dialplan_of_the_same_run() -> None:
    def one(name: str, pbx: float, server: float, p99: float, calls: int) -> Trial:
        return Trial(name, pbx, server, (0.002, p99), 0, 0, calls, 20.0, "a call failed")

    rounds = [[one(LIMIT, 0.08, 0, 0.01, 700), one(OURS, 0.08, 0.003, 0.015, 690), one("peer", 0.09, 0.005, 0.02, 500)]]
    told = {each.name: each for each in figures(rounds, 300)}
    kept = {name: each.goal.kept(each.value) for name, each in told.items() if each.goal}
    assert len(kept) == 7 and all(kept.values())
    worse = [[rounds[0][0], one(OURS, 0.09, 0.02, 0.05, 400), rounds[0][2]]]
    missed = [each.name for each in figures(worse, 300) if each.goal and not each.goal.kept(each.value)]
    assert len(missed) == 6
