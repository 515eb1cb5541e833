"""What the subcommands of `ivr route` share: the data files they work with, and a decision shown to people."""

import argparse
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from ivr.commands.listing import print_table, safe
from ivr.config import Config
from ivr.domain.route_words import LANGUAGES, RouteWords
from ivr.domain.routing import Candidate, Decision, RouteRequest, decision_data
from ivr.domain.whereabouts import Reason
from ivr.errors import HotlineError
from ivr.services.route_explain import why
from ivr.wiring import make_router, read_calendars, read_regions, read_route_words


class Desk:
    """Router, regions and words of this deployment. Raises `DataError`."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.regions = read_regions(config)
        self.router = make_router(config, read_calendars(config), self.regions)
        self._words: dict[str, RouteWords] = {}

    def words(self, language: str) -> RouteWords:
        if language not in self._words:
            self._words[language] = read_route_words(self.config, language, self.router.plan, self.regions)
        return self._words[language]

    def plain(self, decision: Decision, at: datetime) -> dict[str, Any]:
        """A decision as JSON: the data, and each reason as a sentence in every language there is."""
        told: dict[str, Any] = dict(decision_data(decision))
        told["reasons"] = [self._reason(reason, at) for reason in decision.reasons]
        told["candidates"] = [
            {"queue": c.queue, "taken": c.taken, "reasons": [self._reason(reason, at) for reason in c.reasons]}
            for c in decision.candidates
        ]
        return told

    def _reason(self, reason: Reason, at: datetime) -> dict[str, Any]:
        return {"id": reason.id, "data": dict(reason.data)} | {
            language: self.words(language).say(reason, at) for language in LANGUAGES
        }


def words_argument(parser: argparse.ArgumentParser) -> None:
    """`--words`: in which language the sentences are."""
    parser.add_argument("--words", choices=LANGUAGES, default="en", help="language of the sentences (default en)")


def print_decision(decision: Decision, request: RouteRequest, words: RouteWords) -> None:
    """The way of the call, the reasons, and every queue as it was judged."""
    at, zone = request.at, request.place.zone
    if not decision.legs:
        opens = words.local(decision.opens, zone, at) if decision.opens else words.label("never")
        print(f"{words.label(decision.kind)}: {opens}")
    for number, leg in enumerate(decision.legs, 1):
        limit = words.duration(leg.seconds) if leg.seconds else words.label("no-limit")
        print(f"  {number}. {safe(words.queue(leg.queue))} ({safe(leg.queue)}): {limit}")
    print()
    for reason in decision.reasons:
        print(f"  {safe(words.say(reason, at))}")
    print()
    print_table(("", words.label("queue"), words.label("why")), [*_rows(decision.candidates, words, at)])


def _rows(candidates: Iterable[Candidate], words: RouteWords, at: datetime) -> Iterable[tuple[str, str, str]]:
    for candidate in candidates:
        yield "+" if candidate.taken else "-", candidate.queue, why(candidate, words, at)


def write_page(path: Path, text: str) -> None:
    """Write a page for the user. Raises `HotlineError`."""
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise HotlineError(f"{path}: cannot be written: {error.strerror}") from None
    print(f"written: {path}")
