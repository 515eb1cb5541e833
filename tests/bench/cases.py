"""What is measured. A case takes a `Bench` and an empty folder and gives its figures."""

import json
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from ivr.domain.arrivals import Arrivals, Origin
from ivr.domain.calendar import Calendar
from ivr.domain.locate import Locator
from ivr.domain.queue_plan import QueuePlan, QueueRule, Site
from ivr.domain.routing import Router, RouteRequest
from ivr.domain.staffing import operators_needed
from ivr.storage.arrivals_csv import read_arrivals_csv
from ivr.storage.numbering_file import load_plan
from ivr.storage.numbering_import import import_plan
from tests.bench import agi, call, callbacks, data, history, live, menus, reference
from tests.bench.measure import Bench, Figure, Goal, rate, seconds

Case = Callable[[Bench, Path], list[Figure]]
#: A hundredth, a tenth and all of the registry's rows.
ROWS = sum(data.FULL.values())
GROWTH = (100, 10, 1)

#: In a process of its own, so that its peak of memory is the import's alone. Linux counts into a child's ru_maxrss
#: what its parent had when it was started; VmHWM is of the process's own memory only.
_IMPORT = """
import json, re, resource, sys, time
from datetime import UTC, datetime
from pathlib import Path
from ivr.datafiles import read_data
from ivr.domain.regions import load_regions
from ivr.storage.numbering_import import import_plan
path, *files = map(Path, sys.argv[1:])
regions = load_regions(read_data("regions.csv", None))
before, began = time.process_time(), time.perf_counter()
report = import_plan(files, regions, path, datetime.now(UTC))
wall = time.perf_counter() - began
try:
    peak = int(re.search(r"VmHWM:\\s*(\\d+) kB", Path("/proc/self/status").read_text())[1])
except OSError:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([report.rows, time.process_time() - before, wall, peak / 1024]))
"""


def importing(bench: Bench, folder: Path) -> list[Figure]:
    """`import_plan` of a made-up registry: reading, checking, merging, writing the plan and putting it in force."""
    found = []
    for part in GROWTH:
        sources = folder / f"rows{part}"
        sources.mkdir()
        files = data.registry(sources, bench.size(ROWS // part))
        told = [_imported(sources / f"plan{number}" / "plan.bin", files) for number in range(min(bench.rounds, 3))]
        rows, full = int(told[0][0]), part == 1
        times, walls, peaks = zip(*((cpu, wall, peak) for _, cpu, wall, peak in told), strict=True)
        found += [
            Figure("import, time", "s", median(times), times, median(walls), Goal(most=5) if full else None, rows,
                   "rows"),
            Figure("import, rate", "rows/s", rows / median(times), tuple(rows / t for t in times),
                   rows / median(walls), None, rows, "rows"),
            Figure("import, peak memory", "MB", median(peaks), peaks, None, Goal(most=200) if full else None, rows,
                   "rows"),
        ]  # fmt: skip
    return found


def _imported(path: Path, files: list[Path]) -> tuple[float, float, float, float]:
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", _IMPORT, path, *files], check=True, capture_output=True, text=True,
                          cwd=root)  # fmt: skip
    rows, processor, wall, peak = json.loads(done.stdout)
    return rows, processor, wall, peak


def looking_up(bench: Bench, folder: Path) -> list[Figure]:
    """`load_plan` with the `Locator` over it, and `Locator.place(number)` in memory; callers by chance."""
    found = []
    asked = data.numbers(bench.size(200_000))
    for part in GROWTH:
        sources = folder / f"plan{part}"
        sources.mkdir()
        files = data.registry(sources, bench.size(ROWS // part))
        path = sources / "state" / "plan.bin"
        rows = import_plan(files, data.regions(), path, datetime.now(UTC)).rows

        def load(path: Path = path) -> Locator:
            return Locator(data.regions(), load_plan(path), "77")

        locator = load()
        found.append(seconds("plan, load", load, bench, Goal(most=1) if part == 1 else None, rows, "rows"))
        found.append(rate("look-up", "look-ups/s", len(asked), _asking(locator, asked), bench,
                          Goal(least=200_000) if part == 1 else None, rows, "rows"))  # fmt: skip
    return found


def _asking(locator: Locator, asked: list[str]) -> Callable[[], None]:
    def work() -> None:
        place = locator.place
        for number in asked:
            place(number)

    return work


def deciding(bench: Bench, folder: Path) -> list[Figure]:
    """`Router.decide` over the shipped call centres: callers from everywhere, all categories, fresh boards.

    "as calls come": the moments follow each other within a quarter of an hour. "each at another
    moment": by chance within four weeks, so that little of what the router remembers is of use. "waiting": so many
    callers stand in the queues. "sites": the shipped call centres once, ten and a hundred times.
    """
    goal = Goal(least=20_000)
    locator = Locator(data.regions(), None, "77")
    count = bench.size(20_000)
    running = [data.NOON + timedelta(seconds=9 * number) for number in range(100)]
    router = Router(data.plan(), data.calendars(), data.regions())
    found = [
        rate("decision, as calls come", "decisions/s", count,
             _deciding(router, data.requests(count, locator, running)), bench, goal, 20, "waiting"),
        rate("decision, each at another moment", "decisions/s", count,
             _deciding(router, data.requests(count, locator, data.moments(bench.size(2000), 28))), bench, goal),
    ]  # fmt: skip
    for waiting in (10, 100, 1000):
        asked = data.requests(count, locator, running, waiting)
        found.append(rate("decision, waiting", "decisions/s", count, _deciding(router, asked), bench, None, waiting,
                          "waiting"))  # fmt: skip
    for times in (1, 10, 100):
        more = _more_sites(data.plan(), times)
        wide = Router(more, data.calendars(), data.regions())
        asked = data.requests(max(1, count // times), locator, running)
        found.append(rate("decision, sites", "decisions/s", len(asked), _deciding(wide, asked), bench, None,
                          len(more.sites), "sites"))  # fmt: skip
    return found


def _deciding(router: Router, asked: list[RouteRequest]) -> Callable[[], None]:
    def work() -> None:
        decide = router.decide
        for request in asked:
            decide(request)

    return work


def _more_sites(plan: QueuePlan, times: int) -> QueuePlan:
    """The same call centres `times` times over, under names of their own."""
    sites: dict[str, Site] = {}
    queues: list[QueueRule] = []
    for number in range(times):
        mark = str(number) if number else ""
        sites |= {f"{site.id}{mark}": replace(site, id=f"{site.id}{mark}") for site in plan.sites.values()}
        queues += [
            replace(queue, name=f"{queue.name}{mark}", site=f"{queue.site}{mark}")
            for queue in plan.queues
            if queue.site
        ]
    queues += [queue for queue in plan.queues if not queue.site]
    return replace(plan, queues=tuple(queues), sites=sites)


def opening(bench: Bench, folder: Path) -> list[Figure]:
    """`Calendar.is_open` and `add_working` of office hours in Moscow with holidays."""
    count = bench.size(100_000)
    hours = data.calendars().bind("office", "Europe/Moscow", "77")
    near = [data.NOON + timedelta(milliseconds=35 * number) for number in range(count)]
    found = [rate("is_open, within an hour", "questions/s", count, _opening(hours, near), bench)]
    for days in (10, 100, 1000):
        asked = _by_chance(count, days)
        found.append(rate("is_open, by chance", "questions/s", count, _opening(hours, asked), bench, None, days,
                          "days"))  # fmt: skip
    # more months than a calendar remembers: nearly every question works one out
    far = _by_chance(bench.size(2000), 36_500)
    found.append(rate("is_open, in a hundred years", "questions/s", len(far), _opening(hours, far), bench))
    day, few = timedelta(hours=24), near[: max(1, count // 10)]

    def adding() -> None:
        for at in few:
            hours.add_working(at, day)

    found.append(rate("add_working, 24 hours", "deadlines/s", len(few), adding, bench))
    return found


def _by_chance(count: int, days: int) -> list[datetime]:
    chance = random.Random(8)
    return [data.NOON + timedelta(seconds=chance.randrange(days * 86_400)) for _ in range(count)]


def _opening(hours: Calendar, asked: list[datetime]) -> Callable[[], None]:
    def work() -> None:
        is_open = hours.is_open
        for at in asked:
            is_open(at)

    return work


def staffing(bench: Bench, folder: Path) -> list[Figure]:
    """`operators_needed` by Erlang C for loads of ten to a thousand erlangs (calls of four minutes)."""
    found = []
    for load in (10, 100, 1000):
        arrivals, count = load * 1800 / 240, bench.size(20_000 // load)

        def work(arrivals: float = arrivals, count: int = count) -> None:
            for _ in range(count):
                operators_needed(arrivals, 240)

        found.append(rate("operators_needed", "loads/s", count, work, bench, None, load, "erlangs"))
    return found


def arriving(bench: Bench, folder: Path) -> list[Figure]:
    """`read_arrivals_csv` into `Arrivals`: what `ivr route peaks` does with every line of a list of calls."""
    found, codes = [], [*data.regions().by_code]
    for full in (2000, 20_000, 200_000):
        rows, path = bench.size(full), folder / f"calls{full}.csv"
        lines = (f"{(data.NOON + timedelta(seconds=9 * n)).isoformat()},{codes[n % len(codes)]}" for n in range(rows))
        path.write_text("\n".join(("at,region", *lines)), "utf-8")

        def work(path: Path = path) -> None:
            arrivals, by_code = Arrivals(), data.regions().by_code
            for one in read_arrivals_csv(path, by_code, data.CATEGORIES):
                arrivals.add(Origin(one.region, by_code[one.region].zone), one.at)

        found.append(rate("arrivals from a CSV", "calls/s", rows, work, bench, None, rows, "calls"))
    return found


CASES: dict[str, Case] = {
    "import": importing,
    "lookup": looking_up,
    "decide": deciding,
    "open": opening,
    "staffing": staffing,
    "arrivals": arriving,
    "callbacks": callbacks.dispatching,
    "live": live.reducing,
    "delay": live.delay,
    "agi": agi.alone,
    "call": call.calling,
    "history": history.searching,
    "prompts": menus.building,
    "simulate": menus.simulating,
    "reference": reference.reference,
}
