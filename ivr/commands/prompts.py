"""`ivr prompts`: build the sounds, list what is missing, write a recording script, measure, play."""

import argparse
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from math import isfinite
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from ivr.config import load_config
from ivr.datacheck import missing_texts
from ivr.errors import DataError, HotlineError
from ivr.prompts.build import Progress
from ivr.prompts.check import check_sounds
from ivr.prompts.script import recording_script
from ivr.prompts.setup import Studio, open_studio

_EPILOG = """examples:
  ivr prompts build                      make what is new or changed
  ivr prompts build --voice espeak       with the robot even where a better voice is installed
  ivr prompts missing --json             what nobody can say yet
  ivr prompts script --format html --output script.html --language ru
  ivr prompts check                      measure level, peak and silence of every file
  ivr prompts play ru/queue/stay

A recording var/recordings/<language>/<key>.wav (or in data_dir) always wins over synthesised speech.
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = _EPILOG
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, help_line in {
        "build": "make every sound that is not current",
        "missing": "list prompts that have no text, or neither a voice nor a recording",
        "script": "write the list for a recording studio",
        "check": "measure all built sounds and list offenders",
        "play": "play one sound on this machine (sox)",
    }.items():
        sub = actions.add_parser(name, help=help_line, description=f"{help_line[0].upper()}{help_line[1:]}.")
        sub.add_argument(
            "--voice",
            choices=("auto", "espeak", "festival", "none"),
            default="auto",
            help="who speaks (default: auto, the best installed)",
        )
        sub.add_argument("--language", metavar="LANG", help="only this language, such as ru")
        if name in ("build", "missing", "check"):
            sub.add_argument("--json", action="store_true", help="for programs")
        if name == "script":
            sub.add_argument("--format", choices=("text", "csv", "html"), default="text")
            sub.add_argument("--output", type=Path, metavar="FILE", help="default: standard output")
        if name == "play":
            sub.add_argument("name", metavar="LANG/KEY", help="such as ru/queue/stay")


def run(args: argparse.Namespace) -> int:
    config = load_config()
    languages = config.languages if not args.language else (args.language,)
    studio = open_studio(languages, config.state_dir, config.data_dir, config.asterisk_cache, args.voice)
    return int(globals()["_" + args.action](args, studio))


def _build(args: argparse.Namespace, studio: Studio) -> int:
    started = time.monotonic()
    with shown_progress() as progress:
        report = studio.build(progress)
    if args.json:
        print(json.dumps(asdict(report), ensure_ascii=False))
    else:
        print(
            f"{len(report.built)} built, {len(report.cached)} already there, {len(report.studio)} recorded, "
            f"{len(report.missing)} missing, {len(report.removed)} removed "
            f"in {time.monotonic() - started:.1f} s: {studio.sounds_dir}"
        )
        if report.missing:
            print("missing ones are listed by: ivr prompts missing")
    return 1 if report.missing else 0


def _missing(args: argparse.Namespace, studio: Studio) -> int:
    missing = studio.missing()
    languages = sorted({p.language for p in studio.prompts})
    untold = missing_texts(load_config(), languages)
    if args.json:
        rows = [{"language": p.language, "key": p.key, "text": p.text} for p in missing]
        rows += [{"language": language, "key": key, "text": ""} for language, key in untold]
        print(json.dumps(rows, ensure_ascii=False))
    else:
        for language, key in untold:
            print(f"prompts.{language}.toml: {key}: has no text")
        for p in missing:
            print(f"{studio.recordings_dir}/{p.name}.wav: {p.text}")
        print(f"{len(missing) + len(untold)} of {len(studio.prompts) + len(untold)} missing")
    return 1 if missing or untold else 0


def _script(args: argparse.Namespace, studio: Studio) -> int:
    text = recording_script(studio.prompts, args.format)
    if not args.output:
        sys.stdout.write(text)
        return 0
    try:
        args.output.write_text(text, "utf-8")
    except OSError as error:
        raise HotlineError(f"{args.output}: cannot be written: {error.strerror}") from None
    print(f"{args.output}: written")
    return 0


def _check(args: argparse.Namespace, studio: Studio) -> int:
    measured = check_sounds(studio.prompts, studio.sounds_dir)
    bad = [m for m in measured if m.faults]
    if args.json:
        # JSON knows no infinity: silence has level null
        rows = [
            {k: (None if isinstance(v, float) and not isfinite(v) else v) for k, v in asdict(m).items()}
            for m in measured
        ]
        print(json.dumps({"files": len(measured), "offenders": len(bad), "measured": rows}, ensure_ascii=False))
    else:
        for m in bad:
            print(f"{m.name}.{m.suffix}: {'; '.join(m.faults)}")
        print(f"{len(measured)} files measured, {len(bad)} offenders")
    return 1 if bad else 0


def _play(args: argparse.Namespace, studio: Studio) -> int:
    if args.name not in {p.name for p in studio.prompts}:
        raise DataError(f"{args.name}: no such prompt; names are like ru/queue/stay, see: ivr prompts script")
    language, _, key = args.name.partition("/")
    path = studio.sounds_dir / language / "ivr" / f"{key}.sln16"
    if not path.is_file():
        raise HotlineError(f"{path}: is not built; run: ivr prompts build")
    if not shutil.which("play"):
        raise HotlineError("sox is not installed: apt-get install sox")
    raw = ["-t", "raw", "-r", "16000", "-e", "signed", "-b", "16", "-c", "1"]
    return subprocess.run(["play", "-q", *raw, str(path)], check=False).returncode


@contextmanager
def shown_progress() -> Iterator[Progress]:
    """A bar on a terminal, a plain line now and then elsewhere; on standard error."""
    console = Console(stderr=True)
    if not console.is_terminal:

        def line(done: int, total: int, name: str) -> None:
            if done == total or done % 100 == 0:
                print(f"prompts: {done} of {total}", file=sys.stderr, flush=True)

        yield line
        return
    with Bar(
        TextColumn("prompts"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[name]}"),
        console=console,
        transient=True,
    ) as bar:
        task = bar.add_task("prompts", name="", total=None)

        def move(done: int, total: int, name: str) -> None:
            bar.update(task, completed=done, total=total, name=name)

        yield move
