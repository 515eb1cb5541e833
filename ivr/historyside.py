"""The history of calls, put together: the service, its words in both languages, and what the pages serve of it."""

from ivr.config import Config
from ivr.datafiles import data_path, read_data
from ivr.domain.departments import read_departments
from ivr.domain.journey_words import JourneyWords, load_journey_words
from ivr.domain.regions import Regions
from ivr.domain.route_words import LANGUAGES, RouteWords
from ivr.domain.routing import Router
from ivr.flow.book import load_book
from ivr.flow.step_words import step_words
from ivr.services.call_history import CallHistory
from ivr.storage.store import Storage
from ivr.web.history import HistoryPages
from ivr.wiring import read_route_words, read_texts


def history_pages(config: Config, storage: Storage, router: Router, regions: Regions) -> HistoryPages:
    """What the pages serve of the history of calls. Raises `DataError`."""
    history = CallHistory(storage.calls, storage.contacts, storage.tickets, storage.audit, router)
    routes = {language: read_route_words(config, language, router.plan, regions) for language in LANGUAGES}
    return HistoryPages(
        history,
        {language: _words(config, language, routes[language]) for language in LANGUAGES},
        routes,
        router.plan,
        regions,
        read_departments(read_data("departments.toml", config.data_dir)),
        {operator.login: operator.name for operator in config.operators},
    )


def _words(config: Config, language: str, route: RouteWords) -> JourneyWords:
    name = f"journey.{language}.toml"
    texts = read_texts(config)
    places = step_words(load_book(read_data("menus.toml", config.data_dir)), texts.get(language, {}))
    return load_journey_words(read_data(name, config.data_dir), str(data_path(name, config.data_dir)), route, places)
