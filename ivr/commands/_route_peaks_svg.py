"""The plots of the page: drawings that need nothing but themselves. Every text is escaped."""

from collections.abc import Sequence
from html import escape

from ivr.services.peak_stretches import clock
from ivr.services.peak_types import HalfHour

#: How the drawings look, by the colours of the page.
STYLE = """
svg{display:block;max-width:100%;height:auto}svg text{font:11px system-ui,sans-serif;fill:var(--soft)}
svg .name{fill:var(--ink)}svg .grid{stroke:var(--line)}svg .cell{fill:var(--mark)}
svg .base{fill:var(--line);opacity:.35}
svg .need{fill:var(--mark);opacity:.32}svg .lack{fill:var(--bad);opacity:.75}svg .over{fill:var(--good);opacity:.22}
svg .plan{fill:none;stroke:var(--ink);stroke-width:2}
.legend span{display:inline-block;margin-right:1.2rem}.legend i{display:inline-block;width:1.1em;height:.8em;
margin-right:.4em;vertical-align:-.05em}.legend .need{background:var(--mark);opacity:.32}
.legend .lack{background:var(--bad);opacity:.75}.legend .over{background:var(--good);opacity:.22}
.legend .plan{height:0;border-top:2px solid var(--ink);vertical-align:.3em}
.plots{display:flex;flex-wrap:wrap;gap:1rem}.plots figure{margin:0;flex:1 1 30rem;min-width:0}
figcaption{font-size:.85rem;color:var(--soft)}
"""
_ROW, _COLUMN, _NAMES, _HEAD, _FIGURES = 15, 24, 290, 18, 74
_WIDE, _HIGH, _LEFT, _FOOT, _STEP = 624, 150, 40, 20, 12


def heat_map(rows: Sequence[tuple[str, str, Sequence[float]]]) -> str:
    """Rows of (name, zone's words, 24 means): each row as dark as the hour is busy among its own hours."""
    width, height = _NAMES + 24 * _COLUMN + _FIGURES, _HEAD + _ROW * len(rows) + 4
    parts = [_text(_NAMES + hour * _COLUMN, 12, f"{hour:02}") for hour in range(0, 24, 2)]
    parts.append(_text(width - 2, 12, "calls a day", "end"))
    for number, (name, zone, means) in enumerate(rows):
        y, top = _HEAD + number * _ROW, max(means) or 1.0
        parts.append(_text(_NAMES - 8, y + 11, name, "end", "name", zone))
        for hour, mean in enumerate(means):
            shade = f'class="cell" opacity="{0.06 + 0.94 * mean / top:.2f}"' if mean else 'class="base"'
            told = f"{name}, {clock(hour * 60)} to {clock(hour * 60 + 60)}: {mean:.2f} calls"
            parts.append(f'<rect x="{_NAMES + hour * _COLUMN}" y="{y}" width="{_COLUMN - 1}" height="{_ROW - 1}" '
                         f"{shade}><title>{escape(told)}</title></rect>")  # fmt: skip
        parts.append(_text(width - 2, y + 11, f"{sum(means):.1f}", "end"))
    return _svg(width, height, parts, "Calls of each region in each hour of its own clock")


def staffing(cells: Sequence[HalfHour], top: int, told: str) -> str:
    """People needed (filled) and planned (line) in the 48 half-hours of a day; `top` people at the upper edge."""
    parts = []
    scale = _HIGH / max(top, 1)
    for people in _ticks(top):
        y = 6 + _HIGH - people * scale
        parts.append(f'<line class="grid" x1="{_LEFT}" y1="{y:.1f}" x2="{_LEFT + 48 * _STEP}" y2="{y:.1f}"/>')
        parts.append(_text(_LEFT - 6, y + 4, str(people), "end"))
    for hour in range(0, 25, 3):
        parts.append(_text(_LEFT + hour * 2 * _STEP, _HIGH + _FOOT + 2, f"{hour:02}", "middle"))
    line = []
    for cell in cells:
        x, low, high = _LEFT + cell.slot * _STEP, min(cell.needed, cell.planned), max(cell.needed, cell.planned)
        words = (f"{clock(cell.slot * 30)}: {cell.arrivals:.1f} calls, {cell.needed} needed, {cell.planned} planned, "
                 f"{cell.level:.0%} in time")  # fmt: skip
        bars = _bar(x, 0, low, scale, "need") + _bar(x, low, high, scale, "lack" if cell.verdict == "few" else "over")
        hover = f'<rect x="{x}" y="6" width="{_STEP}" height="{_HIGH}" fill="transparent"/>'
        parts.append(f"<g><title>{escape(words)}</title>{bars}{hover}</g>")
        y = 6 + _HIGH - cell.planned * scale
        line.append(f"{x},{y:.1f} {x + _STEP},{y:.1f}")
    parts.append(f'<polyline class="plan" points="{" ".join(line)}"/>')
    return _svg(_WIDE, _HIGH + _FOOT + 10, parts, told)


def _bar(x: int, low: int, high: int, scale: float, kind: str) -> str:
    if high <= low:
        return ""
    y = 6 + _HIGH - high * scale
    return f'<rect class="{kind}" x="{x}" y="{y:.1f}" width="{_STEP}" height="{(high - low) * scale:.1f}"/>'


def _ticks(top: int) -> range:
    step = next(step for power in (1, 10, 100, 1000, 10_000) for step in (power, 2 * power, 5 * power)
                if top <= 4 * step)  # fmt: skip
    return range(0, top + 1, step)


def _text(x: float, y: float, words: str, anchor: str = "start", kind: str = "", title: str = "") -> str:
    more = (f' class="{kind}"' if kind else "") + (f' text-anchor="{anchor}"' if anchor != "start" else "")
    return f'<text x="{x:g}" y="{y:g}"{more}>{escape(words)}{f"<title>{escape(title)}</title>" if title else ""}</text>'


def _svg(width: int, height: int, parts: Sequence[str], told: str) -> str:
    return (f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
            f'aria-label="{escape(told)}">{"".join(parts)}</svg>')  # fmt: skip
