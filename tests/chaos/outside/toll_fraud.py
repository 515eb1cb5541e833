"""Whoever comes from outside tries to be connected with a number outside. Counted are the INVITEs that leave."""

from tests.chaos.outside.siege import Siege
from tests.chaos.outside.toll_numbers import CUNNING, OUTSIDE, Tried, nothing_left
from tests.chaos.outside.toll_talks import from_talks
from tests.chaos.outside.toll_ways import cunning_headers, dials, ways_in
from tests.chaos.outside.toll_wishes import every_context, wishes

__all__ = ["OUTSIDE", "Tried", "dials", "nothing_left", "toll_fraud", "ways_in"]


async def toll_fraud(siege: Siege, tried: Tried) -> None:
    """All of it. The last step lets the dispatcher call one number, to see that what is counted can be seen."""
    await siege.kept.begin()
    await siege.came.begin()
    plan = await siege.dialplan()
    own = {name for names in plan.values() for name in names if name[0] != "_"}
    assert {"inbound", "callback-dial", "transfers"} <= plan.keys(), plan
    names = list(dict.fromkeys([*OUTSIDE, *CUNNING, *sorted(own), *plan]))
    async with ways_in(siege) as ways:
        for way in ways:
            await dials(way, names, tried)
            await nothing_left(siege, tried, way.name)
        await cunning_headers(siege, ways, tried)
    await from_talks(siege, tried)
    await every_context(siege, plan, names, tried)
    await wishes(siege, tried)
