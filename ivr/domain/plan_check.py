"""Does the queue plan fit the regions, the categories and the languages of the hotline? All faults, in plain words."""

from collections.abc import Collection

from ivr.domain.queue_plan import GENERAL, QueuePlan
from ivr.domain.regions import DISTRICTS, Regions


def plan_faults(plan: QueuePlan, regions: Regions, categories: Collection[str]) -> list[str]:
    """What the plan names and nobody knows; one line each."""
    codes = regions.by_code
    faults = []
    for site in plan.sites.values():
        if site.region not in codes:
            faults.append(f"sites.{site.id}: region: there is no region {site.region!r} in regions.csv")
        elif site.zone not in codes[site.region].zones:
            zones = ", ".join(codes[site.region].zones)
            faults.append(f"sites.{site.id}: zone: {site.zone} is not the clock of region {site.region} ({zones})")
        faults += [
            f"sites.{site.id}: serves: there is no region {place!r} in regions.csv"
            for place in sorted(site.serves)
            if place not in DISTRICTS and place not in codes
        ]
    known = ", ".join(categories)
    faults += [
        f"queues.{queue.name}: categories: {category!r} is none of {known}"
        for queue in plan.queues
        for category in queue.categories
        if category not in categories
    ]
    faults += [f"categories.{name}: is none of {known}" for name in plan.categories if name not in categories]
    return faults


def plan_doubts(plan: QueuePlan, languages: Collection[str]) -> list[str]:
    """What works and is hardly meant: languages that are offered and no site speaks, spoken and not offered."""
    sites = [queue for queue in plan.queues if queue.name != GENERAL]
    spoken = {language for queue in sites for language in queue.languages}
    doubts = [
        f"languages: {language} is offered, but no site speaks it: only {GENERAL} takes these callers"
        for language in languages
        if sites and language not in spoken
    ]
    offered = ", ".join(languages)
    doubts += [
        f"queues.{queue.name}: languages: {language!r} is not offered to callers; offered are {offered}"
        for queue in plan.queues
        for language in sorted(queue.languages)
        if language not in languages
    ]
    return doubts
