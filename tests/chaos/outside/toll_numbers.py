"""Numbers outside in every form that is dialled, and what is noted of those who tried."""

from collections import Counter
from dataclasses import dataclass, field

from tests.chaos.outside.siege import Siege

#: A number that the dispatcher may call, and that nobody else may.
ALLOWED = "+79161234567"
#: Ways to write a number outside: home, foreign, premium, short, satellite, free; and what is no number at all.
OUTSIDE = (
    ALLOWED, "79161234567", "89161234567", "9161234567", "0079161234567", "00079161234567", "981079161234567",
    "84951234567", "+74951234567", "8~10~1~9005551234", "8101900555123", "81044870000000", "+19005551234",
    "+448700000000", "+252612345678", "+88213000000", "+8816234567", "+88005553535", "+78095551234", "88095551234",
    "+78035551234", "+79541234567", "+78401234567", "+77271234567", "112", "911", "101", "102", "103", "0611",
    "0", "00", "*67" + ALLOWED, "*11", "*12", "*72" + ALLOWED, "#31#89161234567", "9*89161234567", "9,89161234567",
    "9w89161234567",
)  # fmt: skip
#: Extensions that would mean something to a dialplan, or to Dial() if a name came there unlooked at.
CUNNING = (
    "s", "i", "t", "h", "o", "a", "T", "fax", "cb20783abcdef", "cb20783", "default", "internal", "from-internal",
    f"{ALLOWED}@trunk-alpha", f"{ALLOWED}%40trunk-alpha", f"Local%2F{ALLOWED}@callback-dial",
    f"88005553535&PJSIP/{ALLOWED}@trunk-alpha", f"PJSIP%2F{ALLOWED}@trunk-alpha", "88005553535,1,Dial(x)",
    "${EVAL(x)}", "88005553535;phone-context=%2B7", "88005553535%00", "%2B79161234567", "88005553535%0D%0A",
    "q-common", "queues", "callback-dial",
)  # fmt: skip


@dataclass
class Tried:
    """How often each way in was tried, what was answered, and what went wrong."""

    tries: Counter[str] = field(default_factory=Counter)
    answers: dict[str, Counter[int]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    figures: dict[str, int] = field(default_factory=dict)

    def note(self, way: str, status: int) -> None:
        self.tries[way] += 1
        self.answers.setdefault(way, Counter())[status] += 1


async def nothing_left(siege: Siege, tried: Tried, what: str) -> None:
    """Write down, and forget, every INVITE that left."""
    tried.faults += [f"{what}: INVITE {one.uri} left for {one.address}" for one in await siege.left()]
    got = [one for one in await siege.came.invites("<==") if f"@{siege.place(5)}" not in one.uri]
    tried.faults += [f"{what}: the network got INVITE {one.uri}" for one in got if not _phone(one.uri)]
    await siege.kept.begin()
    await siege.came.begin()


def _phone(uri: str) -> bool:
    return uri.startswith("sip:op-")
