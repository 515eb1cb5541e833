"""Names of territories as the numbering plan writes them -> regions.

The plan names one region in several ways ("г. Москва", "Город Москва", "Московская обл.", "Республика Саха /Якутия/"),
several at once ("Архангельская область, Ненецкий автономный округ"), or none ("Российская Федерация"). What stands
in front of the last "|" is smaller: town, municipality.
"""

import re
from collections.abc import Iterator

from ivr.domain.numbering import Territory
from ivr.domain.regions import Region, Regions

#: No bracket or stroke stands in a note: a search from one that is not closed ends at the next, so time is linear.
_NOTE = re.compile(r"\([^()]*\)|/[^/]*/")
_MARKS = re.compile(r"[-‐-―−.\"«»]")
_SHORT = {
    "обл": "область",
    "респ": "республика",
    "р": "республика",
    "аобл": "автономная область",
    "ао": "автономный округ",
    "г": "",
    "гор": "",
    "город": "",
}
_SEVERAL = re.compile(r",|;|\*| и ")
#: Words that say: the numbers are not of one region.
_WHOLE = ("российская федерация", "россия", "рф")
#: Places with Russian numbers outside the Federation: name, area code, zone.
ELSEWHERE = (("байконур", "336", "Asia/Qyzylorda"), ("абхазия", "840", "Europe/Moscow"))


class TerritoryNames:
    """Finds regions by the names that official lists use."""

    def __init__(self, regions: Regions) -> None:
        self._regions = regions
        self._by_name: dict[str, Region] = {}
        for region in regions.by_code.values():
            for name in (region.names["ru"], region.short, *region.also):
                self._by_name.setdefault(_plain(name), region)

    def territory(self, text: str) -> Territory:
        """The territory that one cell of the plan names; never fails (`known` False)."""
        *smaller, last = (cell.strip() for cell in text.split("|"))
        if _plain(last) in _WHOLE:
            return Territory(last)
        found = [self._by_name.get(_plain(name)) for name in self._names(last)]
        regions = [region for region in found if region is not None]
        if not regions or len(regions) < len(found):
            known = any(name in _plain(cell) for name, _, _ in ELSEWHERE for cell in (*smaller, last))
            return Territory(last, known=known)
        codes = tuple(dict.fromkeys(region.code for region in regions))
        name = ", ".join(self._regions.by_code[code].names["ru"] for code in codes)
        return Territory(name, codes, _part(regions[0], smaller) if len(codes) == 1 else None)

    def needs_all(self, territory: Territory) -> bool:
        """Does what stands in front of the last "|" matter for this territory?"""
        return not territory.regions or any(self._regions.by_code[code].parts for code in territory.regions)

    def _names(self, text: str) -> Iterator[str]:
        if _plain(text) in self._by_name:
            yield text
            return
        for name in _SEVERAL.split(text):
            if name.strip():
                yield name


def _part(region: Region, smaller: list[str]) -> str | None:
    if not region.parts or not smaller:
        return None
    words = {word for cell in smaller for word in cell.casefold().replace("ё", "е").split()}
    return next((p.prefix for p in region.parts if p.name.casefold().replace("ё", "е") in words), "")


def _plain(name: str) -> str:
    """The name without what people write in different ways: case, ё, dashes, shortened words, order of words."""
    text = _MARKS.sub(" ", _NOTE.sub(" ", name)).casefold().replace("ё", "е")
    words = [_SHORT.get(word, word) for word in text.split()]
    return " ".join(sorted(dict.fromkeys(word for words_ in words for word in words_.split())))
