"""A number that somebody wrote down on the page: called back like any other, and proof of nothing."""

from ivr.flow.commands import Caller
from tests.services.house import CALLER
from tests.services.test_asked_back import busy, call, from_menu, on_the_way, stored

GIVEN = Caller(given=CALLER.number)


async def test_it_does_not_reveal_the_promise_of_the_number_s_owner() -> None:
    house = busy()
    await call(house, from_menu(CALLER), "1", "", "", "")
    assert [one.number for one in await stored(house)] == [CALLER.number]
    impostor = await call(house, from_menu(GIVEN), "1", caller=GIVEN)
    heard = [sound for sounds in impostor.heard for sound in sounds]
    assert "callback/pending" not in heard


async def test_who_hangs_up_after_taking_the_offer_is_promised_a_call_at_it() -> None:
    house, caller = busy(), Caller(given="+74012554433")
    await call(house, on_the_way(caller), "", "", "1", caller=caller)
    assert [(one.number, one.state) for one in await stored(house)] == [("+74012554433", "waiting")]
