"""The peaks as JSON and as tables for a terminal."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ivr.commands.listing import safe
from ivr.domain.arrivals import Arrivals, DayKind
from ivr.domain.queue_plan import GENERAL, Shift
from ivr.domain.regions import Regions
from ivr.domain.whereabouts import local_time
from ivr.services.peak_stretches import Stretch, clock, day_words, disagreements
from ivr.services.peak_types import HalfHour, Peaks, ShiftAdvice, SitePeaks

_SOURCES = {
    "given": "as given",
    "journal": "the journal's mean talk and the rest after it",
    "assumed": "assumed, as no talks are known; --handle gives it",
}
_KINDS: dict[DayKind, str] = {"weekday": "working days", "weekend": "days off"}
_BARS = " ▁▂▃▄▅▆▇█"
_MOST = 12  # regions in the terminal
_WIDTH = 140  # where nobody watches


@dataclass(frozen=True)
class Shown:
    """What there is to show. `source`: where the handle time comes from."""

    peaks: Peaks
    arrivals: Arrivals
    regions: Regions
    source: str

    def region_name(self, code: str) -> str:
        region = self.regions.by_code.get(code)
        return region.names["en"] if region else "unknown"

    @staticmethod
    def site_name(site: SitePeaks) -> str:
        return site.names.get("en") or site.id

    def period(self) -> tuple[str, str]:
        """Begin and end by the clock of the 24/7 queue."""
        zone = self.peaks.sites[-1].zone
        start, end = (local_time(at, zone) for at in self.arrivals.period or ())
        return f"{start:%Y-%m-%d %H:%M}", f"{end:%Y-%m-%d %H:%M} {zone}"

    def summary(self) -> list[str]:
        """What was counted and what is asked for, a sentence each."""
        peaks, goal = self.peaks, self.peaks.goal
        start, end = self.period()
        told = [
            f"{self.arrivals.calls} calls to operators from {start} to {end}",
            f"a call keeps an operator {peaks.handle_s:.0f} s ({_SOURCES[self.source]})",
            f"asked for: {goal.share:.0%} answered within {goal.within_s:.0f} s, operators busy at most "
            f"{goal.max_occupancy:.0%}" + (f", away {goal.shrinkage:.0%} of their time" if goal.shrinkage else ""),
        ]
        told += [
            f"of {_KINDS[kind]} too little is known in this period: no shift is judged by them"
            for kind in peaks.unknown
        ]
        if self.arrivals.unsorted:
            told.append(
                f"{self.arrivals.unsorted} of them without a category: counted as other"
                + "".join(f"; {site.id} is not judged, as it does not deal with other" for site in peaks.sites
                          if not site.judged)
            )  # fmt: skip
        if peaks.later:
            told.append(f"{peaks.later:.1f} calls a week come when nobody may be called: called back, no load here")
        return told

    def plain(self) -> dict[str, Any]:
        """Everything as JSON values; clock times are local: the site's, or the callers'."""
        peaks, goal = self.peaks, self.peaks.goal
        return {
            "period": dict(zip(("from", "to"), self.arrivals.period or (), strict=True)),
            "calls": self.arrivals.calls,
            "without_category": self.arrivals.unsorted,
            "judged": peaks.judged,
            "handle_s": round(peaks.handle_s, 1),
            "handle_source": self.source,
            "goal": {"share": goal.share, "within_s": goal.within_s, "max_occupancy": goal.max_occupancy,
                     "shrinkage": goal.shrinkage},
            "unknown_kinds": list(peaks.unknown),
            "week": peaks.week.isoformat(),
            "called_back_a_week": round(peaks.later, 2),
            "regions": [
                {"region": load.region, "name": self.region_name(load.region), "kind": load.kind,
                 "half_hours": [round(mean, 4) for mean in load.half_hours]}
                for load in peaks.regions
            ],
            "sites": [_plain_site(site) for site in peaks.sites],
            "disagreements": [_plain_stretch(stretch) for stretch in disagreements(peaks)],
        }  # fmt: skip

    def tables(self) -> None:
        """Print it."""
        console = Console(markup=False, highlight=False, soft_wrap=False)
        if not console.is_terminal:
            console.width = _WIDTH
        for line in self.summary():
            console.print(line)
        console.print()
        self._regions(console)
        self._disagreements(console)
        self._shifts(console)

    def _regions(self, console: Console) -> None:
        loads = sorted(
            (load for load in self.peaks.regions if load.kind == "weekday"), key=lambda x: -sum(x.half_hours)
        )
        table = _table(f"Regions with most calls on working days, by the callers' clock ({len(loads)} in all)",
                       ("region", "calls a day >", "busiest >", "00      06      12      18      24"))  # fmt: skip
        for load in loads[:_MOST]:
            busiest = max(range(48), key=lambda slot: load.half_hours[slot])
            table.add_row(
                Text(safe(self.region_name(load.region))), f"{sum(load.half_hours):.1f}", clock(busiest * 30),
                _bars([a + b for a, b in zip(load.half_hours[::2], load.half_hours[1::2], strict=True)]),
            )  # fmt: skip
        console.print(table)

    def _disagreements(self, console: Console) -> None:
        found = disagreements(self.peaks)
        if not found:
            console.print(f"{agreement(self.peaks)}\n")
            return
        table = _table("Where shifts and peaks disagree, by the site's clock; calls in half an hour",
                       ("site", "days", "hours", "people", "worst", "calls >", "need >", "plan >",
                        "in time >"))  # fmt: skip
        for each in found:
            cell, colour = each.worst, "red" if each.verdict == "few" else "yellow"
            hours = f"{clock(each.first * 30)}-{clock(each.last * 30 + 30)}"
            table.add_row(
                each.site.id or GENERAL, day_words(each.days.days), hours, Text(f"too {each.verdict}", colour),
                clock(cell.slot * 30), f"{cell.arrivals:.1f}", str(cell.needed), str(cell.planned), f"{cell.level:.0%}",
            )  # fmt: skip
        console.print(table)

    def _shifts(self, console: Console) -> None:
        if not self.peaks.judged:
            return
        table = _table("Shifts, with the people that their hours need",
                       ("site", "days", "hours", "planned >", "suggested >", "change >"))  # fmt: skip
        for site in self.peaks.sites:
            for advice in site.shifts:
                shift, change = advice.shift, advice.change
                table.add_row(
                    site.id, day_words(tuple(shift.days)),
                    f"{clock(shift.start)}-{clock(shift.end)}", str(shift.operators), suggestion(advice),
                    Text(f"{change:+d}" if change else "", "red" if change > 0 else "yellow"),
                )  # fmt: skip
        console.print(table)


def agreement(peaks: Peaks) -> str:
    """What there is to say when no disagreement was found."""
    if not peaks.judged:
        return "not judged: the period is too short to say whether shifts and peaks agree; give a longer one"
    skipped = [_KINDS[kind] for kind in peaks.unknown] + [site.id for site in peaks.sites if not site.judged]
    return "shifts and peaks agree everywhere" + (f"; not judged: {', '.join(skipped)}" if skipped else "")


def suggestion(advice: ShiftAdvice) -> str:
    """The number of people that is suggested."""
    return "not judged" if advice.suggested is None else str(advice.suggested)


def _plain_site(site: SitePeaks) -> dict[str, Any]:
    return {
        "site": site.id,
        "names": dict(site.names),
        "zone": site.zone,
        "judged": site.judged,
        "days": [
            {"days": list(days.days), "kind": days.kind, "half_hours": [_plain_cell(cell) for cell in days.half_hours]}
            for days in site.days
        ],
        "shifts": [_plain_shift(advice.shift) | {"suggested": advice.suggested} for advice in site.shifts],
    }


def _plain_cell(cell: HalfHour) -> dict[str, Any]:
    return {"at": clock(cell.slot * 30), "arrivals": round(cell.arrivals, 4), "needed": cell.needed,
            "planned": cell.planned, "in_time": round(cell.level, 4), "verdict": cell.verdict}  # fmt: skip


def _plain_shift(shift: Shift) -> dict[str, Any]:
    return {"days": sorted(shift.days), "from": clock(shift.start), "to": clock(shift.end),
            "operators": shift.operators}  # fmt: skip


def _plain_stretch(stretch: Stretch) -> dict[str, Any]:
    return {"site": stretch.site.id, "days": list(stretch.days.days), "from": clock(stretch.first * 30),
            "to": clock(stretch.last * 30 + 30), "verdict": stretch.verdict,
            "worst": _plain_cell(stretch.worst)}  # fmt: skip


def _table(title: str, columns: Iterable[str]) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in columns:
        table.add_column(name.removesuffix(" >").upper(), justify="right" if name.endswith(" >") else "left",
                         no_wrap=True)  # fmt: skip
    return table


def _bars(values: Sequence[float]) -> str:
    top = max(values) or 1.0
    return "".join(_BARS[-(-int(value * 800 / top) // 100)] for value in values)
