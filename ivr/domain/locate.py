"""A caller's number -> his place: chosen > card > fixed line > mobile range > nothing known. Pure and quick.

A fixed line is where its area code is. A mobile number tells where it was sold: ported numbers stay in their region
(since 2013-12-01), but people move and keep them, so it is a guess. Without an imported numbering plan the area
codes of `regions.csv` still serve fixed lines.
"""

from typing import Literal

import phonenumbers
import pytz
from phonenumbers import timezone as phone_zones

from ivr.domain.numbering import NumberingPlan, Territory
from ivr.domain.regions import Region, Regions
from ivr.domain.territories import ELSEWHERE
from ivr.domain.whereabouts import KnownPlace, Place, Reason
from ivr.errors import DataError

#: The whole country has one time since 2024-03-01; pytz knows.
KAZAKHSTAN = "Asia/Almaty"
_LONGEST_CODE, _SHORTEST_CODE = 5, 3


class Locator:
    """Built once from the regions and the plan (or None); `default_region`'s zone is assumed when nothing is known.

    Raises `DataError` when there is no such default region.
    """

    def __init__(self, regions: Regions, plan: NumberingPlan | None, default_region: str) -> None:
        default = regions.by_code.get(default_region)
        if default is None:
            raise DataError(f"default_region: there is no region {default_region!r}; `ivr regions list` shows them")
        self.regions, self.plan = regions, plan
        self._default = default
        self._zones = {prefix: zone for _, prefix, zone in ELSEWHERE}
        self._parts = {part.prefix: part.zone for region in regions.by_code.values() for part in region.parts}
        # (territory, area code) -> its place, made once; None where the rest of the number decides
        self._places: dict[tuple[int, str], Place | None] = {}

    def place(self, number: str, known: KnownPlace | None = None) -> Place:
        """Where the caller with `number` (E.164; "" when withheld) is, given what is kept for the number."""
        if known is not None and known.region in self.regions.by_code:
            return self.kept(known, number)
        if not number.startswith("+7"):
            return self._foreign(number) if number else self._unknown("place-withheld")
        national = number[2:]
        if len(national) != 10 or not (national.isascii() and national.isdigit()):
            return self._unknown("place-withheld")
        if national[0] == "7":
            return Place("", KAZAKHSTAN, "none", _reason("place-kazakhstan", "", KAZAKHSTAN, national[:3]))
        if national[:2] == "80":
            return self._unknown("place-not-geographic", national[:3])
        if self.plan is not None and (index := self.plan.index(int(national))) >= 0:
            key = (index, national[:3])
            if key not in self._places:
                self._places[key] = self._of_territory(self.plan.territories[index], national[:3])
            if (place := self._places[key]) is not None:
                return place
        if national[0] in "348":
            return self._by_area_code(national)
        return self._unknown("place-unknown-range", national[:3])

    def kept(self, known: KnownPlace, number: str = "") -> Place:
        """The place of a kept region; `number` decides between its zones. Raises KeyError for an unknown region."""
        region = self.regions.by_code[known.region]
        confidence: Literal["chosen", "card"] = "chosen" if known.confidence == "chosen" else "card"
        zone, sure = self._zone(region, number)
        return Place(
            region.code, zone, confidence, _reason(f"place-{confidence}", region.code, zone), doubtful=not sure
        )

    def _zone(self, region: Region, number: str) -> tuple[str, bool]:
        """The zone of a caller in `region`, and whether it is the only one possible."""
        if len(region.zones) == 1:
            return region.zone, True
        guess = self.place(number)
        if guess.region == region.code and guess.confidence == "fixed":
            return guess.zone, not guess.doubtful
        return region.zone, False

    def _of_territory(self, territory: Territory, code: str) -> Place | None:
        """The place of the numbers of `territory` that begin with `code`; None when the plan says too little."""
        confidence: Literal["fixed", "mobile"] = "mobile" if code[0] == "9" else "fixed"
        regions = [self.regions.by_code[each] for each in territory.regions if each in self.regions.by_code]
        if not regions:
            return self._unknown("place-default", code, territory.name) if confidence == "mobile" else None
        region = regions[0]
        if confidence == "fixed" and len(regions) == 1 and region.parts and territory.part is None:
            return None
        zone = self._parts.get(territory.part or "", region.zone)
        doubtful = territory.part is None and len({zone for each in regions for zone in each.zones}) > 1
        id = f"place-{confidence}"
        if len(regions) > 1:
            id = "place-fixed-shared" if confidence == "fixed" else "place-mobile-shared"
        reason = _reason(id, region.code, zone, code, territory.name)
        return Place(region.code, zone, confidence, reason, doubtful)

    def _by_area_code(self, national: str) -> Place:
        for length in range(_LONGEST_CODE, _SHORTEST_CODE - 1, -1):
            code = national[:length]
            if regions := self.regions.by_area_code.get(code):
                break
        else:
            return self._abroad(national[:3]) or self._unknown("place-unknown-range", national[:3])
        region = regions[0]
        zone, doubtful = region.zone, len({zone for each in regions for zone in each.zones}) > 1
        for length in range(7, len(code), -1):
            if part := self._parts.get(national[:length]):
                zone, doubtful, code = part, False, national[:length]
                break
        id = "place-fixed-shared" if len(regions) > 1 else "place-fixed"
        names = ", ".join(each.names["ru"] for each in regions)
        return Place(region.code, zone, "fixed", _reason(id, region.code, zone, code, names), doubtful)

    def _abroad(self, code: str) -> Place | None:
        zone = self._zones.get(code)
        if zone is None:
            return None
        name = next(name for name, prefix, _ in ELSEWHERE if prefix == code)
        return Place("", zone, "none", _reason("place-foreign", "", zone, code, name))

    def _foreign(self, number: str) -> Place:
        """A number of another country: its zone counts only when it is the only one."""
        try:
            parsed = phonenumbers.parse(number)
        except phonenumbers.NumberParseException:
            return self._unknown("place-withheld")
        zones = phone_zones.time_zones_for_number(parsed)
        code = f"+{parsed.country_code}"
        if len(zones) == 1 and zones[0] in pytz.all_timezones_set:
            return Place("", zones[0], "none", _reason("place-foreign", "", zones[0], code))
        zone = self._default.zone
        return Place("", zone, "none", _reason("place-foreign-several", "", zone, code), doubtful=True)

    def _unknown(self, reason: str, code: str = "", territory: str = "") -> Place:
        """Nothing is known: the default region's clock is assumed, its name is not."""
        zone = self._default.zone
        return Place("", zone, "none", _reason(reason, self._default.code, zone, code, territory), doubtful=True)


def _reason(id: str, region: str, zone: str, code: str = "", territory: str = "") -> Reason:
    """Every reason has all four, so that a sentence can be made of any."""
    return Reason(id, {"region": region, "zone": zone, "code": code, "territory": territory})
