"""A small plan, and short questions about it."""

from dataclasses import replace

from ivr.domain.routing import Decision, Router, RouteRequest
from tests.domain.routes import at, nowhere, place, router_of

#: Two sites at one clock, a third two hours east of them; the far one alone knows about fees.
SITES = """
[sites.west]
names = { ru = "Запад", en = "West" }
region = "77"
zone = "Europe/Moscow"
shifts = [{ days = "mon-fri", from = "09:00", to = "18:00", operators = 5 }]
[sites.mid]
names = { ru = "Центр", en = "Middle" }
region = "16"
zone = "Europe/Moscow"
shifts = [{ days = "mon-fri", from = "09:00", to = "18:00", operators = 5 }]
[sites.east]
names = { ru = "Восток", en = "East" }
region = "66"
zone = "Asia/Yekaterinburg"
shifts = [{ days = "mon-sun", from = "09:00", to = "21:00", operators = 5 }]
"""
QUEUES = """
[queues.west]
site = "west"
capacity = 10
categories = ["signin", "other"]
[queues.mid]
site = "mid"
categories = ["signin", "other"]
[queues.east]
site = "east"
[queues.common]
"""
ROUTER = router_of(SITES + QUEUES)
#: 12:00 in Moscow, 14:00 in Yekaterinburg: all three are at work.
NOON = at("2026-11-25T12:00:00+03:00")
ALL = {"west": (5, 1, 0), "mid": (5, 1, 0), "east": (5, 1, 0), "common": (5, 1, 0)}


def ask(region: str = "50", router: Router = ROUTER, **more: object) -> Decision:
    request = RouteRequest(place(region) if region else nowhere(), "signin", "ru", NOON)
    return router.decide(replace(request, **more))  # type: ignore[arg-type]


def way(decision: Decision) -> list[str]:
    return [leg.queue for leg in decision.legs]


def why(decision: Decision, queue: str) -> list[str]:
    """The ids of the reasons given for one queue."""
    (found,) = (c for c in decision.candidates if c.queue == queue)
    return [reason.id for reason in found.reasons]


def reasons(decision: Decision) -> list[str]:
    return [reason.id for reason in decision.reasons]
