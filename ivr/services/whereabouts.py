"""Where a caller is: what is kept for the number, else what the number says, else the declared default."""

from datetime import datetime

from ivr.domain.whereabouts import Place


class Whereabouts:
    """Use cases of the caller's place."""

    async def of(self, number: str) -> Place:
        """Where the caller with `number` (E.164, "" when withheld) is. Never fails; a database that does not answer
        within half a second is passed over."""
        raise NotImplementedError

    def chosen(self, region: str, number: str = "") -> Place:
        """The place of a caller who says to be in `region`; `number` decides between a region's zones."""
        raise NotImplementedError

    async def keep(self, number: str, region: str, at: datetime) -> bool:
        """Keep the caller's own choice for `number`; False when the database does not answer or there is no number."""
        raise NotImplementedError

    async def forget(self, number: str) -> bool:
        """Forget what is kept; False when the database does not answer."""
        raise NotImplementedError
