"""Builds what the flows and the router work with from the settings and the data files of this deployment."""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime

from ivr.config import Config
from ivr.datafiles import data_path, data_reader, read_data
from ivr.domain.calendar_load import Calendars, load_calendars
from ivr.domain.callback_numbers import CallbackNumbers
from ivr.domain.callback_room import SlotRoom
from ivr.domain.phones import is_mobile, to_e164
from ivr.domain.queue_plan import QueuePlan, load_queue_plan
from ivr.domain.readout import Reader, load_reader
from ivr.domain.regions import Regions, load_regions
from ivr.domain.route_words import RouteWords, load_route_words
from ivr.domain.routing import Router
from ivr.domain.whereabouts import Place, Reason
from ivr.flow import engine
from ivr.flow.book import load_book
from ivr.flow.callback import called, waited_out
from ivr.flow.callback_commands import CallbackFound
from ivr.flow.callback_offer import from_queue
from ivr.flow.commands import Caller, FlowSettings
from ivr.flow.talk import Talk
from ivr.prompts.catalogue import load_catalogue
from ivr.prompts.incidents import IncidentSounds
from ivr.prompts.respelling import load_respeller
from ivr.prompts.speech import engine_for
from ivr.services.flows import CalledPerson, Flows, MovedCall
from ivr.services.ports import Clock

log = logging.getLogger(__name__)


class SystemClock:
    """The one clock of the house; aware UTC."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class TrialClock:
    """Stands at one moment: routing and spoken time can be tried at any hour."""

    def __init__(self, at: datetime) -> None:
        self._at = at.astimezone(UTC)

    def now(self) -> datetime:
        return self._at


def local_clock(config: Config, real: Clock) -> Clock:
    """The clock of routing and of the spoken local time: the real one, unless `test_time` is set."""
    if not config.test_time:
        return real
    log.warning(
        "test_time is set: calls are routed, and callers told the time, as if it were %s; for trials only",
        config.test_time,
        extra={"action": "test_time"},
    )
    return TrialClock(datetime.fromisoformat(config.test_time))


def identify(number: str) -> Caller:
    """The caller as far as the trunk told."""
    e164 = to_e164(number)
    return Caller(e164, is_mobile(e164))


def read_regions(config: Config) -> Regions:
    """All regions. Raises `DataError`."""
    return load_regions(read_data("regions.csv", config.data_dir))


def read_calendars(config: Config) -> Calendars:
    """All calendars and the years of holidays that there are. Raises `DataError`."""
    return load_calendars(data_reader(config.data_dir))


def read_texts(config: Config) -> dict[str, dict[str, str]]:
    """The words of every sound: language -> sound -> words. Raises `DataError`."""
    texts: dict[str, dict[str, str]] = {language: {} for language in config.languages}
    for prompt in load_catalogue(data_reader(config.data_dir), config.languages):
        texts[prompt.language][prompt.key] = prompt.text
    return texts


def read_plan(config: Config) -> QueuePlan:
    """The sites and queues of this deployment. Raises `DataError`."""
    return load_queue_plan(read_data("queues.toml", config.data_dir))


def make_router(config: Config, calendars: Calendars, regions: Regions) -> Router:
    """The router over the sites and queues of this deployment. Raises `DataError`."""
    return Router(read_plan(config), calendars, regions)


def incident_sounds(config: Config) -> IncidentSounds:
    """Where the sounds of incidents are made and kept. Raises `DataError` for unusable respellings."""
    read = data_reader(config.data_dir)
    return IncidentSounds(
        config.state_dir / "sounds",
        config.state_dir / "incidents",
        engine_for,
        {language: load_respeller(language, read(f"respell.{language}.toml")) for language in config.languages},
    )


def read_route_words(config: Config, language: str, plan: QueuePlan, regions: Regions) -> RouteWords:
    """The router's reasons in words of that language. Raises `DataError`."""
    name = f"route.{language}.toml"
    text, where = read_data(name, config.data_dir), str(data_path(name, config.data_dir))
    return load_route_words(text, where, language, plan, regions)


def nowhere(regions: Regions, default_region: str) -> Place:
    """The place of a caller of whom nothing could be found out."""
    zone = regions.by_code[default_region].zone
    reason = Reason("place-withheld", {"region": default_region, "zone": zone, "code": "", "territory": ""})
    return Place("", zone, "none", reason, doubtful=True)


def callback_numbers(config: Config, regions: Regions) -> CallbackNumbers:
    """Judges which numbers may be called back: those of Russia but our own."""
    own = [config.did, *(did for trunk in config.trunks for did in trunk.dids)]
    return CallbackNumbers(own, regions.by_area_code)


def callback_room(config: Config, calendars: Calendars) -> SlotRoom:
    """How many callbacks each half hour takes, by the operators planned for it. Raises `DataError`."""
    return SlotRoom(read_plan(config), calendars)


def load_readers(config: Config) -> dict[str, Reader]:
    """The spoken grammar of every language offered."""
    return {
        language: load_reader(language, read_data(f"readout.{language}.toml", config.data_dir))
        for language in config.languages
    }


def flow_settings(config: Config) -> FlowSettings:
    """What the deployment chose about the flow."""
    return FlowSettings(
        languages=config.languages,
        default_language=config.default_language,
        key_timeout=config.key_timeout,
        slow_key_timeout=config.slow_key_timeout,
        recorded=config.record != "off",
    )


def make_flows(config: Config, readers: Mapping[str, Reader], regions: Regions) -> Flows:
    """The flows over the menus of this deployment. Raises `DataError` when these are not usable."""
    book = load_book(read_data("menus.toml", config.data_dir))
    settings = flow_settings(config)

    numbers = callback_numbers(config, regions)

    def talk(caller: Caller, language: str = "", slow: bool = False, ticket: str = "") -> Talk:
        return Talk(caller, settings, readers, language, slow, ticket=ticket, places=regions.menu, numbers=numbers)

    def inbound(caller: Caller, promised: CallbackFound | None) -> Talk:
        made = talk(caller)
        made.promised = promised
        return made

    def moved(call: MovedCall) -> Talk:
        made = talk(call.caller, call.language, call.slow, call.ticket)
        made.category, made.leaving, made.legs = call.category, call.leaving, call.legs
        made.position = call.position
        return made

    def person(call: CalledPerson) -> Talk:
        made = talk(call.caller, call.language, ticket=call.ticket)
        made.category, made.wanted, made.awaited = call.category, call.wanted, call.awaited
        return made

    return Flows(
        inbound=lambda caller, promised: engine.inbound(inbound(caller, promised), book),
        from_page=lambda call: engine.from_page(talk(call.caller, call.language), book, call.category),
        rating=lambda language, slow: engine.rating(talk(Caller(), language, slow)),
        unanswered=lambda language, slow, ticket: engine.unanswered(talk(Caller(), language, slow, ticket)),
        moved=lambda call: engine.moved(moved(call)),
        steered=lambda call: engine.steered(moved(call)),
        from_queue=lambda call: from_queue(moved(call)),
        called=lambda call: called(person(call)),
        waited_out=lambda call: waited_out(person(call)),
    )
