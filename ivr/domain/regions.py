"""The federal subjects: name, district, time zone, area codes (`regions.csv`), read and checked."""

from collections.abc import Mapping
from dataclasses import dataclass

#: The federal districts in the order in which callers hear them (keys 1 to 8).
DISTRICTS = ("central", "northwest", "south", "caucasus", "volga", "ural", "siberia", "fareast")


@dataclass(frozen=True)
class Part:
    """A part of a region with a clock of its own: area code with the digits after it, municipality, IANA zone."""

    prefix: str
    name: str
    zone: str


@dataclass(frozen=True)
class Region:
    """One federal subject. `code`: two digits (tax service); `names` by language (ru, en)."""

    code: str
    names: Mapping[str, str]
    district: str
    zone: str
    area_codes: tuple[str, ...]
    parts: tuple[Part, ...] = ()

    @property
    def zones(self) -> tuple[str, ...]:
        """Its zones, the main one first."""
        return tuple(dict.fromkeys((self.zone, *(p.zone for p in self.parts))))


@dataclass(frozen=True)
class Regions:
    """All of them, in the file's order."""

    by_code: Mapping[str, Region]

    @property
    def menu(self) -> Mapping[str, tuple[tuple[str, ...], ...]]:
        """For the keypad: district -> groups -> region codes, at most 3 groups of at most 6 in order of the names.

        A district of one group needs no choice of a group. Three keys reach every region.
        """
        raise NotImplementedError


def load_regions(text: str, where: str = "regions.csv") -> Regions:
    """Read the text of a `regions.csv`; raises `DataError` naming every fault found."""
    raise NotImplementedError
