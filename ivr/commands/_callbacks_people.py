"""Who is to be called, and when by his own clock, in the words of the command line."""

from datetime import datetime
from typing import Any

from ivr.commands.listing import safe
from ivr.config import Config
from ivr.domain.callback_hours import CallbackHours, Person, Window
from ivr.domain.callback_numbers import CallbackNumbers
from ivr.domain.callback_zones import possible_zones
from ivr.domain.callbacks import Callback
from ivr.domain.locate import Locator
from ivr.domain.phones import to_e164
from ivr.domain.whereabouts import local_time
from ivr.errors import DataError, HotlineError
from ivr.storage.numbering_file import load_plan, plan_path
from ivr.storage.store import Storage
from ivr.wiring import read_regions


def dialled(config: Config, text: str) -> str:
    """A number that may be called back, E.164. Raises `HotlineError`."""
    own = [config.did, *(did for trunk in config.trunks for did in trunk.dids)]
    judged = CallbackNumbers(own).judge(text)
    if judged.refused:
        raise HotlineError(
            f"--number {safe(text)!r} cannot be called back ({judged.refused}): a fixed line or a mobile in "
            "Russia is needed, as +74232201234"
        )
    return judged.number


def stored(text: str) -> str:
    """A number as it is stored, to be looked for. Raises `HotlineError` when it is none."""
    number = to_e164(text)
    if text and not number:
        raise HotlineError(f"--number {safe(text)!r} is not a telephone number, as +74232201234")
    return number


async def where(config: Config, storage: Storage, number: str) -> dict[str, Any]:
    """Region and clocks of a number, as fields of a callback."""
    locator = Locator(read_regions(config), _plan(config), config.default_region)
    place = locator.place(number, await storage.places.get(number))
    return {"region": place.region, "zone": place.zone, "zones": possible_zones(locator, place, number)}


def spoken(config: Config, language: str) -> str:
    """A language that the hotline speaks. Raises `HotlineError`."""
    if language not in config.languages:
        raise HotlineError(f"--language: {safe(language)!r} is none of {', '.join(config.languages)}")
    return language


def called_between(callback: Callback) -> str:
    """His window, by his clock."""
    start, end = (local_time(at, callback.zone) for at in (callback.window_from, callback.window_to))
    last = f"{end:%H:%M}" if start.date() == end.date() else f"{end:%Y-%m-%d %H:%M}"
    return f"{start:%Y-%m-%d %H:%M} to {last} by his clock ({callback.zone})"


def need_hours(hours: CallbackHours, person: Person, window: Window, now: datetime) -> None:
    """Raises `HotlineError` when he may not be rung at all in `window`."""
    opens = hours.opens(person, max(window.start, now))
    if opens is not None and opens < window.end:
        return
    asked = local_time(window.start, person.zones[0])
    then = f"; his hours begin at {local_time(opens, person.zones[0]).isoformat(timespec='minutes')}" if opens else ""
    raise HotlineError(
        f"nobody may be rung in that window: by his clock ({person.zones[0]}) it begins at {asked:%H:%M}{then}; "
        "give another one with --from and --to"
    )


def _plan(config: Config) -> Any:
    try:
        return load_plan(plan_path(config.state_dir))
    except (FileNotFoundError, DataError, OSError):
        return None  # mobile numbers say nothing then
