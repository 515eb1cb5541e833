"""`python -m tests.chaos`: do the faults, print a table, write JSON and a page; 1 when the oracle finds a fault."""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from difflib import get_close_matches
from itertools import groupby
from pathlib import Path

from tests.bench.report import machine
from tests.chaos import families
from tests.chaos.case import CASES, Case, Options, Result, Whole
from tests.chaos.page import page
from tests.chaos.report import METHOD, plain, table
from tests.chaos.rounds import in_one_world
from tests.chaos.world import asterisk_install, say
from tests.stopping import stoppable

#: Minutes: one of warm-up, and samples enough for a slope.
_SHORTEST_SOAK = 2
_EPILOG = """examples:
  make chaos                                          everything; takes more than three hours
  make chaos ARGS='--list'
  make chaos ARGS='controller-killed --rounds 10'
  make chaos ARGS='soak --minutes 2'
  make chaos ARGS='callbacks --rounds 200'

Ctrl-C ends it and writes what was found."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the cases named, or all."""
    parser = argparse.ArgumentParser(
        prog="make chaos", description="Faults on purpose, judged from outside.", epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("cases", nargs="*", metavar="CASE", help="only these (--list shows them)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each fault (default 3)")
    parser.add_argument("--minutes", type=float, default=60.0,
                        help="minutes of the soak (default 60; under 36 its memory is not judged; on a busy machine it "
                             "may warm up for 35)")  # fmt: skip
    parser.add_argument("--seed", type=int, default=0, help="of the dice (default: another one each time)")
    parser.add_argument("--list", action="store_true", help="list the cases")
    out = Path(os.environ.get("IVR_STATE_DIR") or "var") / "chaos"
    parser.add_argument("--out", type=Path, default=out, metavar="FOLDER", help=f"of JSON and page (default {out})")
    args = parser.parse_args(argv)
    families.load()
    if args.list:
        print("\n".join(f"{one.name:24} {one.about}" for one in CASES.values()))
        return 0
    if unknown := [name for name in args.cases if name not in CASES]:
        near = [name for each in unknown for name in get_close_matches(each, CASES, 1)]
        meant = f"; is {', '.join(near)} meant?" if near else ";"
        parser.error(f"there is no case {', '.join(unknown)}{meant} --list shows them all")
    if args.rounds < 1 or args.minutes <= 0:
        parser.error("--rounds: 1 or more; --minutes: more than 0")
    if args.minutes < _SHORTEST_SOAK and "soak" in (args.cases or CASES):
        parser.error(f"--minutes: the soak needs {_SHORTEST_SOAK} or more, the first is warm-up; others do not")
    try:
        # before hours of work, not after
        args.out.parent.mkdir(0o700, parents=True, exist_ok=True)  # the state folder
        args.out.mkdir(exist_ok=True)
    except OSError as error:
        parser.error(f"--out: {error}")
    return run([CASES[name] for name in args.cases or CASES], args.rounds, args.minutes, args.seed, args.out)


def run(cases: list[Case], rounds: int, minutes: float, seed: int, out: Path) -> int:
    """Run these, print and write what was found; 1: faults, 130: ended by Ctrl-C without one."""
    at = datetime.now(UTC)
    seed = seed or int(at.timestamp())
    results = [Result(case.name, case.about) for case in cases]
    hardware = {**machine(), "asterisk": asterisk_install().version}
    stopped = False
    with tempfile.TemporaryDirectory(prefix="ivr-chaos-", ignore_cleanup_errors=True) as folder:
        options = Options(rounds, minutes, seed, Path(folder))
        try:
            with stoppable():
                asyncio.run(_all(cases, results, options))
        except KeyboardInterrupt:
            stopped = True
        finally:
            _write(results, at, options, hardware, out)
    return 1 if any(each.faults or (each.ended and not stopped) for each in results) else 130 if stopped else 0


async def _all(cases: list[Case], results: list[Result], options: Options) -> None:
    pairs = list(zip(cases, results, strict=True))
    pairs.sort(key=lambda pair: (pair[0].whole is not None, _setting(pair[0])))
    for alone, group in groupby(pairs, key=lambda pair: pair[0].name if pair[0].whole else _setting(pair[0])):
        chosen = list(group)
        if (whole := chosen[0][0].whole) is not None:
            await _alone(alone, whole, options, chosen[0][1])
        else:
            await in_one_world([c for c, _ in chosen], [r for _, r in chosen], options, options.folder)


async def _alone(name: str, whole: Whole, options: Options, result: Result) -> None:
    """A case that does everything by itself; what it raises is its fault, and the other cases go on."""
    say(f"{name} …")
    begun = time.monotonic()
    try:
        await whole(options, result)
    except Exception as error:
        traceback.print_exc()
        result.other.append(f"ended by {type(error).__name__}: {error}"[:600])
    finally:
        result.took = time.monotonic() - begun
    result.ended = ""
    say(f"{name}: over after {result.took:.0f} s; {len(result.faults)} faults")
    for words in result.faults:
        say(f"{name}:   {words}")


def _setting(case: Case) -> str:
    return case.setting.__qualname__ if case.setting else ""  # type: ignore[attr-defined]


def _write(results: list[Result], at: datetime, options: Options, hardware: dict[str, object], out: Path) -> None:
    name = out / f"{at:%Y%m%dT%H%M%SZ}"
    told = plain(results, at, options, hardware)
    name.with_suffix(".json").write_text(json.dumps(told, ensure_ascii=False, indent=2) + "\n", "utf-8")
    name.with_suffix(".html").write_text(page(results, at.isoformat(timespec="seconds"), hardware), "utf-8")
    print("\n".join(table(results)))
    print(f"\n{METHOD}\n{', '.join(f'{key} {value}' for key, value in hardware.items())}, seed {options.seed}")
    print(f"wrote {name}.json and {name}.html")


if __name__ == "__main__":
    sys.exit(main())
