"""The federal subjects: name, district, time zone, area codes (`regions.csv`), read and checked."""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

import pytz

from ivr.errors import DataError

#: The federal districts in the order in which callers hear them (keys 1 to 8).
DISTRICTS = ("central", "northwest", "south", "caucasus", "volga", "ural", "siberia", "fareast")
#: A menu of regions: at most so many groups in a district, and regions in a group.
GROUPS, PER_GROUP = 3, 6
_COLUMNS = ("code", "name_ru", "short_ru", "name_en", "district", "zone", "area_codes", "also_ru", "parts")
_PART = re.compile(r"(?P<prefix>[0-9]{4,7})/(?P<name>[^=;/]+)=(?P<zone>[A-Za-z_/-]+)\Z")


@dataclass(frozen=True)
class Part:
    """A part of a region with a clock of its own: area code with the digits after it, municipality, IANA zone."""

    prefix: str
    name: str
    zone: str


@dataclass(frozen=True)
class Region:
    """One federal subject. `code`: two digits (tax service); `names` by language (ru, en).

    `short`: its name in Russian as people say it ("Якутия"); `also`: other names that official lists use.
    """

    code: str
    names: Mapping[str, str]
    district: str
    zone: str
    area_codes: tuple[str, ...]
    parts: tuple[Part, ...] = ()
    short: str = ""
    also: tuple[str, ...] = ()

    @property
    def zones(self) -> tuple[str, ...]:
        """Its zones, the main one first."""
        return tuple(dict.fromkeys((self.zone, *(p.zone for p in self.parts))))


@dataclass(frozen=True)
class Regions:
    """All of them, in the file's order."""

    by_code: Mapping[str, Region]

    @cached_property
    def menu(self) -> Mapping[str, tuple[tuple[str, ...], ...]]:
        """For the keypad: district -> groups -> region codes, at most 3 groups of at most 6 in order of the names.

        The names are the short ones. A district of one group needs no choice of a group. Three keys reach every
        region. Groups of a district are as equal in size as can be.
        """
        return MappingProxyType({district: self._groups(district) for district in DISTRICTS})

    @cached_property
    def by_area_code(self) -> Mapping[str, tuple[Region, ...]]:
        """Area code -> its regions, first the one for which it is named earliest (495: Moscow, then its oblast).

        A region inside another's area code has more digits (81853 inside 818): the longest code that fits counts.
        """
        found: dict[str, list[tuple[int, str]]] = {}
        for region in self.by_code.values():
            for rank, code in enumerate(region.area_codes):
                found.setdefault(code, []).append((rank, region.code))
        return MappingProxyType({c: tuple(self.by_code[r] for _, r in sorted(rs)) for c, rs in found.items()})

    def _groups(self, district: str) -> tuple[tuple[str, ...], ...]:
        here = [r for r in self.by_code.values() if r.district == district]
        here.sort(key=lambda r: (r.short or r.names["ru"]).casefold().replace("ё", "е"))
        number = -(-len(here) // PER_GROUP)
        groups, start = [], 0
        for left in range(number, 0, -1):
            size = -(-(len(here) - start) // left)
            groups.append(tuple(r.code for r in here[start : start + size]))
            start += size
        return tuple(groups)


@dataclass
class _Reading:
    faults: list[str] = field(default_factory=list)
    regions: dict[str, Region] = field(default_factory=dict)


def load_regions(text: str, where: str = "regions.csv") -> Regions:
    """Read the text of a `regions.csv`; raises `DataError` naming every fault found.

    Columns: code, name_ru, short_ru, name_en, district, zone, area_codes (by blanks), also_ru (by ";"), parts
    ("prefix/name=zone" by ";").
    """
    lines = list(csv.reader(text.removeprefix("\ufeff").splitlines()))
    if not lines or tuple(cell.strip() for cell in lines[0]) != _COLUMNS:
        raise DataError(f"{where}: line 1: the columns must be {','.join(_COLUMNS)}")
    reading = _Reading()
    for number, cells in enumerate(lines[1:], 2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(_COLUMNS):
            reading.faults.append(f"line {number}: has {len(cells)} columns, not {len(_COLUMNS)}; is a comma quoted?")
            continue
        _region(dict(zip(_COLUMNS, (cell.strip() for cell in cells), strict=True)), f"line {number}", reading)
    _districts(reading)
    if not reading.regions:
        reading.faults.append("there is no region in it")
    if reading.faults:
        raise DataError("\n".join(f"{where}: {fault}" for fault in reading.faults))
    return Regions(MappingProxyType(reading.regions))


def _region(row: Mapping[str, str], where: str, reading: _Reading) -> None:
    faults, code = reading.faults, row["code"]
    if not re.fullmatch(r"[0-9]{2}", code):
        faults.append(f"{where}: code: {code!r} is not two digits")
    elif code in reading.regions:
        faults.append(f"{where}: code: {code} is there twice")
    faults += [f"{where}: {key}: is empty" for key in ("name_ru", "name_en") if not row[key]]
    if row["district"] not in DISTRICTS:
        faults.append(f"{where}: district: {row['district']!r} is not one of {', '.join(DISTRICTS)}")
    _zone(row["zone"], f"{where}: zone", faults)
    codes = tuple(row["area_codes"].split())
    faults += [
        f"{where}: area_codes: {c!r} is not three to five digits from 3, 4 or 8 on"
        for c in codes
        if not re.fullmatch(r"[348][0-9]{2,4}", c)
    ]
    reading.regions[code] = Region(
        code,
        MappingProxyType({"ru": row["name_ru"], "en": row["name_en"]}),
        row["district"],
        row["zone"],
        codes,
        _parts(row["parts"], codes, where, faults),
        row["short_ru"] or row["name_ru"],
        _items(row["also_ru"]),
    )


def _parts(text: str, codes: tuple[str, ...], where: str, faults: list[str]) -> tuple[Part, ...]:
    parts = []
    for item in _items(text):
        match = _PART.match(item)
        if match is None:
            faults.append(f"{where}: parts: {item!r} is not written as 41154/Name=Asia/Zone")
            continue
        part = Part(match["prefix"], match["name"].strip(), match["zone"])
        if not part.prefix.startswith(codes):
            faults.append(f"{where}: parts: {part.prefix} does not begin with an area code of the region")
        _zone(part.zone, f"{where}: parts: {part.prefix}", faults)
        parts.append(part)
    return tuple(parts)


def _zone(name: str, where: str, faults: list[str]) -> None:
    # every name is looked for as it is written: pytz itself would take any case
    if name not in pytz.all_timezones_set:
        faults.append(f"{where}: {name!r} is not an IANA time zone such as Asia/Irkutsk")


def _districts(reading: _Reading) -> None:
    for district in DISTRICTS:
        count = sum(region.district == district for region in reading.regions.values())
        if count > GROUPS * PER_GROUP:
            reading.faults.append(
                f"district {district} has {count} regions; the keypad reaches {GROUPS * PER_GROUP} of them at most"
            )


def _items(text: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in text.split(";") if item.strip())
