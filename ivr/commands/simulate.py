"""`ivr simulate`: walk every path of the call flow without Asterisk and report faults; write the map as a page."""

import argparse
import gc
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from ivr.config import Config, load_config
from ivr.datafiles import data_reader, read_data
from ivr.domain.regions import load_regions
from ivr.errors import ConfigError, DataError, HotlineError
from ivr.flow.book import load_book
from ivr.flow.html_map import html_map
from ivr.flow.simulate import Report, simulate
from ivr.prompts.catalogue import flatten, load_catalogue
from ivr.wiring import flow_settings, load_readers

_EPILOG = """examples:
  ivr simulate                     every path in every language; faults, if any
  ivr simulate --json              the same for programs
  ivr simulate --html map.html     the map with all texts, as a page to review and print
  ivr simulate --language tt       one language

Exit code: 0 no faults, 1 faults, 2 the data cannot be read.
"""
#: A-law: one byte a sample, 8,000 samples a second.
_BYTES_A_SECOND = 8000


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = _EPILOG
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write the map of all menus and texts")
    parser.add_argument("--language", metavar="LANG", help="only this language, such as ru")


def run(args: argparse.Namespace) -> int:
    config = _of_language(load_config(), args.language)
    started = time.monotonic()
    book = load_book(read_data("menus.toml", config.data_dir))
    readers = load_readers(config)
    texts: dict[str, dict[str, str]] = {language: {} for language in config.languages}
    for prompt in load_catalogue(data_reader(config.data_dir), config.languages):
        texts[prompt.language][prompt.key] = prompt.text
    messages = _messages(config)
    places = load_regions(read_data("regions.csv", config.data_dir)).menu
    measured = _measured(config.state_dir / "sounds")
    with _no_collector():
        report = simulate(book, flow_settings(config), readers, texts, measured, messages, places)
    seconds = time.monotonic() - started
    if args.html:
        try:
            args.html.write_text(html_map(book, flow_settings(config), texts, report, messages, places), "utf-8")
        except OSError as error:
            raise HotlineError(f"{args.html}: cannot be written: {error.strerror}") from None
    if args.json:
        print(json.dumps({**report.as_json(), "seconds": round(seconds, 1)}, ensure_ascii=False, indent=2))
    else:
        _show(report, seconds)
        if args.html:
            print(f"{args.html}: written")
    return 1 if report.faults else 0


@contextmanager
def _no_collector() -> Iterator[None]:
    """Nothing of a walk is garbage in circles, and looking for such is a tenth of its time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _of_language(config: Config, language: str | None) -> Config:
    if not language:
        return config
    if language not in config.languages:
        raise ConfigError([f"--language: {language!r} is none of {', '.join(config.languages)}"])
    return replace(config, languages=(language,), default_language=language)


def _messages(config: Config) -> dict[str, dict[str, str]]:
    """The texts of sms.<lang>.toml by language and key. Raises `DataError`."""
    read, faults = data_reader(config.data_dir), list[str]()
    found = {}
    for language in config.languages:
        name = f"sms.{language}.toml"
        found[language] = flatten(name, read(name), faults)
    if faults:
        raise DataError("\n".join(faults))
    return found


def _show(report: Report, seconds: float) -> None:
    for fault in report.faults:
        print(fault)
    print(
        f"{report.paths} paths, {report.states} states, {report.menus} menus, {report.guides} guides, "
        f"{len(report.faults)} faults in {seconds:.1f} s; endings: {', '.join(report.endings)}"
    )
    for language, found in report.languages.items():
        deepest = max((d.keys for d in found.times.places.values()), default=0)
        print(
            f"{language}: {found.paths} paths; at most {deepest} keys to any place; operator offered after "
            f"{_s(found.times.operator_offered)}, reached at best after {_s(found.times.operator_reached)}"
        )


def _s(seconds: float | None) -> str:
    return "never" if seconds is None else f"{seconds:.0f} s"


def _measured(sounds: Path) -> Callable[[str, str], float | None]:
    """How long the built sounds are; None where none is built."""

    def seconds(language: str, key: str) -> float | None:
        try:
            return (sounds / language / "ivr" / f"{key}.alaw").stat().st_size / _BYTES_A_SECOND
        except OSError:
            return None

    return seconds
