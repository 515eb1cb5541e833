"""The hotline cannot be used to flood somebody's phone with SMS."""

from datetime import timedelta

import pytest

from ivr.errors import StorageError
from ivr.services.sms_desk import SmsDesk
from ivr.testing import NOON, MemoryOutbox

OWN, OTHER, THIRD = "+79161234567", "+79035554433", "+79035554434"


class Desk:
    def __init__(self) -> None:
        self.outbox = MemoryOutbox()
        self.desk = SmsDesk(self.outbox)

    async def send(self, number: str = OWN, template: str = "a", call: str = "c1", hours: float = 0) -> str:
        return await self.desk.queue(
            call_id=call, number=number, template=template, language="ru", ticket="", at=NOON + timedelta(hours=hours)
        )

    @property
    def sent(self) -> list[tuple[str, str]]:
        return [(m.number, m.template) for m in self.outbox.messages]


async def test_the_same_text_to_the_same_phone_in_one_call_is_sent_once() -> None:
    d = Desk()
    assert [await d.send(), await d.send(), await d.send()] == ["queued", "repeated", "repeated"]
    assert d.sent == [(OWN, "a")]
    assert await d.send(call="c2") == "queued"


async def test_a_phone_gets_three_a_day_from_whatever_calls() -> None:
    d = Desk()
    assert [await d.send(call=f"c{n}", hours=n) for n in range(5)] == ["queued"] * 3 + ["refused"] * 2
    assert await d.send(OTHER, call="c9", hours=4) == "queued"
    assert await d.send(call="c10", hours=23.9) == "refused"
    assert await d.send(call="c11", hours=24) == "queued"
    assert await d.send(call="c12", hours=24.5) == "refused"


async def test_one_call_reaches_two_phones() -> None:
    d = Desk()
    assert [await d.send(OWN), await d.send(OTHER), await d.send(THIRD)] == ["queued", "queued", "refused"]
    assert await d.send(OTHER, "b") == "queued"
    assert await d.send(THIRD, call="c2") == "queued"


async def test_a_refused_sms_uses_nothing_up() -> None:
    d = Desk()
    for n in range(3):
        await d.send(call=f"before{n}")
    assert [await d.send(OWN), await d.send(OTHER), await d.send(THIRD)] == ["refused", "queued", "queued"]


async def test_an_sms_that_could_not_be_stored_may_be_tried_again() -> None:
    d = Desk()
    d.outbox.away = True
    for _ in range(5):
        with pytest.raises(StorageError):
            await d.send()
        with pytest.raises(StorageError):
            await d.send(OTHER)
    d.outbox.away = False
    assert await d.send() == "queued"
    assert [await d.send(template="b"), await d.send(template="c")] == ["queued", "queued"]


async def test_calls_long_over_are_forgotten() -> None:
    d = Desk()
    d.desk = SmsDesk(d.outbox, known_calls=2)
    for n in range(4):
        await d.send(f"+7916000000{n}", call=f"c{n}")
    assert await d.send("+79160000000", call="c0") == "queued"
    assert await d.send("+79160000003", call="c3") == "repeated"
