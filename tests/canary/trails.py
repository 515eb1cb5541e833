"""A number that was written down one digit at a time: a log line, event or row a key is as good as the number."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from tests.canary.documents import DOCUMENTS, Document
from tests.canary.search import Sighting

#: So many keys of a number in a row, of one call and under one name.
TRAIL = 6
#: What says whose record it is: a unique id of Asterisk's (also ours), a channel, the call number of its log.
_CALL = re.compile(r"\b[0-9]{9,}[.x][0-9]+\b|\bcb[0-9]{5}[a-z0-9]+|\b\w+/[\w-]+-[0-9a-f]{8}\b|\bC-[0-9a-f]{8}\b")
#: A digit that stands alone, and the word before it.
_ALONE = re.compile(r"(?:([A-Za-z_]+)[^0-9A-Za-z]{0,12})?(?<![0-9A-Za-z.:+])([0-9])(?![0-9A-Za-z.:])")
#: A sound that says one digit.
_SAID = re.compile(r"\bd/([0-9])\b")


def search_trail(records: Iterable[str], place: str, documents: Sequence[Document] = DOCUMENTS) -> set[Sighting]:
    """`records` in the order in which they were written: log lines, rows, events (one text each)."""
    told: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for record in records:
        call = found.group() if (found := _CALL.search(record)) else ""
        for name, digit in _ALONE.findall(record):
            told[call, name].append(digit)
        for digit in _SAID.findall(record):
            told[call, "d/"].append(digit)
    seen: set[Sighting] = set()
    for (_, name), digits in told.items():
        trail = "".join(digits)
        for document in documents:
            number = document.digits
            if any(number[at : at + TRAIL] in trail for at in range(len(number) - TRAIL + 1)):
                seen.add(Sighting(place, document.kind, f"one by one: {name or 'alone'}"))
    return seen
