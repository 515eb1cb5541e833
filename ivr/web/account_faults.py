"""Refusals of the account desk, as a browser is told them."""

from collections.abc import Iterator
from contextlib import contextmanager

from ivr.domain.account_words import WORDS
from ivr.services.account_desk import AccountFault
from ivr.web.faults import WebFault

_STATUS = {"no_account": 404, "login_taken": 409, "last_administrator": 409}


@contextmanager
def told() -> Iterator[None]:
    """Within it an `AccountFault` becomes a `WebFault`."""
    try:
        yield
    except AccountFault as fault:
        raise WebFault(
            fault.error_id,
            _STATUS.get(fault.error_id, 400),
            WORDS[fault.error_id],
            {field: WORDS[word] for field, word in fault.fields.items()},
        ) from None
