"""What works in a `regions.csv` and is hardly meant, in plain words."""

from collections.abc import Collection

from ivr.domain.regions import Regions


def region_doubts(regions: Regions, shipped: Regions) -> list[str]:
    """One line each: area codes whose regions have different clocks, regions without area codes, `shipped` ones
    that are missing."""
    told = []
    for code, sharing in regions.by_area_code.items():
        if len(sharing) > 1 and len({zone for region in sharing for zone in region.zones}) > 1:
            named = ", ".join(f"{region.code} ({region.zone})" for region in sharing)
            told.append(f"area code {code} is shared by regions of different clocks: {named}; who calls is asked")
    told += [
        f"region {region.code} {region.names['en']} has no area codes: its fixed lines are known by the numbering plan"
        " only"
        for region in regions.by_code.values()
        if not region.area_codes
    ]
    told += [
        f"region {region.code} {region.names['en']} is missing: its callers get the default time"
        for region in shipped.by_code.values()
        if region.code not in regions.by_code
    ]
    return told


def unknown_regions(codes: Collection[str], regions: Regions, shipped: Regions) -> list[str]:
    """Of `codes`, those that no region has; one that only `shipped` has is told as missing already."""
    return sorted(code for code in codes if code not in regions.by_code and code not in shipped.by_code)
