"""`ivr callbacks notices`: the SMS that wait to be sent, as they will read. Sends nothing."""

import argparse

from ivr.commands.listing import print_json, print_table
from ivr.config import Config
from ivr.datafiles import data_reader
from ivr.domain.notices import rendered
from ivr.errors import DataError, HotlineError
from ivr.prompts.catalogue import flatten
from ivr.storage.outbox import Message
from ivr.storage.store import Storage


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--limit", type=int, default=50, help="at most so many (default 50)")


async def run(config: Config, storage: Storage, args: argparse.Namespace) -> int:
    """Raises `DataError` when a text cannot be filled."""
    if args.limit < 1:
        raise HotlineError("--limit: 1 or more")
    words = {language: _texts(config, language) for language in config.languages}
    found = [
        (message, _words(config, words.get(message.language, words[config.default_language]), message))
        for message in await storage.outbox.queued(args.limit)
    ]
    if args.json:
        print_json([{**vars(message), "text": text} for message, text in found])
    elif not found:
        print("no messages wait to be sent")
    else:
        print_table(
            ("SINCE", "NUMBER", "CALLBACK", "LANG", "TEXT"),
            [(m.created_at, m.number, m.callback or "-", m.language, text) for m, text in found],
        )
    return 0


def _words(config: Config, texts: dict[str, str], message: Message) -> str:
    # a callback's id is random and unguessable, so is the link
    link = config.callback_link.replace("{id}", message.callback) if message.callback else ""
    return rendered(texts, message.template, message.data or {}, link)


def _texts(config: Config, language: str) -> dict[str, str]:
    name, faults = f"sms.{language}.toml", list[str]()
    found = flatten(name, data_reader(config.data_dir)(name), faults)
    if faults:
        raise DataError("\n".join(faults))
    return {key.removeprefix("sms/"): text for key, text in found.items()}
