"""The data files of a deployment, checked before anything starts.

Menus, regions, calendars, queues, grammar, prompts, SMS, recordings; what one names must be in the other.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import TypeVar

from ivr.config import Config
from ivr.datafiles import data_path, data_reader, is_data_file, shipped_names
from ivr.domain.calendar_load import YEARS, load_calendars
from ivr.domain.departments import read_departments
from ivr.domain.forms_file import read_forms
from ivr.domain.notices import FIELDS, text_faults
from ivr.domain.plan_check import plan_doubts, plan_faults
from ivr.domain.queue_plan import load_queue_plan
from ivr.domain.regions import load_regions
from ivr.domain.regions_check import region_doubts, unknown_regions
from ivr.errors import DataError, HotlineError
from ivr.flow.book import CATEGORIES, Book, load_book
from ivr.prompts.catalogue import flatten, load_catalogue

#: So many names are spelt out.
_NAMED = 8
_SOUND = (".wav", ".wave", ".mp3", ".ogg", ".opus", ".flac", ".m4a", ".aiff", ".aif")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_SAID = "which the hotline says; see: ivr prompts missing"
_T = TypeVar("_T")


@dataclass(frozen=True)
class DataReport:
    """What `check_data` found, one line each; with `faults` the hotline must not start."""

    faults: tuple[str, ...]
    warnings: tuple[str, ...]


def check_data(config: Config) -> DataReport:
    """Look at every data file of this deployment; raises nothing for what is wrong with them."""
    faults: list[str] = []
    book = _tried(lambda: _book(config.data_dir), faults)
    doubts = _check_routing(config, faults)
    read = data_reader(config.data_dir)
    named = {name: str(data_path(name, config.data_dir)) for name in ("forms.toml", "departments.toml")}
    _tried(lambda: read_forms(read("forms.toml") or "", CATEGORIES, named["forms.toml"]), faults)
    _tried(lambda: read_departments(read("departments.toml") or "", named["departments.toml"]), faults)
    spoken: set[str] = set()
    for language in config.languages:
        grammar = _source(config, f"readout.{language}.toml", faults)
        texts = _texts(config, f"prompts.{language}.toml", faults)
        messages = _texts(config, f"sms.{language}.toml", faults)
        if book is not None and messages is not None:
            lacking = {f"sms/{guide.sms}" for guide in book.guides.values()} - messages.keys()
            _lack(f"sms.{language}.toml", config, lacking, "which menus.toml promises", faults)
        if messages is not None:
            lacking = {f"sms/{notice}" for notice in FIELDS} - messages.keys()
            _lack(f"sms.{language}.toml", config, lacking, "which tell of callbacks and faults", faults)
            where = data_path(f"sms.{language}.toml", config.data_dir)
            texts_by_name = {key.removeprefix("sms/"): text for key, text in messages.items()}
            faults += [f"{where}: {fault}" for fault in text_faults(texts_by_name)]
        if grammar is None or texts is None:
            continue
        prompts = _tried(partial(load_catalogue, read, (language,)), faults)
        if prompts is None:
            continue
        spoken |= {prompt.name for prompt in prompts if prompt.pause_ms is None}
        lacking = needed_prompts(book) - {prompt.key for prompt in prompts}
        _lack(f"prompts.{language}.toml", config, lacking, _SAID, faults)
    folder = (config.data_dir or config.state_dir) / "recordings"
    warnings = [] if faults else [*doubts, *_strays(config), *_unused_recordings(folder, spoken)]
    return DataReport(tuple(dict.fromkeys(faults)), tuple(warnings))


def require_data(config: Config) -> tuple[str, ...]:
    """The warnings of `check_data`. Raises `DataError` with every fault, one a line."""
    report = check_data(config)
    if report.faults:
        raise DataError("\n".join(report.faults))
    return report.warnings


def needed_prompts(book: Book | None) -> set[str]:
    """The sounds that must exist in every language: those that code and dialplan name, and those of `book`, if any."""
    # the shipped texts have every sound that the code names, and besides them only those of the shipped menus
    shipped = flatten("prompts.ru.toml", data_reader(None)("prompts.ru.toml"), [])
    return (set(shipped) - _book(None).sounds()) | (book.sounds() if book is not None else set())


def missing_texts(config: Config, languages: Iterable[str]) -> list[tuple[str, str]]:
    """(language, key) of every sound that has no text at all. Raises `DataError` for unusable files."""
    needed = needed_prompts(_book(config.data_dir))
    read = data_reader(config.data_dir)
    return [
        (language, key)
        for language in languages
        for key in sorted(needed - {prompt.key for prompt in load_catalogue(read, (language,))})
    ]


def queue_faults(config: Config, names: Iterable[str]) -> list[str]:
    """Operators whose queues are none of `names`."""
    known = tuple(names)
    return [
        f"{config.config_file}: operator {operator.login!r}: queues: {name!r} is none of {', '.join(known)}"
        for operator in config.operators
        for name in operator.queues
        if name not in known
    ]


def _book(data_dir: Path | None) -> Book:
    path = data_path("menus.toml", data_dir)
    return load_book(data_reader(data_dir)("menus.toml") or "", str(path))


def _check_routing(config: Config, faults: list[str]) -> list[str]:
    """Regions, calendars and queues, each by itself and against one another; returns the warnings."""
    read = data_reader(config.data_dir)
    where = {name: str(data_path(name, config.data_dir)) for name in ("regions.csv", "queues.toml")}
    regions = _tried(lambda: load_regions(read("regions.csv") or "", where["regions.csv"]), faults)
    shipped = load_regions(data_reader(None)("regions.csv") or "")
    calendars = _tried(lambda: load_calendars(read), faults)
    doubts: list[str] = []
    if regions is not None:
        doubts += [f"{where['regions.csv']}: {doubt}" for doubt in region_doubts(regions, shipped)]
    if regions is not None and calendars is not None:
        faults += [
            f"calendars.toml or holidays.<year>.toml: holidays of region {code!r}: there is no such region in "
            "regions.csv"
            for code in unknown_regions(calendars.region_codes, regions, shipped)
        ]
    plan = _tried(lambda: load_queue_plan(read("queues.toml") or "", where["queues.toml"]), faults)
    if regions is not None and config.default_region not in regions.by_code:
        faults.append(
            f"{config.config_file}: default_region: there is no region {config.default_region!r}; see: ivr regions list"
        )
    if plan is None:
        return doubts
    faults += queue_faults(config, plan.names)
    if regions is not None:
        faults += [f"{where['queues.toml']}: {fault}" for fault in plan_faults(plan, regions, CATEGORIES)]
    return doubts + [f"{where['queues.toml']}: {doubt}" for doubt in plan_doubts(plan, config.languages)]


def _source(config: Config, name: str, faults: list[str]) -> str | None:
    """The text of a file that an offered language needs; None with a fault."""
    before = len(faults)
    text = _tried(partial(data_reader(config.data_dir), name), faults)
    if text is None and len(faults) == before:
        model = f"{name.partition('.')[0]}.en.toml"
        faults.append(
            f"{name}: no such file in data_dir; copy ivr/data/{model} there and translate it, "
            "or take the language out of `languages`"
        )
    return text


def _texts(config: Config, name: str, faults: list[str]) -> dict[str, str] | None:
    """A file of texts by their keys; None with a fault."""
    before, source = len(faults), _source(config, name, faults)
    found = flatten(str(data_path(name, config.data_dir)), source, faults)
    return found if len(faults) == before else None


def _lack(name: str, config: Config, keys: set[str], why: str, faults: list[str]) -> None:
    if keys:
        rest = f" and {len(keys) - _NAMED} more" if len(keys) > _NAMED else ""
        shown = ", ".join(sorted(keys)[:_NAMED])
        faults.append(f"{data_path(name, config.data_dir)}: has no text for {shown}{rest}, {why}")


def _strays(config: Config) -> list[str]:
    """Files of the deployment's own folder that replace none of the shipped ones."""
    folder = config.data_dir
    known = {*shipped_names(), *(f"holidays.{year}.toml" for year in YEARS)}
    # a language is one by its files
    known |= {f"{kind}.{language}.toml" for kind in ("prompts", "readout", "respell", "sms", "route")
              for language in config.languages}  # fmt: skip
    strays = sorted(path for path in folder.iterdir() if is_data_file(path)) if folder and folder.is_dir() else []
    lines = []
    for path in strays:
        if path.name not in known and path.resolve() != config.config_file.resolve():
            close = get_close_matches(path.name, sorted(known), 1)
            lines.append(f"{path}: replaces no data file" + (f"; is {close[0]} meant?" if close else ""))
    return lines


def _unused_recordings(folder: Path, spoken: set[str]) -> list[str]:
    """Sounds that are no prompt's; talks, which the state folder has beside them by days, are not looked at."""
    mine = [path for path in folder.iterdir() if not _DAY.match(path.name)] if folder.is_dir() else []
    strays = [
        path
        for path in sorted(each for top in mine for each in (top, *top.rglob("*")))
        if path.suffix.lower() in _SOUND
        and path.is_file()
        and (path.suffix != ".wav" or path.relative_to(folder).with_suffix("").as_posix() not in spoken)
    ]
    lines = [
        f"{path}: a recording of no prompt; names are <language>/<key>.wav, see: ivr prompts script"
        for path in strays[:_NAMED]
    ]
    if len(strays) > _NAMED:
        lines.append(f"{folder}: {len(strays) - _NAMED} more recordings of no prompt")
    return lines


def _tried(make: Callable[[], _T], faults: list[str]) -> _T | None:
    try:
        return make()
    except HotlineError as error:
        faults += str(error).splitlines()
        return None
