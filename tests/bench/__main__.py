"""`python -m tests.bench`: measure, print a table, write one JSON file and one page with plots."""

import argparse
import json
import os
import sys
import tempfile
import textwrap
import traceback
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.bench import report
from tests.bench.cases import CASES
from tests.bench.measure import Bench, Figure, Gaps
from tests.bench.page import page
from tests.stopping import stoppable

_EXAMPLES = """examples:
  make bench                                           everything; the reference call in it needs root, half an hour
  make bench ARGS='lookup decide --rounds 9'
  make bench ARGS='agi --scale 0.1'                    smaller and quicker; goals are not judged
  make bench ARGS='agi --against var/bench/FILE.json'  what is better, what is worse than in an earlier run

Ends with 1 when a goal is missed or a case failed. Ctrl-C ends it and writes what was measured."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the cases; 1 when one failed or a goal is missed at full size, 130 when ended by Ctrl-C without that."""
    cases = {name: (case.__doc__ or "").partition("\n")[0] for name, case in CASES.items()}
    listed = "\n".join(f"  {name:10} {words}" for name, words in cases.items())
    parser = argparse.ArgumentParser(
        prog="make bench", description=textwrap.fill(report.METHOD, 110), epilog=f"cases:\n{listed}\n\n{_EXAMPLES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("cases", nargs="*", metavar="CASE", help="only these; they are listed below")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each (default 5)")
    parser.add_argument("--scale", type=float, default=1.0, help="part of the full sizes (default 1.0)")
    # as the setting state_dir, without reading the whole configuration
    out = Path(os.environ.get("IVR_STATE_DIR") or "var") / "bench"
    parser.add_argument("--out", type=Path, default=out, help=f"folder of the files written (default {out})")
    parser.add_argument("--against", type=Path, metavar="FILE", help="compare with the JSON of an earlier run")
    args = parser.parse_args(argv)
    if unknown := [name for name in args.cases if name not in CASES]:
        parser.error(f"{', '.join(unknown)}: known are {', '.join(CASES)}")
    if args.rounds < 1 or not 0 < args.scale <= 1:
        parser.error("--rounds: 1 or more; --scale: more than 0, at most 1")
    before = _earlier(args.against, parser) if args.against else None
    at, hardware = datetime.now(UTC), report.machine()
    figures, gaps = _measured(args.cases or list(CASES), Bench(args.rounds, args.scale))
    told = report.plain(figures, at, args.rounds, args.scale, hardware, cases, gaps)
    print("\n".join(report.table(figures, gaps)))
    if before is not None:
        print("\n" + "\n".join(report.compare(told, before)))
    # the state folder, made by the way, is for its owner alone
    args.out.parent.mkdir(0o700, parents=True, exist_ok=True)
    args.out.mkdir(exist_ok=True)
    file = args.out / f"{at:%Y%m%dT%H%M%SZ}.json"
    file.write_text(json.dumps(told, ensure_ascii=False, indent=2) + "\n", "utf-8")
    file.with_suffix(".html").write_text(page(told), "utf-8")
    print(f"\n{report.METHOD}\n{', '.join(f'{key} {value}' for key, value in hardware.items())}")
    print(f"wrote {file}\nwrote {file.with_suffix('.html')}")
    missed = report.missed(figures)
    if missed and args.scale < 1:
        print(f"goals are for the full sizes: {len(missed)} not kept at these do not count")
    elif missed:
        print("\n".join(missed))
    return 1 if (missed and args.scale == 1) or gaps.failed else 130 if gaps.left else 0


def _earlier(file: Path, parser: argparse.ArgumentParser) -> dict[str, Any]:
    try:
        before: dict[str, Any] = json.loads(file.read_text("utf-8"))
        before["figures"], before["machine"], before["at"], before["scale"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        parser.error(f"--against {file}: no result of an earlier run ({error})")
    return before


def _measured(names: Sequence[str], bench: Bench) -> tuple[list[Figure], Gaps]:
    figures: list[Figure] = []
    gaps = Gaps(left=list(names))
    console = Console(stderr=True)
    bar = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*bar, console=console, transient=True) as progress:
        task = progress.add_task("", total=len(names))
        try:
            with stoppable():
                for name in names:
                    progress.update(task, description=name)
                    if not console.is_terminal:
                        print(f"bench: {name} …", file=sys.stderr, flush=True)
                    try:
                        with tempfile.TemporaryDirectory(prefix="ivr-bench-", ignore_cleanup_errors=True) as folder:
                            figures += [replace(each, case=name) for each in CASES[name](bench, Path(folder))]
                    except Exception as error:  # the other cases go on
                        traceback.print_exc()
                        gaps.failed[name] = f"{type(error).__name__}: {error}"[:1000]
                    gaps.left.remove(name)
                    progress.advance(task)
        except KeyboardInterrupt:  # what was measured before is told all the same
            console.print("bench: ended")
    return figures, gaps


if __name__ == "__main__":
    sys.exit(main())
