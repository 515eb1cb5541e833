"""`ivr route peaks`: shifts against load; reads the arrivals, asks the router, shows what to change."""

import argparse
import re
from pathlib import Path

from ivr.commands import _route_peaks_html, _route_peaks_show
from ivr.commands._route_peaks_input import UNSORTED, Deployment, progress, read_arrivals
from ivr.commands.listing import print_json, safe
from ivr.config import load_config
from ivr.domain.arrivals import Arrivals
from ivr.domain.staffing import Goal
from ivr.domain.whereabouts import local_time
from ivr.errors import HotlineError
from ivr.services.peaks import find_peaks, ordinary_week, sites_without

#: With a greater part of the calls without a category, nothing is said of those who deal with other categories.
_UNSORTED_MOST = 0.1
_ASSUMED = 240.0  # seconds a call keeps an operator when nobody knows

EXAMPLES = """examples:
  ivr route peaks                                      the last four weeks of the journal
  ivr route peaks --from 2026-03-02 --to 2026-03-29 --html peaks.html
  ivr route peaks --csv calls.csv --handle 240         columns: at,region or at,number, and if wanted category,language
  ivr route peaks --target 90/15 --shrinkage 30 --json

In a CSV `at` is ISO 8601 with offset. A call without a category counts as `other`: when that are many, nothing is
said of sites that do not deal with it.

Every mean arrival is routed as if everybody planned in queues.toml were logged in; the people needed follow from
Erlang C. Times of a site are its own clock, those of a region the callers'.
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EXAMPLES
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--from", dest="start", metavar="D", help="first day, or time with offset (default: 28 days)")
    parser.add_argument("--to", dest="end", metavar="D", help="last day (included), or time with offset (default: now)")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="arrivals from this file instead of the journal")
    parser.add_argument("--handle", type=float, metavar="S", help="seconds a call keeps an operator, rest included "
                        "(default: the journal's mean talk and the rest after it)")  # fmt: skip
    parser.add_argument("--target", default="80/20", metavar="P/S", help="P %% of the calls answered within S seconds "
                        "(default 80/20)")  # fmt: skip
    parser.add_argument("--occupancy", type=float, default=85, metavar="P", help="busy at most P %% (default 85)")
    parser.add_argument("--shrinkage", type=float, default=0, metavar="P", help="people are away P %% of their paid "
                        "time: breaks, illness (default 0)")  # fmt: skip
    parser.add_argument("--json", action="store_true", help="machine-readable output")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write a page with plots")


def run(args: argparse.Namespace) -> int:
    goal, handle = _goal(args), args.handle
    if handle is not None and not 1 <= handle <= 86_400:
        raise HotlineError("--handle: seconds, 1 to 86400")
    deployment = Deployment(load_config())
    arrivals = read_arrivals(deployment, args.start, args.end, args.csv)
    if not arrivals.calls:
        print(f"no calls to operators {_where(arrivals, args.csv, deployment.zone)}: give another period with --from "
              "and --to, or a list of calls with --csv FILE")  # fmt: skip
        return 1
    source = "given"
    if handle is None:
        talk = arrivals.mean_talk_s
        handle = _ASSUMED if talk is None else talk + deployment.config.wrapup
        source = "assumed" if talk is None else "journal"
    assert arrivals.period is not None  # there are calls
    week = ordinary_week(local_time(arrivals.period[1], deployment.zone).date(), deployment.works)
    many = arrivals.unsorted > _UNSORTED_MOST * arrivals.calls
    unjudged = sites_without(deployment.plan, UNSORTED) if many else frozenset()
    with progress("routes") as asked:
        peaks = find_peaks(
            arrivals, deployment.router, deployment.plan, week, handle, deployment.zone, goal, asked, unjudged
        )
    shown = _route_peaks_show.Shown(peaks, arrivals, deployment.regions, source)
    if args.html:
        _write(args.html, _route_peaks_html.page(shown))
    if args.json:
        print_json(shown.plain())
        return 0
    shown.tables()
    if args.html:
        print(f"wrote {args.html}")
    return 0


def _goal(args: argparse.Namespace) -> Goal:
    match = re.fullmatch(r"(\d{1,2})/(\d{1,4})", args.target.strip(), re.ASCII)
    if match is None or not 1 <= int(match[1]) <= 99 or int(match[2]) > 3600:
        raise HotlineError(f"--target: {args.target!r} is not per cent/seconds such as 80/20 (1 to 99 / 0 to 3600)")
    if not 1 <= args.occupancy <= 100:
        raise HotlineError("--occupancy: per cent, 1 to 100")
    if not 0 <= args.shrinkage <= 95:
        raise HotlineError("--shrinkage: per cent, 0 to 95")
    return Goal(int(match[1]) / 100, float(match[2]), args.occupancy / 100, args.shrinkage / 100)


def _where(arrivals: Arrivals, csv: Path | None, zone: str) -> str:
    where = f"in {safe(csv.name)}" if csv else "in the journal"
    if arrivals.period is None:
        return where
    start, end = (local_time(at, zone) for at in arrivals.period)
    return f"{where} from {start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} ({zone})"


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise HotlineError(f"--html: {path}: cannot be written: {error.strerror}") from None
