"""Ticket numbers catch slips of the finger; statuses move by the table only."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain import tickets
from ivr.domain.tickets import EVENTS, MOVES, STATUSES, IllegalMove, Ticket, TicketEvent

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
numbers = st.integers(0, 10**7 - 1).map(lambda body: tickets.new_number(lambda _: body))


def a_ticket(status: str = "open") -> Ticket:
    number = tickets.new_number(lambda n: 4821551)
    ticket, _ = tickets.open_ticket(
        number,
        category="signin",
        language="ru",
        call_id="c1",
        caller="+79161234567",
        purpose="operator",
        at=AT,
    )
    return replace(ticket, status=status)


def test_check_table_is_a_totally_antisymmetric_quasigroup() -> None:
    """The properties from which "every wrong digit, every swap" follows, over the whole table."""
    table = tickets._DAMM
    digits = range(10)
    for i in digits:
        assert sorted(table[i]) == list(digits)  # a wrong digit gives another interim digit
        assert sorted(row[i] for row in table) == list(digits)  # and it stays other to the end
        assert table[i][i] == 0  # the check digit is the interim digit itself
    for c, x, y in product(digits, digits, digits):
        if x != y:
            assert table[table[c][x]][y] != table[table[c][y]][x]


@given(numbers)
def test_every_single_wrong_digit_is_caught(number: str) -> None:
    assert tickets.valid_number(number)
    for place, wrong in product(range(8), "0123456789"):
        if wrong != number[place]:
            assert not tickets.valid_number(number[:place] + wrong + number[place + 1 :])


@given(numbers)
def test_every_neighbour_swap_is_caught(number: str) -> None:
    for i, (left, right) in enumerate(pairwise(number)):
        if left != right:
            assert not tickets.valid_number(number[:i] + right + left + number[i + 2 :])


@pytest.mark.parametrize("text", ["", "1", "123456789", "4821551", "x8215513", "٤٨٢١٥٥١٣", "4821551\n", "²" * 8])
def test_what_is_not_eight_ascii_digits_is_no_number(text: str) -> None:
    assert not tickets.valid_number(text)


def test_the_whole_range_of_numbers_is_used() -> None:
    asked: list[int] = []
    number = tickets.new_number(lambda n: asked.append(n) or 7)
    assert asked == [10_000_000]
    assert number[:7] == "0000007"
    assert tickets.valid_number(number)


def test_number_is_written_in_pairs() -> None:
    assert tickets.group("48215513") == "48 21 55 13"


def test_a_new_ticket_is_open_and_its_history_begins() -> None:
    number = tickets.new_number(lambda n: 12)
    ticket, event = tickets.open_ticket(
        number, category="signin", language="tt", call_id="c1", caller="", purpose="sms", at=AT
    )
    assert (ticket.status, ticket.version, ticket.region) == ("open", 1, None)
    assert event == TicketEvent(number, AT, "opened", "", "open", "", "c1")


def test_a_wrong_number_opens_nothing() -> None:
    with pytest.raises(ValueError, match="check digit"):
        tickets.open_ticket("12345678", category="x", language="ru", call_id="c", caller="", purpose="sms", at=AT)


def test_naive_times_are_refused() -> None:
    naive = AT.replace(tzinfo=None)
    with pytest.raises(ValueError, match="aware"):
        replace(a_ticket(), opened_at=naive)
    with pytest.raises(ValueError, match="aware"):
        tickets.move(a_ticket(), "take", naive)


def test_table_names_known_statuses_and_every_status_but_open_is_reached() -> None:
    assert set(MOVES) == set(STATUSES)
    targets = {after for moves in MOVES.values() for after in moves.values()}
    assert targets == set(STATUSES)


@given(st.lists(st.sampled_from([*EVENTS, "opened", "note", "nonsense"]), max_size=40))
def test_random_event_orders_never_make_an_illegal_move(events: list[str]) -> None:
    ticket = a_ticket()
    for count, name in enumerate(events):
        at = AT + timedelta(seconds=count)
        if name in MOVES[ticket.status]:
            moved, event = tickets.move(ticket, name, at)
            assert (event.before, event.after, event.at) == (ticket.status, moved.status, at)
            assert moved == replace(ticket, status=MOVES[ticket.status][name], version=ticket.version + 1)
            ticket = moved
        else:
            with pytest.raises(IllegalMove, match=ticket.status):
                tickets.move(ticket, name, at)


def test_a_note_moves_nothing() -> None:
    event = tickets.note(a_ticket("closed"), "called again", AT, "c2")
    assert (event.event, event.before, event.after, event.note) == (
        "note",
        "closed",
        "closed",
        "called again",
    )
