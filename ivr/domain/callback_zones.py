"""Every clock that a number may have: quiet hours are kept in all of them while it is in doubt."""

from ivr.domain.locate import Locator
from ivr.domain.regions import Region
from ivr.domain.whereabouts import Place


def possible_zones(locator: Locator, place: Place, number: str) -> tuple[str, ...]:
    """IANA names, the place's own first; that one alone when it is not in doubt. `number`: E.164 or ""."""
    if not place.doubtful:
        return (place.zone,)
    regions = _regions(locator, place, number)
    return tuple(dict.fromkeys((place.zone, *(zone for region in regions for zone in region.zones))))


def _regions(locator: Locator, place: Place, number: str) -> list[Region]:
    every = locator.regions.by_code
    if place.confidence in ("chosen", "card"):
        return [every[place.region]]
    national = number[2:] if number.startswith("+7") and number[2:].isascii() and number[2:].isdigit() else ""
    if place.region and len(national) == 10:
        if locator.plan is not None and (index := locator.plan.index(int(national))) >= 0:
            named = [every[code] for code in locator.plan.territories[index].regions if code in every]
            if place.region in (region.code for region in named):
                return named
        for length in range(len(national), 2, -1):
            if found := locator.regions.by_area_code.get(national[:length]):
                return [every[place.region], *found]
    return list(every.values())
