"""Callers who change queues keep their order."""

from datetime import datetime, timedelta
from itertools import permutations

import pytest

from ivr.domain.queues import BoardView, QueueView, Waiting
from ivr.services.moving import Moving
from ivr.testing import NOON
from tests.services.house import staffed


def since(minutes: int) -> datetime:
    return NOON - timedelta(minutes=minutes)


def board(*callers: tuple[str, int], queue: str = "moscow") -> BoardView:
    waiting = tuple(Waiting(name, n, since(minutes), name) for n, (name, minutes) in enumerate(callers, 1))
    return staffed(**{queue: QueueView(queue, 1, 0, waiting)})


def test_one_caller_is_behind_those_who_came_before_and_before_those_who_came_later() -> None:
    view = board(("a", 7), ("b", 6), ("c", 1))
    assert Moving().hand_over("x", "moscow", since(5), view, NOON) == 3
    assert Moving().hand_over("x", "moscow", since(9), view, NOON) == 1
    assert Moving().hand_over("x", "elsewhere", since(1), view, NOON) == 1


def test_no_place_is_named_by_a_stale_board() -> None:
    assert Moving().hand_over("x", "moscow", since(5), BoardView(board(("a", 7)).queues, fresh=False), NOON) == 0


@pytest.mark.parametrize("order", list(permutations([("x", 9), ("y", 8), ("z", 7)])))
@pytest.mark.parametrize("shown", [False, True], ids=["board as before", "board follows"])
def test_many_who_move_at_once_stand_by_arrival_whoever_is_quicker(order: list[tuple[str, int]], shown: bool) -> None:
    moving, queue = Moving(), [("early", 10), ("late", 1)]
    view = board(*queue)
    for name, minutes in order:
        place = moving.hand_over(name, "moscow", since(minutes), board(*queue) if shown else view, NOON)
        # as Asterisk does it
        queue.insert(place - 1, (name, minutes))
    assert [name for name, _ in queue] == ["early", "x", "y", "z", "late"]


def test_who_never_appears_is_forgotten() -> None:
    moving = Moving()
    moving.hand_over("gone", "moscow", since(9), board(), NOON)
    assert moving.hand_over("x", "moscow", since(5), board(), NOON + timedelta(seconds=14)) == 2
    assert moving.hand_over("y", "moscow", since(6), board(), NOON + timedelta(seconds=16)) == 1


def test_who_moves_on_does_not_stand_before_himself() -> None:
    moving = Moving()
    moving.hand_over("x", "moscow", since(9), board(), NOON)
    assert moving.hand_over("x", "moscow", since(9) + timedelta(seconds=1), board(), NOON) == 1


GONE_ON = [("x", "moscow"), ("x", "")]


@pytest.mark.parametrize("told", GONE_ON, ids=["answered or gone", "hung up"])
def test_who_is_out_at_once_makes_no_place_wrong(told: tuple[str, str]) -> None:
    moving, view = Moving(), board(("late", 1))
    moving.hand_over("x", "moscow", since(9), view, NOON)
    assert moving.hand_over("y", "moscow", since(8), view, NOON) == 2
    moving.out(*told)
    assert moving.hand_over("z", "moscow", since(7), view, NOON) == 2


def test_late_word_of_the_queue_that_he_left_says_nothing_of_the_one_he_goes_to() -> None:
    moving, view = Moving(), board(("x", 9), queue="kazan")
    moving.hand_over("x", "moscow", since(9), view, NOON)
    moving.out("x", "kazan")
    # the board, too, may still show him where he was
    assert moving.hand_over("y", "moscow", since(8), view, NOON) == 2


def test_who_turns_up_in_another_queue_is_not_awaited_in_this_one() -> None:
    moving = Moving()
    moving.hand_over("x", "moscow", since(9), board(), NOON)
    assert moving.hand_over("y", "moscow", since(8), board(("x", 9), queue="common"), NOON) == 1


def test_of_the_same_second_who_is_there_first_stays_in_front() -> None:
    moving, view = Moving(), board(("there", 5))
    assert moving.hand_over("x", "moscow", since(5), view, NOON) == 2
    assert moving.hand_over("y", "moscow", since(5), view, NOON) == 3


def test_who_comes_back_to_his_queue_is_not_behind_himself() -> None:
    assert Moving().hand_over("x", "moscow", since(5), board(("x", 5), ("y", 4)), NOON) == 1


def test_who_moves_is_behind_all_who_came_before_him_also_where_a_later_one_was_put_forward() -> None:
    view = board(("steered", 1), ("a", 9), ("b", 3))
    assert Moving().hand_over("x", "moscow", since(5), view, NOON) == 3
