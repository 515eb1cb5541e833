"""The coverage as one page: every region and hour in the colour of the queue that answers first. Loads nothing."""

from html import escape
from typing import TypeAlias

from ivr.domain.coverage import Cell, Coverage, Row, Sheet
from ivr.domain.queue_plan import GENERAL
from ivr.domain.route_words import RouteWords
from ivr.domain.whereabouts import local_time
from ivr.flow.html_style import STYLE

_STYLE = """
.grid{border-collapse:separate;border-spacing:1px;font-size:.78rem}
.grid th,.grid td{padding:.1rem .25rem;border:0;text-align:center;white-space:nowrap;overflow-wrap:normal}
.grid tbody th{text-align:left;font-weight:400}
.grid td{min-width:1.6rem;border-radius:3px;color:#111}
.grid thead th{position:sticky;top:0;background:var(--card)}
.legend span{display:inline-block;margin:.15rem .6rem .15rem 0;white-space:nowrap}
.legend i{display:inline-block;min-width:1.5em;border-radius:3px;margin-right:.35em;text-align:center;font-style:normal;
color:#111}
.alone{background:var(--line);color:var(--soft)!important}
.later{background:var(--line);color:var(--ink)!important}
.hole{background:#b3261e;color:#fff!important;font-weight:700}
"""
#: Steps of the golden angle: neighbours in the file look unlike each other.
_TURN = 137.5
#: No beginning of a queue's name.
_CALLBACK = "↩"
#: Queue -> the beginning of its name and its colour as a style.
_Marks: TypeAlias = dict[str, tuple[str, str]]


def coverage_page(found: Coverage, prefixes: dict[str, str], words: RouteWords) -> str:
    """The whole page; `prefixes` stand for the sites' queues. Everything that comes from data is escaped."""
    marks = {
        name: (escape(prefix), f"background:hsl({number * _TURN % 360:.0f} 62% 72%)")
        for number, (name, prefix) in enumerate(prefixes.items())
    }
    sheets = "".join(_sheet(sheet, marks, words) for sheet in found.sheets)
    legend = "".join(
        f'<span><i style="{colour}">{letter}</i>{escape(words.queue(name))} <code>{escape(name)}</code></span>'
        for name, (letter, colour) in marks.items()
    )
    state = "bad" if found.holes else "good"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>Coverage {found.day}</title><style>{STYLE}{_STYLE}</style></head><body><main>"
        f"<h1>Who answers where, {found.day}</h1>"
        '<p class="meta">By plan: everybody on shift is taken as logged in. Each hour is judged at its half.</p>'
        f'<p class="{state}">{found.holes} hours without any answer; {found.common_hours} of {found.hours} hours are '
        "served by the 24/7 queue alone"
        f"{f', in {found.callback_hours} callers are promised a call back' if found.callback_hours else ''}.</p>"
        f'<section class="legend">{legend}<span><i class="alone">·</i>{escape(words.queue(GENERAL))} alone</span>'
        f'<span><i class="later">{_CALLBACK}</i>called back</span>'
        f'<span><i class="hole">!</i>nobody</span></section>{sheets}</main></body></html>\n'
    )


def _sheet(sheet: Sheet, marks: _Marks, words: RouteWords) -> str:
    grid = sheet.grid
    head = "".join(f"<th>{hour:02d}</th>" for hour in range(24))
    rows = "".join(_row(row, marks, words) for row in grid.rows)
    hours = "hours of each region's own day" if grid.local else "hours of the UTC day"
    named = f"{escape(', '.join(sheet.categories))} <small>{escape(', '.join(sheet.languages))}</small>"
    return (
        f'<section><h2>{named}</h2><p class="meta">{hours}</p><div class="wide"><table class="grid">'
        f"<thead><tr><th>region</th><th>UTC</th>{head}</tr></thead><tbody>{rows}</tbody></table></div></section>"
    )


def _row(row: Row, marks: _Marks, words: RouteWords) -> str:
    offset = f"{local_time(row.cells[0].at, row.zone):%z}"
    name = f"{row.region} {words.part(row.region, row.zone)}"
    cells = "".join(_cell(cell, row.zone, marks, words) for cell in row.cells)
    return f"<tr><th>{escape(name)}</th><th>{escape(offset[:3].replace('+0', '+'))}</th>{cells}</tr>"


def _cell(cell: Cell, zone: str, marks: _Marks, words: RouteWords) -> str:
    way = " → ".join(words.queue(name) for name in cell.queues)
    if cell.hole:
        way = "nobody; never opens"
    if cell.callback and cell.opens is not None:
        way = f"called back from {cell.opens:%Y-%m-%d %H:%M} UTC"
    title = escape(f"{local_time(cell.at, zone):%H:%M} there, {cell.at:%H:%M} UTC: {way}", quote=True)
    if cell.hole:
        return f'<td class="hole" title="{title}">!</td>'
    if cell.callback:
        return f'<td class="later" title="{title}">{_CALLBACK}</td>'
    if cell.common_only:
        return f'<td class="alone" title="{title}">·</td>'
    letter, colour = marks.get(cell.queues[0], ("?", ""))
    return f'<td style="{colour}" title="{title}">{letter}</td>'
