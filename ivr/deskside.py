"""The operators' side of the hotline, put together: what their pages show and ask, and the task that tells them."""

import asyncio
import contextlib

from ivr.config import Config
from ivr.datafiles import data_reader, read_data
from ivr.domain.calls import CallStep
from ivr.domain.departments import read_departments
from ivr.domain.forms_file import read_forms
from ivr.domain.live_types import Message
from ivr.domain.regions import Regions
from ivr.errors import DataError
from ivr.flow.book import CATEGORIES, load_book
from ivr.flow.step_words import step_words
from ivr.liveside import LiveSide
from ivr.prompts.catalogue import flatten
from ivr.services.after_call import AfterCall
from ivr.services.caller_card import CallerCards
from ivr.services.desk_state import DeskStates, Passed
from ivr.services.known import Services
from ivr.services.operator_desk import OperatorDesk
from ivr.site import Site
from ivr.steerside import SteerSide
from ivr.storage.store import Storage
from ivr.tasks import each
from ivr.web.desk import Choice, DeskPages, DeskTexts
from ivr.wiring import read_plan, read_texts

#: Seconds between two states told at least, and from one look to the next at most.
_PACE_S, _LOOK_S = 0.1, 1.0
_OWN = "callback-"


class DeskSide:
    """`run` tells the operators' pages of their calls, until cancelled."""

    def __init__(
        self, config: Config, storage: Storage, live: LiveSide, site: Site, services: Services, regions: Regions,
        steer: SteerSide,
    ) -> None:  # fmt: skip
        self._clock, self._live = services.clock, live
        forms = read_forms(read_data("forms.toml", config.data_dir), CATEGORIES)
        departments = read_departments(read_data("departments.toml", config.data_dir))
        desk = OperatorDesk(storage.contacts, storage.tickets, services.tickets, forms, departments)
        callbacks = services.callbacks.desk
        cards = CallerCards(live.calls, storage.calls, storage.tickets, storage.contacts, callbacks, regions)
        self._passed = passed = Passed(live.calls.alive)
        self._states = states = DeskStates(lambda: live.queues.live, config.wrapup, passed)
        self._logins = [operator.login for operator in config.operators]
        texts = DeskTexts(_messages(config), _steps(config))
        choice = Choice(
            {queue.name: _names(config, queue.name) for queue in read_plan(config).queues},
            {operator.login: operator.name or operator.login for operator in config.operators},
        )
        self._after = after = AfterCall(desk, states, steer.switchboard, services.clock)
        self.pages = DeskPages(
            desk, cards, states, services.sms, steer.steering, after.closed, texts, choice, site.live, config.wrapup
        )
        site.add(self.pages)
        self._changed = asyncio.Event()
        live.queues.on_dirty.append(self._changed.set)
        live.calls.on_step.append(self._step)

    def event(self, message: Message) -> None:
        """Hear the manager events: who was passed on is answered, and done."""
        if self._passed.event(message):
            self._changed.set()

    def _step(self, call_id: str, step: CallStep) -> None:
        if self._passed.heard(call_id, step):
            self._changed.set()

    async def run(self) -> None:
        while True:
            # a rest after a call ends without an event
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_S):
                    await self._changed.wait()
            self._changed.clear()
            await each({"telling the desks": self._tell})
            await asyncio.sleep(_PACE_S)

    async def _tell(self) -> None:
        states = self._states.every(self._logins, self._clock.now())
        self.pages.tell(states)
        if self._live.queues.fresh:
            await self._after.look(states)


def _names(config: Config, queue: str) -> dict[str, str]:
    """The queue in words: those of its call centre."""
    site = read_plan(config).site_of(queue)
    return dict(site.names) if site else {}


def _messages(config: Config) -> dict[str, dict[str, str]]:
    """Language -> template -> text, of the messages that an operator may send."""
    read, faults, found = data_reader(config.data_dir), list[str](), {}
    for language in config.languages:
        name = f"sms.{language}.toml"
        texts = {key.removeprefix("sms/"): text for key, text in flatten(name, read(name), faults).items()}
        found[language] = {name: text for name, text in texts.items() if "{" not in text and not name.startswith(_OWN)}
    if faults:
        raise DataError("\n".join(faults))
    return found


def _steps(config: Config) -> dict[str, dict[str, str]]:
    """Language -> place of the menu -> what it is about."""
    book = load_book(read_data("menus.toml", config.data_dir))
    return {language: step_words(book, texts) for language, texts in read_texts(config).items()}
