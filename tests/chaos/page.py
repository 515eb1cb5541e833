"""The page with plots: recovery of each case, and everything that was sampled over time."""

import html
from collections.abc import Sequence
from typing import Any

from tests.chaos.case import Result
from tests.chaos.report import METHOD, table

_W, _H = 720, 160
_STYLE = """body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}
pre{overflow:auto;background:#f4f4f4;padding:1rem}svg{width:100%;height:auto;background:#fafafa}
h2{margin-top:2rem}.bad{color:#b00020}.good{color:#1b6e3c}
@media (prefers-color-scheme:dark){body{background:#16181c;color:#ddd}pre,svg{background:#20242a}}"""


def page(results: Sequence[Result], at: str, hardware: dict[str, Any]) -> str:
    """The whole page as HTML; needs nothing from elsewhere."""
    machine = ", ".join(f"{key} {value}" for key, value in hardware.items())
    parts = [
        f"<!doctype html><html lang=en><meta charset=utf-8><title>Chaos {html.escape(at)}</title>",
        f"<style>{_STYLE}</style><h1>Faults on purpose</h1><p>{html.escape(at)}; {html.escape(machine)}</p>",
        f"<pre>{html.escape(chr(10).join(table(results)[: len(results) + 1]))}</pre>",
        f"<p>{html.escape(METHOD)}</p>",
    ]
    for each in results:
        kind = "bad" if each.faults else "good"
        parts.append(f"<h2>{html.escape(each.case)} <span class={kind}>{html.escape(each.verdict)}</span></h2>")
        parts.append(f"<p>{html.escape(each.about)}</p>")
        parts += [f"<p>{html.escape(words)}</p>" for words in each.notes]
        parts += [f"<p class=bad>{html.escape(words)}</p>" for words in each.faults]
        parts += [f"<p>{html.escape(f'{name}: {value}')}</p>" for name, value in each.figures.items()]
        if each.recovery:
            parts.append(_bars("seconds until the menu answers again, by round", each.recovery))
        parts += [_line(name, points) for name, points in each.series.items() if len(points) > 1]
    return "\n".join([*parts, "</html>", ""])


def _bars(title: str, values: Sequence[float]) -> str:
    top = max(*values, 1e-9) if len(values) > 1 else max(values[0], 1e-9)
    step = (_W - 60) / len(values)
    bars = "".join(
        f'<rect x="{50 + n * step:.1f}" y="{_H - 20 - v / top * (_H - 50):.1f}" width="{max(1.0, step * 0.7):.1f}" '
        f'height="{v / top * (_H - 50):.1f}" fill="#3b6ea5"><title>{v:.2f}</title></rect>'
        for n, v in enumerate(values)
    )
    return _frame(title, bars, 0.0, top)


def _line(title: str, points: Sequence[tuple[float, float]]) -> str:
    low, high = min(v for _, v in points), max(v for _, v in points)
    margin = (high - low) * 0.1 or max(abs(high) * 0.05, 1e-9)
    low, high = low - margin, high + margin
    begin, end = points[0][0], points[-1][0] or 1.0
    width = (end - begin) or 1.0
    path = " ".join(
        f"{50 + (t - begin) / width * (_W - 60):.1f},{_H - 20 - (v - low) / (high - low) * (_H - 50):.1f}"
        for t, v in points
    )
    line = f'<polyline points="{path}" fill="none" stroke="#3b6ea5" stroke-width="1.5"/>'
    return _frame(f"{title}, over {width:.0f} s", line, low, high)


def _frame(title: str, inside: str, low: float, high: float) -> str:
    text = 'font-size="11" fill="#888"'
    return (
        f'<svg viewBox="0 0 {_W} {_H}" role="img" aria-label="{html.escape(title)}">'
        f'<text x="50" y="14" {text}>{html.escape(title)}</text>'
        f'<text x="2" y="32" {text}>{high:.4g}</text><text x="2" y="{_H - 20}" {text}>{low:.4g}</text>'
        f'<line x1="50" y1="{_H - 20}" x2="{_W - 10}" y2="{_H - 20}" stroke="#888"/>{inside}</svg>'
    )
