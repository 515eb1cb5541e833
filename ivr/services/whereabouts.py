"""Where a caller is: what is kept for the number, else what the number says, else the declared default."""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime

from ivr.domain.callback_zones import possible_zones
from ivr.domain.locate import Locator
from ivr.domain.numbering import NumberingPlan
from ivr.domain.regions import Regions
from ivr.domain.whereabouts import KnownPlace, Place
from ivr.errors import StorageError
from ivr.services.ports import KnownPlaces

log = logging.getLogger(__name__)
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class Locators:
    """Gives the `Locator` of the plan in force; a new one when `plan` gives another plan than before."""

    def __init__(self, regions: Regions, plan: Callable[[], NumberingPlan | None], default_region: str) -> None:
        """Raises `DataError` when there is no region `default_region`."""
        self._regions, self._plan, self._default = regions, plan, default_region
        self._locator = Locator(regions, plan(), default_region)

    def __call__(self) -> Locator:
        plan = self._plan()
        if plan is not self._locator.plan:
            self._locator = Locator(self._regions, plan, self._default)
        return self._locator


class Whereabouts:
    """Use cases of the caller's place. `patience`: seconds that a look into the database may take."""

    def __init__(self, known: KnownPlaces, locator: Callable[[], Locator], patience: float = 0.5) -> None:
        self._known, self._locator, self._patience = known, locator, patience

    async def of(self, number: str) -> Place:
        """Where the caller with `number` (E.164, "" when withheld) is.

        Never fails: a database that does not answer within half a second is passed over, and with any other fault it
        is the place of one whose number is withheld.
        """
        kept = await self._kept(number) if number else None
        try:
            return self._locator().place(number, kept)
        except Exception:
            log.exception("a caller's place could not be worked out", extra={"action": "place_failed"})
            return self._locator().place("")

    def chosen(self, region: str, number: str = "") -> Place:
        """The place of a caller who says to be in `region`; `number` decides between a region's zones.

        Raises KeyError when there is no such region.
        """
        return self._locator().kept(KnownPlace(region, "chosen", _LONG_AGO), number)

    def zones(self, place: Place, number: str) -> tuple[str, ...]:
        """Every clock that `number` may have there; one alone when it is not in doubt."""
        return possible_zones(self._locator(), place, number)

    async def keep(self, number: str, region: str, at: datetime) -> bool:
        """Keep the caller's own choice for `number`; False when the database does not answer or there is no number."""
        if not number or region not in self._locator().regions.by_code:
            return False
        try:
            await self._known.keep(number, KnownPlace(region, "chosen", at))
        except StorageError as error:
            log.warning("a caller's region could not be kept: %s", error, extra={"action": "place_not_kept"})
            return False
        return True

    async def forget(self, number: str) -> bool:
        """Forget what is kept; False when the database does not answer."""
        try:
            if number:
                await self._known.forget(number)
        except StorageError as error:
            log.warning("a caller's region could not be forgotten: %s", error, extra={"action": "place_not_forgotten"})
            return False
        return True

    async def _kept(self, number: str) -> KnownPlace | None:
        try:
            async with asyncio.timeout(self._patience):
                return await self._known.get(number)
        except (StorageError, TimeoutError) as error:
            words = str(error) or f"no answer within {self._patience:g} s"
            log.warning("the region kept for a caller is not known: %s", words, extra={"action": "place_unread"})
        except Exception:
            log.exception("the region kept for a caller is not known", extra={"action": "place_unread"})
        return None
