"""What a change of the menus costs: the sounds built, `ivr simulate`. Processor time of all processes they start."""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median

from ivr.prompts.setup import Studio, open_studio
from tests.bench.measure import Bench, Figure, Goal

LANGUAGES = ("ru", "en", "tt")
SOUNDS = (10, 100, 1000)
#: Rounds of what takes long.
FEW = 3


def building(bench: Bench, folder: Path) -> list[Figure]:
    """`ivr prompts build`: "cold" with nothing in its cache, speech and all; "warm" when all is there already."""
    studio = open_studio(LANGUAGES, folder / "state", None, folder / "cache")
    found = []
    for count in sorted({bench.size(full) for full in SOUNDS}):
        some = replace(studio, prompts=studio.prompts[:: max(1, len(studio.prompts) // count)][:count])
        # a thousand take a minute
        folders = [folder / f"{count}-{number}" for number in range(1 if count > 100 else min(bench.rounds, FEW))]
        cold = [_spent(_at(some, each).build) for each in folders]
        warm = [_spent(_at(some, folders[0]).build) for _ in range(bench.rounds)]
        found += [
            _figure(f"prompt build, {name}", [cpu for cpu, _ in told], [wall for _, wall in told], count, "sounds")
            for name, told in (("cold", cold), ("warm", warm))
        ]
    return found


def _at(studio: Studio, folder: Path) -> Studio:
    return replace(studio, sounds_dir=folder / "sounds", cache_dir=folder / "cache")


def simulating(bench: Bench, folder: Path) -> list[Figure]:
    """`ivr simulate`: every path of the call flow, in one language and in three; 10 s of processor time at most."""
    found = []
    for few in (True, False):
        if not few and bench.scale < 1:
            continue
        run = [sys.executable, "-m", "ivr", "--state-dir", str(folder), "simulate", "--json"]
        run += ["--language", LANGUAGES[-1]] if few else []
        paths, told = 0, []
        for _ in range(min(bench.rounds, FEW)):
            before, began = _children(), time.perf_counter()
            done = subprocess.run(run, stdout=subprocess.PIPE, text=True)
            told.append((_children() - before, time.perf_counter() - began))
            report = json.loads(done.stdout)
            paths = report["paths"]
            # of one language alone it is said that nobody asks for the language
            if report["faults"] and not few:
                raise RuntimeError(f"the menus have faults: {report['faults']}")
        goal = None if few else Goal(most=10)
        found.append(_figure("simulate", [cpu for cpu, _ in told], [wall for _, wall in told], paths, "paths", goal))
    return found


def _figure(name: str, cpu: list[float], wall: list[float], size: int, of: str, goal: Goal | None = None) -> Figure:
    return Figure(name, "s", median(cpu), tuple(cpu), median(wall), goal, size, of)


def _spent(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds of processor time, with that of the processes started and ended meanwhile, and by the wall clock."""
    before, began = _children() + time.process_time(), time.perf_counter()
    work()
    return _children() + time.process_time() - before, time.perf_counter() - began


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
