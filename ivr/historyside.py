"""The history of calls and their recordings, put together: services, words in both languages, what the pages serve."""

from ivr.ami.client import AmiClient
from ivr.ami.recorder import AmiRecorder
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
from ivr.services.ports import Journal
from ivr.services.recordings import RecordingDesk
from ivr.storage.recordings import RecordingFiles
from ivr.storage.store import Storage
from ivr.web.history import HistoryPages
from ivr.wiring import read_route_words, read_texts


class RecordingSide:
    """`desk`: the recordings of talks; `run` keeps the link of the manager user `recorder` up, until cancelled."""

    def __init__(self, config: Config, storage: Storage, journal: Journal, ami: AmiClient, secret: str) -> None:
        """`ami`: the controller's link; `secret`: of the manager user `recorder`."""
        self._recorded = config.record == "talk"
        self._mutes = AmiClient(config.asterisk_host, config.ami_port, "recorder", secret)
        self.desk = RecordingDesk(
            storage.recordings,
            RecordingFiles(config.recordings),
            storage.audit,
            journal,
            AmiRecorder(ami, self._mutes),
            config.recordings_free_mb,
            config.recordings_days,
        )

    async def run(self) -> None:
        if self._recorded:
            await self._mutes.run()


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
