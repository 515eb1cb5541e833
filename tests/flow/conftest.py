from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from ivr.datafiles import data_reader
from ivr.domain.readout import Reader, load_reader
from ivr.domain.regions import load_regions
from ivr.flow import engine
from ivr.flow.book import Book, load_book
from ivr.flow.commands import Caller, FlowSettings, Keys, OpenTicket, PlaceFound, TicketOpened
from ivr.flow.incident_commands import IncidentFound
from ivr.flow.simulate import Report, simulate
from ivr.flow.simulate_replies import NOW
from ivr.flow.talk import Places, Talk
from ivr.playbook import NO_FAULT, Playbook
from ivr.prompts.catalogue import flatten, load_catalogue

DATA = Path(engine.__file__).parent.parent / "data"
MOBILE = Caller("+79161234567", True)
LANDLINE = Caller("+74951234567", False)
#: With a right check digit.
TICKET = "48215512"
#: Where a caller is about whom nothing need be asked, and the time there.
HERE = PlaceFound("16", NOW, sure=True)
LANGUAGES = ("ru", "en", "tt")
Texts = dict[str, dict[str, str]]
NewCall = Callable[..., Playbook]


@pytest.fixture(scope="session")
def readers() -> Mapping[str, Reader]:
    return {name: load_reader(name, (DATA / f"readout.{name}.toml").read_text("utf-8")) for name in ("ru", "en", "tt")}


@pytest.fixture(scope="session")
def book() -> Book:
    return load_book((DATA / "menus.toml").read_text("utf-8"))


@pytest.fixture(scope="session")
def places() -> Places:
    return load_regions((DATA / "regions.csv").read_text("utf-8")).menu


@pytest.fixture(scope="session")
def texts() -> Texts:
    found: Texts = {language: {} for language in LANGUAGES}
    for prompt in load_catalogue(data_reader(None), LANGUAGES):
        found[prompt.language][prompt.key] = prompt.text
    return found


@pytest.fixture(scope="session")
def messages() -> Texts:
    read = data_reader(None)
    return {name: flatten(name, read(f"sms.{name}.toml"), []) for name in LANGUAGES}


@pytest.fixture(scope="session")
def shipped(book: Book, readers: Mapping[str, Reader], texts: Texts, messages: Texts, places: Places) -> Report:
    return simulate(book, FlowSettings(), readers, texts, messages=messages, places=places)


@pytest.fixture
def call(readers: Mapping[str, Reader], book: Book, places: Places) -> NewCall:
    """A new call; `keys` are pressed one a question, "" lets one pass."""

    def new(
        *keys: str,
        caller: Caller = MOBILE,
        places: Places = places,
        fault: IncidentFound = NO_FAULT,
        **settings: object,
    ) -> Playbook:
        talk = Talk(caller, FlowSettings(**settings), readers, places=places)  # type: ignore[arg-type]
        return Playbook(engine.inbound(talk, book), fault).presses(*keys)

    return new


@pytest.fixture
def later(readers: Mapping[str, Reader]) -> Callable[..., Talk]:
    """The talk of a call that comes back from a queue."""

    def new(language: str = "ru", ticket: str = "") -> Talk:
        return Talk(Caller(), FlowSettings(), readers, language=language, ticket=ticket)

    return new


def opens(play: Playbook, category: str, purpose: str, number: str = TICKET) -> Playbook:
    """The ticket is opened and its number read out."""
    play.expects(OpenTicket(category, purpose), TicketOpened(number))  # type: ignore[arg-type]
    return play


__all__ = ["HERE", "LANDLINE", "MOBILE", "TICKET", "Keys", "NewCall", "opens"]
