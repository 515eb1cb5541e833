"""One caller's place during one call: found at the start, chosen by keys, remembered, forgotten."""

from ivr.domain.whereabouts import Place, local_time
from ivr.flow.commands import Done, PlaceFound
from ivr.services.ports import Clock
from ivr.services.whereabouts import Whereabouts

#: These say where somebody is; a mobile number only says where it was bought.
_SURE = frozenset({"chosen", "card", "fixed"})


def place_data(place: Place) -> dict[str, object]:
    """A place as the journal keeps it; the number it came from is not in it."""
    return {
        "region": place.region,
        "zone": place.zone,
        "confidence": place.confidence,
        "reason": place.reason.id,
    }


class CallerPlace:
    """`clock` is the routing clock (the spoken local time is its), `real` the one that dates what is kept."""

    def __init__(self, whereabouts: Whereabouts, clock: Clock, real: Clock, number: str, place: Place) -> None:
        self._whereabouts = whereabouts
        self._clock, self._real = clock, real
        self._number = number
        self._kept = place.confidence == "chosen"
        self.place = place
        #: The region that the caller chose in this call, "" for none; it has to outlive the controller.
        self.chosen = ""

    def found(self) -> PlaceFound:
        """The place as the flow needs it."""
        place = self.place
        sure = place.confidence in _SURE and not place.doubtful
        return PlaceFound(place.region, local_time(self._clock.now(), place.zone), sure, self._kept)

    def choose(self, region: str) -> PlaceFound:
        """The caller says to be in `region`; it counts for this call."""
        self.place = self._whereabouts.chosen(region, self._number)
        self.chosen, self._kept = region, False
        return self.found()

    async def remember(self) -> Done:
        """Keep what was chosen in this call for the number; not done without a number or a choice."""
        if not self.chosen or not self._number:
            return Done(False)
        kept = await self._whereabouts.keep(self._number, self.chosen, self._real.now())
        self._kept = kept or self._kept
        return Done(kept)

    async def forget(self) -> Done:
        """Forget what is kept; what was chosen in this call still counts for it, else the number speaks again."""
        done = await self._whereabouts.forget(self._number)
        if done:
            self._kept = False
            if not self.chosen:
                self.place = await self._whereabouts.of(self._number)
        return Done(done)
