"""The peaks as one page with plots: loads nothing from anywhere, prints on paper, escapes everything it is told."""

from collections.abc import Iterable
from datetime import datetime, time
from html import escape

from ivr.commands import _route_peaks_svg as svg
from ivr.commands._route_peaks_show import Shown, agreement, suggestion
from ivr.domain.arrivals import DAY_KINDS, DayKind
from ivr.domain.whereabouts import timezone
from ivr.flow.html_style import STYLE
from ivr.services.peak_stretches import clock, day_words, disagreements
from ivr.services.peak_types import SitePeaks

_KINDS: dict[DayKind, str] = {"weekday": "Working days", "weekend": "Days off and holidays"}
_MORE = """
.num{text-align:right;font-variant-numeric:tabular-nums}.few{color:var(--bad);font-weight:600}
td,th{white-space:nowrap}section.wide{overflow-x:auto}table{width:auto;min-width:60%}
"""


def page(shown: Shown) -> str:
    """The whole page."""
    lacking = [each for each in disagreements(shown.peaks) if each.verdict == "few"]
    body = [
        "<header><h1>Shifts against load</h1><ul>",
        *(f"<li>{escape(line)}</li>" for line in shown.summary()),
        f"</ul><p>{_short(shown, len(lacking), len({each.site.id for each in lacking}))}</p></header>",
        *(_site(shown, site) for site in shown.peaks.sites),
        *((_shifts(shown), _stretches(shown)) if shown.peaks.judged else ()),
        *(_regions(shown, kind) for kind in DAY_KINDS),
        "<p class='note'>People needed: Erlang C for the mean load of each half-hour; callers are taken to be patient. "
        f"The calls are routed as in the ordinary week of {shown.peaks.week.isoformat()}, everybody planned logged in; "
        "the queue named first takes the load. What the sites have left over answers the 24/7 queue.</p>",
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>Shifts against load</title>'
        f"<style>{STYLE}{svg.STYLE}{_MORE}</style></head><body><main>{''.join(body)}</main></body></html>\n"
    )


def _short(shown: Shown, stretches: int, sites: int) -> str:
    if not shown.peaks.judged:
        return f'<span class="few">{escape(agreement(shown.peaks).capitalize())}.</span>'
    if not stretches:
        skipped = shown.peaks.unknown or not all(site.judged for site in shown.peaks.sites)
        words = "Where it can be judged, nowhere" if skipped else "Nowhere"
        return f'<span class="good">{words} are there too few people.</span>'
    words = "at one time of day" if stretches == 1 else f"at {stretches} times of day, in {sites} sites and queues"
    return f'<span class="few">Too few people {words}</span>, see below.'


def _site(shown: Shown, site: SitePeaks) -> str:
    top = max((max(cell.needed, cell.planned) for days in site.days for cell in days.half_hours), default=0)
    name = shown.site_name(site)
    if not site.judged:
        return (
            f"<section><h2>{escape(name)} <small>{escape(site.zone)}, its own clock</small></h2>"
            "<p class='note'>Not judged: its calls cannot be told from the others.</p></section>"
        )
    unknown = [days for days in site.days if days.kind in shown.peaks.unknown]
    known = [days for days in site.days if days not in unknown]
    drawn = [days for days in known if any(cell.verdict != "closed" for cell in days.half_hours)]
    closed = [day_words(days.days) for days in known if days not in drawn]
    plots = "".join(
        f"<figure><figcaption>{escape(day_words(days.days))}: {sum(cell.arrivals for cell in days.half_hours):.0f} "
        f"calls a day</figcaption>{svg.staffing(days.half_hours, top, f'{name}, {day_words(days.days)}')}</figure>"
        for days in drawn
    ) + (f"<p class='note'>{escape(', '.join(closed))}: closed, no calls</p>" if closed else "")
    plots += "".join(f"<p class='note'>{escape(day_words(days.days))}: not judged</p>" for days in unknown)
    return (
        f"<section><h2>{escape(name)} <small>{escape(site.zone)}, its own clock</small></h2>"
        '<p class="meta legend"><span><i class="need"></i>needed</span><span><i class="plan"></i>planned</span>'
        '<span><i class="lack"></i>lacking</span><span><i class="over"></i>more than needed</span></p>'
        f'<div class="plots">{plots}</div></section>'
    )


def _shifts(shown: Shown) -> str:
    rows = []
    for site in shown.peaks.sites:
        for advice in site.shifts:
            shift, change = advice.shift, advice.change
            rows.append((
                (shown.site_name(site), ""), (day_words(tuple(shift.days)), ""), (clock(shift.start), ""),
                (clock(shift.end), ""), (str(shift.operators), "num"), (suggestion(advice), "num"),
                (f"{change:+d}" if change else "", "num few" if change > 0 else "num"),
            ))  # fmt: skip
    head = ("site", "days", "from", "to", ">planned", ">its hours need", ">change")
    return f'<section class="wide"><h2>Shifts fitted to the peaks</h2>{_table(head, rows)}</section>'


def _stretches(shown: Shown) -> str:
    rows = [
        (
            (shown.site_name(each.site), ""), (day_words(each.days.days), ""), (clock(each.first * 30), ""),
            (clock(each.last * 30 + 30), ""), (f"too {each.verdict}", "few" if each.verdict == "few" else ""),
            (clock(each.worst.slot * 30), ""), (f"{each.worst.arrivals:.1f}", "num"), (str(each.worst.needed), "num"),
            (str(each.worst.planned), "num"), (f"{each.worst.level:.0%}", "num"),
        )
        for each in disagreements(shown.peaks)
    ]  # fmt: skip
    head = ("site", "days", "from", "to", "people", "worst at", ">calls", ">needed", ">planned", ">in time")
    return (
        '<section class="wide"><h2>Where shifts and peaks disagree <small>by the site\'s clock</small></h2>'
        f"{_table(head, rows) if rows else '<p>Nowhere.</p>'}</section>"
    )


def _regions(shown: Shown, kind: DayKind) -> str:
    rows = []
    for load in shown.peaks.regions:
        if load.kind != kind:
            continue
        region = shown.regions.by_code.get(load.region)
        zone = region.zone if region else shown.peaks.sites[-1].zone
        offset = timezone(zone).utcoffset(datetime.combine(shown.peaks.week, time())).total_seconds() / 3600
        hours = [a + b for a, b in zip(load.half_hours[::2], load.half_hours[1::2], strict=True)]
        rows.append((offset, -sum(hours), f"{shown.region_name(load.region)} {offset:+.3g}", zone, hours))
    if not rows:
        return ""
    drawn = svg.heat_map([(name, zone, hours) for _, _, name, zone, hours in sorted(rows)])
    return (
        f'<section class="wide"><h2>{_KINDS[kind]}: when regions call <small>by the callers\' clock, west to east, '
        f"each row as dark as the hour is busy</small></h2>{drawn}</section>"
    )


def _table(head: Iterable[str], rows: Iterable[Iterable[tuple[str, str]]]) -> str:
    """A column whose name begins with ">" holds figures."""
    names = "".join(f'<th class="{"num" if name[:1] == ">" else ""}">{escape(name.lstrip(">"))}</th>' for name in head)
    body = "".join(
        "<tr>" + "".join(f'<td class="{kind}">{escape(words)}</td>' for words, kind in row) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{names}</tr></thead><tbody>{body}</tbody></table>"
