"""`python -m tests.bench`: measure, print a table, write one JSON file."""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.bench import report
from tests.bench.cases import CASES
from tests.bench.measure import Bench, Figure


def main(argv: Sequence[str] | None = None) -> int:
    """Run the cases; 1 when a goal is missed at full size."""
    parser = argparse.ArgumentParser(prog="make bench", description=report.METHOD)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"only these: {', '.join(CASES)}")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each (default 5)")
    parser.add_argument("--scale", type=float, default=1.0, help="part of the full sizes (default 1.0)")
    # as the setting state_dir, without reading the whole configuration
    out = Path(os.environ.get("IVR_STATE_DIR") or "var") / "bench"
    parser.add_argument("--out", type=Path, default=out, help=f"folder of the JSON files (default {out})")
    args = parser.parse_args(argv)
    if unknown := [name for name in args.cases if name not in CASES]:
        parser.error(f"{', '.join(unknown)}: known are {', '.join(CASES)}")
    if args.rounds < 1 or not 0 < args.scale <= 1:
        parser.error("--rounds: 1 or more; --scale: more than 0, at most 1")
    at, hardware = datetime.now(UTC), report.machine()
    figures = _measured(args.cases or list(CASES), Bench(args.rounds, args.scale))
    told = report.plain(figures, at, args.rounds, args.scale, hardware)
    args.out.mkdir(parents=True, exist_ok=True)
    file = args.out / f"{at:%Y%m%dT%H%M%SZ}.json"
    file.write_text(json.dumps(told, ensure_ascii=False, indent=2) + "\n", "utf-8")
    print("\n".join(report.table(figures)))
    print(f"\n{report.METHOD}\n{', '.join(f'{key} {value}' for key, value in hardware.items())}\nwrote {file}")
    missed = args.scale == 1 and any(each.goal and not each.goal.kept(each.value) for each in figures)
    return 1 if missed else 0


def _measured(names: Sequence[str], bench: Bench) -> list[Figure]:
    figures: list[Figure] = []
    for name in names:
        print(f"bench: {name} …", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix="ivr-bench-") as folder:
            figures += CASES[name](bench, Path(folder))
    return figures


if __name__ == "__main__":
    sys.exit(main())
