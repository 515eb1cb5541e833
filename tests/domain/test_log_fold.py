"""The queue_log becomes counts: each call once, however the log is read."""

import json
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.log_fold import LogFold
from ivr.domain.metrics import figures
from ivr.domain.queue_counts import Counts, Key, half_hour, merge, total
from ivr.domain.queue_log import parse_line

START = 1_800_000_000
EXITS = ("answered", "abandoned", "keyed", "timed_out", "emptied", "withdrawn", "lost")


def new_fold() -> LogFold:
    return LogFold(lambda queue: "Europe/Moscow", lambda queue: 20)


def counted(*lines: str, fold: LogFold | None = None) -> dict[Key, Counts]:
    return (fold or new_fold()).feed(entry for line in lines if (entry := parse_line(line)) is not None)


def of(found: dict[Key, Counts], queue: str) -> dict[str, float]:
    return total(counts for (kind, name, _), counts in found.items() if (kind, name) == ("queue", queue))


def line(at: int, uniqueid: str, queue: str, agent: str, verb: str, *arguments: object) -> str:
    return "|".join(map(str, (START + at, uniqueid, queue, agent, verb, *arguments)))


def test_a_call_that_is_answered() -> None:
    found = counted(
        line(0, "1.1", "east", "NONE", "ENTERQUEUE", "", "4821", 1),
        line(9, "1.1", "east", "op-101", "RINGNOANSWER", 8000),
        line(25, "1.1", "east", "op-102", "CONNECT", 25, "1.9", 4),
        line(85, "1.1", "east", "op-102", "COMPLETECALLER", 25, 60, 1),
    )
    east = of(found, "east")
    assert east == {"entered": 1, "offered": 1, "missed": 1, "answered": 1, "wait_s": 25, "ring_s": 4, "wait_30": 1,
                    "completed": 1, "talk_s": 60}  # fmt: skip
    agents = {name: counts for (kind, name, _), counts in found.items() if kind == "agent"}
    assert agents == {"op-101": {"missed": 1}, "op-102": {"answered": 1, "ring_s": 4, "talk_s": 60}}


def test_the_ends_of_waiting_are_told_apart_and_early_hang_ups_apart_again() -> None:
    found = of(counted(
        *(line(0, f"1.{n}", "east", "NONE", "ENTERQUEUE", "", "", n) for n in range(1, 7)),
        line(5, "1.1", "east", "NONE", "ABANDON", 1, 1, 5),
        line(6, "1.2", "east", "NONE", "ABANDON", 1, 1, 6),
        line(7, "1.3", "east", "NONE", "EXITWITHKEY", "1", 1, 1, 7),
        line(8, "1.4", "east", "NONE", "EXITWITHTIMEOUT", 1, 1, 8),
        line(9, "1.5", "east", "NONE", "EXITEMPTY", 1, 1, 9),
        line(9, "1.6", "east", "NONE", "WITHDRAW", 1, 1, 9, "moved"),
        line(10, "1.7", "east", "NONE", "JOINEMPTY"),
    ), "east")  # fmt: skip
    assert found == {"entered": 6, "offered": 6, "abandoned": 2, "short": 1, "gone_s": 11, "keyed": 1, "timed_out": 1,
                     "emptied": 1, "withdrawn": 1, "refused": 1}  # fmt: skip


def test_who_thinks_better_of_a_callback_is_not_offered_twice() -> None:
    found = of(counted(
        line(0, "1.1", "east", "NONE", "ENTERQUEUE", "", "", 1),
        line(50, "1.1", "east", "NONE", "EXITWITHKEY", "1", 1, 1, 50),
        line(70, "1.1", "east", "NONE", "ENTERQUEUE", "", "", 1),
    ), "east")  # fmt: skip
    assert (found["entered"], found["offered"]) == (2, 1)


CALLED, FIRST = "cb20782qcksjqfthtds", "cb20782fxjcfgkrvvrw;2"


def test_a_call_that_we_made_is_neither_offered_nor_answered_nor_abandoned() -> None:
    found = counted(
        line(0, CALLED, "common", "NONE", "ENTERQUEUE", "", "78005553535", 1),
        line(9, CALLED, "common", "op-101", "RINGNOANSWER", 9000),
        line(25, CALLED, "common", "op-101", "CONNECT", 25, "1.9", 4),
        line(85, CALLED, "common", "op-101", "COMPLETEAGENT", 25, 60, 1),
        line(90, FIRST, "common", "NONE", "ENTERQUEUE", "", "78005553535", 1),
        line(93, FIRST, "common", "NONE", "ABANDON", 1, 1, 3),
        line(99, f"{CALLED}x", "common", "NONE", "ENTERQUEUE", "", "78005553535", 1),
        line(140, f"{CALLED}x", "common", "NONE", "EXITWITHTIMEOUT", 1, 1, 41),
        line(141, f"{CALLED}x", "common", "NONE", "JOINEMPTY"),
    )
    # the talk is a talk, and the phone that rang in vain rang
    assert of(found, "common") == {
        "back_entered": 3, "back_answered": 1, "back_abandoned": 1, "back_left": 1, "missed": 1, "completed": 1,
        "talk_s": 60,
    }  # fmt: skip
    agents = {name: counts for (kind, name, _), counts in found.items() if kind == "agent"}
    assert agents == {"op-101": {"missed": 1, "answered": 1, "ring_s": 4, "talk_s": 60}}
    live = figures(of(found, "common"))
    assert live["service_level"] is live["abandon_rate"] is live["asa"] is None
    assert not any(live[name] for name in ("offered", "answered", "abandoned", "moved_on", "not_taken"))
    assert (live["called_back"], live["called_back_lost"]) == (1, 2)


#: As Asterisk wrote them: one connected, one whose citizen hung up while the operator's phone rang.
WRITTEN = """\
1795640871|cb20782fddfhdpqbgtt|moscow|NONE|ENTERQUEUE|||1
1795640871|cb20782fddfhdpqbgtt|moscow|op-101|CONNECT|0|1795640871.4|0
1795640872|cb20782fddfhdpqbgtt|moscow|op-101|COMPLETEAGENT|0|1|1
1795641039|cb20782hgpvfcwggcqq|moscow|NONE|ENTERQUEUE|||1
1795641039|cb20782hgpvfcwggcqq|moscow|op-101|RINGCANCELED|7
1795641039|cb20782hgpvfcwggcqq|moscow|NONE|ABANDON|1|1|0
"""


def test_what_asterisk_writes_of_calls_that_we_made() -> None:
    assert of(counted(*WRITTEN.splitlines()), "moscow") == {
        "back_entered": 2, "back_answered": 1, "back_abandoned": 1, "completed": 1, "talk_s": 1,
    }  # fmt: skip


def test_a_supervisor_s_move_of_a_call_that_we_made_is_no_loss_of_a_live_caller_either() -> None:
    found = counted(
        line(0, CALLED, "east", "NONE", "ENTERQUEUE", "", "", 1),
        line(3, CALLED, "east", "NONE", "ABANDON", 1, 1, 3),
        line(4, CALLED, "west", "NONE", "ENTERQUEUE", "", "", 1),
        line(5, "NONE", "NONE", "NONE", "QUEUESTART", ""),
    )
    assert _without_zeros(found) == {
        ("queue", "east", half_hour(START, "Europe/Moscow")): {"back_entered": 1, "back_left": 1},
        ("queue", "west", half_hour(START, "Europe/Moscow")): {"back_entered": 1, "back_left": 1},
    }


def test_who_is_moved_by_a_supervisor_has_not_given_up() -> None:
    found = counted(
        line(0, "1.1", "east", "NONE", "ENTERQUEUE", "", "", 1),
        line(3, "1.1", "east", "NONE", "ABANDON", 1, 1, 3),
        line(4, "1.1", "west", "NONE", "ENTERQUEUE", "", "", 1),
        line(44, "1.1", "west", "NONE", "ABANDON", 1, 1, 40),
    )
    assert {name: of(found, "east").get(name) for name in ("abandoned", "short", "withdrawn")} == {
        "abandoned": 0, "short": 0, "withdrawn": 1,
    }  # fmt: skip
    assert of(found, "west")["abandoned"] == 1


def test_who_has_hung_up_is_soon_forgotten_and_who_is_passed_on_is_not() -> None:
    fold = new_fold()
    there = [line(0, f"1.{n}", "east", "NONE", "ENTERQUEUE", "", "", n) for n in range(1, 4)]
    gone = [
        line(3, "1.1", "east", "NONE", "ABANDON", 1, 1, 3),
        line(3, "1.2", "east", "NONE", "EXITWITHTIMEOUT", 1, 1, 3),
    ]
    counted(*there, *gone, line(200, "1.9", "east", "NONE", "JOINEMPTY"), fold=fold)
    assert set(fold.visits) == {"1.2", "1.3"}
    found = of(counted(line(890, "1.2", "east", "NONE", "ENTERQUEUE", "", "", 1),
                       line(891, "1.1", "east", "NONE", "ENTERQUEUE", "", "", 1), fold=fold), "east")  # fmt: skip
    assert (found["entered"], found["offered"]) == (2, 1)


def test_whether_a_call_is_in_mind_does_not_depend_on_where_the_reading_began() -> None:
    lines = [
        line(0, "1.1", "east", "NONE", "ENTERQUEUE", "", "", 1),
        line(3, "1.1", "east", "NONE", "EXITWITHKEY", "1", 1, 1, 3),
        line(895, "1.2", "east", "NONE", "JOINEMPTY"),
        line(905, "1.1", "east", "NONE", "ENTERQUEUE", "", "", 1),
    ]
    again = new_fold()
    again.restore(json.loads(json.dumps(_fed(lines[:2]).state())))
    assert of(counted(*lines[2:], fold=again), "east")["offered"] == 1
    assert of(counted(*lines[2:], fold=_fed(lines[:2])), "east")["offered"] == 1


def _fed(lines: list[str]) -> LogFold:
    fold = new_fold()
    counted(*lines, fold=fold)
    return fold


def test_what_another_version_stored_is_read() -> None:
    fold = new_fold()
    told = {"queues": ["east"], "queue": "east", "joined": START, "answered": 0, "agent": "", "ended": 0, "left": "",
            "abandoned": False, "short": False, "back": False}  # fmt: skip
    over = told | {"queue": "", "left": "east", "ended": START + 3}
    fold.restore({"1.1": told, "1.2": over, "1.3": {"queue": "east"}})
    found = of(counted(line(9, "1.1", "east", "op-1", "CONNECT", 9, "1.9", 4),
                       line(10, "1.2", "east", "NONE", "ENTERQUEUE", "", "", 1), fold=fold), "east")  # fmt: skip
    assert (found["answered"], found["entered"], found.get("offered")) == (1, 1, None)
    later = {name: [*told, "more"] for name, told in fold.state().items()}
    again = new_fold()
    again.restore(json.loads(json.dumps(later)))
    assert again.visits == fold.visits


def test_a_restart_of_asterisk_ends_what_waited_and_what_talked() -> None:
    found = of(counted(
        line(0, "1.1", "east", "NONE", "ENTERQUEUE", "", "", 1),
        line(0, "1.2", "east", "NONE", "ENTERQUEUE", "", "", 2),
        line(1, "1.1", "east", "op-1", "CONNECT", 1, "1.9", 1),
        line(60, "NONE", "NONE", "NONE", "QUEUESTART", ""),
        line(61, "1.2", "east", "NONE", "ABANDON", 1, 1, 61),
    ), "east")  # fmt: skip
    assert (found["lost"], found["cut"], found.get("abandoned")) == (1, 1, None)


def test_transfers_end_a_talk() -> None:
    for verb, where in (("BLINDTRANSFER", ("77", "queues")), ("ATTENDEDTRANSFER", ("BRIDGE", "x"))):
        found = of(counted(
            line(0, "1.1", "east", "NONE", "ENTERQUEUE", "", "", 1),
            line(1, "1.1", "east", "op-1", "CONNECT", 1, "1.9", 1),
            line(31, "1.1", "east", "op-1", verb, *where, 1, 30, 1),
        ), "east")  # fmt: skip
        assert (found["transferred"], found["talk_s"]) == (1, 30)


def test_half_hours_are_those_of_the_queues_own_clock() -> None:
    # 1:20 in Kathmandu is 19:35 UTC
    assert half_hour(1_800_041_700 - 6_900, "Asia/Kathmandu").minute in (15, 45)
    assert half_hour(START + 1799, "Europe/Moscow") == half_hour(START, "Europe/Moscow")


ids, verbs = st.integers(1, 6), st.sampled_from(
    ["ENTERQUEUE", "ENTERQUEUE", "CONNECT", "COMPLETEAGENT", "ABANDON", "EXITWITHKEY", "EXITWITHTIMEOUT", "EXITEMPTY",
     "WITHDRAW", "RINGNOANSWER", "QUEUESTART", "BLINDTRANSFER"]
)  # fmt: skip
stories = st.lists(st.tuples(st.integers(0, 400), ids, st.sampled_from(["east", "west"]), verbs), max_size=60)


def log_of(story: list[tuple[int, int, str, str]]) -> list[str]:
    at, lines = 0, []
    for pause, who, queue, verb in story:
        at += pause
        id = f"1.{who}" if who < 5 else f"cb20782{'ab'[who % 2]}"
        lines.append(line(at, id, queue, "op-1", verb, pause, "7", 3, 2))
    return lines


@given(stories, st.lists(st.integers(0, 60)))
def test_a_log_read_in_pieces_with_restarts_between_counts_the_same(
    story: list[tuple[int, int, str, str]], cuts: list[int]
) -> None:
    lines = log_of(story)
    pieces: dict[Key, dict[str, float]] = {}
    state: dict[str, object] = {}
    places = sorted({0, len(lines), *(cut for cut in cuts if cut <= len(lines))})
    for start, end in pairwise(places):
        fold = new_fold()
        fold.restore(json.loads(json.dumps(state)))
        merge(pieces, counted(*lines[start:end], fold=fold))
        state = fold.state()
    whole = counted(*lines)
    assert _without_zeros(pieces) == _without_zeros(whole)


@given(stories)
def test_every_visit_ends_in_one_way_or_goes_on(story: list[tuple[int, int, str, str]]) -> None:
    fold = new_fold()
    found = counted(*log_of(story), fold=fold)

    def waiting(queue: str, *, back: bool) -> int:
        return sum(v.queue == queue and not v.answered and v.back == back for v in fold.visits.values())

    for queue in ("east", "west"):
        counts = of(found, queue)
        assert counts.get("entered", 0) == sum(counts.get(name, 0) for name in EXITS) + waiting(queue, back=False)
        assert all(much >= 0 for much in counts.values())
        assert counts.get("offered", 0) <= counts.get("entered", 0)
        ends = sum(counts.get(f"back_{name}", 0) for name in ("answered", "abandoned", "left"))
        assert counts.get("back_entered", 0) == ends + waiting(queue, back=True)


@given(st.text(alphabet="0123456789|.NONEABDCT\n-é"))
def test_no_line_breaks_the_count(text: str) -> None:
    counted(*text.splitlines(), f"{START}|{text}", f"{START}|1|q|a|CONNECT|{text}")


def _without_zeros(found: dict[Key, Counts] | dict[Key, dict[str, float]]) -> dict[Key, dict[str, float]]:
    kept = {key: {name: much for name, much in counts.items() if much} for key, counts in found.items()}
    return {key: counts for key, counts in kept.items() if counts}
