"""Two kinds of plots as SVG, without a library: growth on two logarithmic axes, and bars with a mark for the goal.

Colours and sizes are classes of the page's style; shapes tell the series apart, too. The numbers stand in the table
beside each plot, so a plot has a name and nothing else for who cannot see it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 560, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 14, 12, 40
_SHAPES = ("circle", "square", "diamond", "triangle", "cross", "down")
_BAR, _NAMES = 26, 200


@dataclass(frozen=True)
class Point:
    """A median with the least and the most of its rounds; `x` is the size. All more than 0."""

    x: float
    y: float
    low: float
    high: float


@dataclass(frozen=True)
class Bar:
    """One figure; `goal` None: none."""

    name: str
    value: float
    low: float
    high: float
    goal: float | None = None


def short(value: float) -> str:
    """A number as the axes say it."""
    for least, mark in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= least:
            return f"{value / least:.3g}{mark}"
    return f"{value:.3g}"


def growth_plot(title: str, series: dict[str, Sequence[Point]], x_name: str, y_name: str) -> str:
    """Lines from size to size, with the spread of the rounds; both axes by powers of ten."""
    points = [point for each in series.values() for point in each]
    x_of, x_marks = _axis([point.x for point in points], _LEFT, WIDTH - _RIGHT)
    y_of, y_marks = _axis([y for point in points for y in (point.low, point.high)], HEIGHT - _BOTTOM, _TOP)
    parts = [
        *(f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y_of(y):.1f}" y2="{y_of(y):.1f}"/>'
          f'<text x="{_LEFT - 6}" y="{y_of(y) + 4:.1f}" text-anchor="end">{short(y)}</text>' for y in y_marks),
        *(f'<line class="grid" x1="{x_of(x):.1f}" x2="{x_of(x):.1f}" y1="{_TOP}" y2="{HEIGHT - _BOTTOM}"/>'
          f'<text x="{x_of(x):.1f}" y="{HEIGHT - _BOTTOM + 16}" text-anchor="middle">{short(x)}</text>'
          for x in x_marks),
        f'<text x="{(_LEFT + WIDTH - _RIGHT) / 2}" y="{HEIGHT - 6}" text-anchor="middle">{escape(x_name)}</text>',
        f'<text transform="translate(14 {(_TOP + HEIGHT - _BOTTOM) / 2}) rotate(-90)" text-anchor="middle">'
        f"{escape(y_name)}</text>",
    ]  # fmt: skip
    for number, (name, line) in enumerate(series.items()):
        places = [(x_of(point.x), y_of(point.y)) for point in line]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        parts.append(f'<g class="s{number % 6}"><title>{escape(name)}</title><polyline points="{path}"/>')
        parts += [
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{y_of(point.low):.1f}" y2="{y_of(point.high):.1f}"/>'
            + _mark(number, x, y)
            for (x, y), point in zip(places, line, strict=True)
        ]
        parts.append("</g>")
    return _svg(title, HEIGHT, parts) + _legend(list(series))


def bar_plot(title: str, bars: Sequence[Bar]) -> str:
    """Bars from 0, with the spread of the rounds and a mark at the goal."""
    most = max(max(bar.high, bar.goal or 0.0) for bar in bars) or 1.0
    room = WIDTH - _NAMES - 80
    parts = []
    for number, bar in enumerate(bars):
        y, width = number * _BAR + 6, bar.value / most * room
        low, high = (_NAMES + value / most * room for value in (bar.low, bar.high))
        parts.append(
            f'<text x="{_NAMES - 8}" y="{y + 12}" text-anchor="end">{escape(_fitted(bar.name))}</text>'
            f'<rect class="bar" x="{_NAMES}" y="{y}" width="{max(width, 1):.1f}" height="16"/>'
            f'<line class="spread" x1="{low:.1f}" x2="{high:.1f}" y1="{y + 8}" y2="{y + 8}"/>'
            f'<text x="{max(high, _NAMES + width) + 6:.1f}" y="{y + 12}">{short(bar.value)}</text>'
        )
        if bar.goal is not None:
            x = _NAMES + bar.goal / most * room
            parts.append(f'<line class="goal" x1="{x:.1f}" x2="{x:.1f}" y1="{y - 3}" y2="{y + 19}"/>')
    return _svg(title, len(bars) * _BAR + 10, parts)


def _svg(title: str, height: float, parts: Sequence[str]) -> str:
    return (f'<svg role="img" aria-label="{escape(title)}" viewBox="0 0 {WIDTH} {height:g}" width="{WIDTH}">'
            f"{''.join(parts)}</svg>")  # fmt: skip


def _axis(values, first: float, last: float):  # type: ignore[no-untyped-def]
    """Value -> place, and the powers of ten (with 2 and 5 where there are few) that are marked."""
    low, high = math.log10(min(values)), math.log10(max(values))
    if high - low < 0.3:
        low, high = low - 0.15, high + 0.15
    low, high = low - (high - low) * 0.04, high + (high - low) * 0.04
    steps = (1, 2, 5) if high - low < 2.5 else (1,)
    marks = [step * 10.0**power for power in range(math.floor(low), math.ceil(high) + 1) for step in steps]
    if high - low > 7:
        marks = marks[::2]

    def place(value: float) -> float:
        return first + (math.log10(value) - low) / (high - low) * (last - first)

    return place, [mark for mark in marks if low <= math.log10(mark) <= high]


def _mark(number: int, x: float, y: float) -> str:
    shape, r = _SHAPES[number % len(_SHAPES)], 4.5
    if shape == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r}"/>'
    corners = {
        "square": ((-1, -1), (1, -1), (1, 1), (-1, 1)),
        "diamond": ((0, -1.3), (1.3, 0), (0, 1.3), (-1.3, 0)),
        "triangle": ((0, -1.2), (1.2, 1), (-1.2, 1)),
        "down": ((0, 1.2), (1.2, -1), (-1.2, -1)),
        "cross": ((-1, -0.3), (1, -0.3), (1, 0.3), (-1, 0.3)),
    }[shape]
    return f'<polygon points="{" ".join(f"{x + r * dx:.1f},{y + r * dy:.1f}" for dx, dy in corners)}"/>'


def _legend(names: Sequence[str]) -> str:
    items = "".join(
        f'<li><svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true"><g class="s{number % 6}">'
        f"{_mark(number, 7, 7)}</g></svg> {escape(name)}</li>"
        for number, name in enumerate(names)
    )
    return f'<ul class="legend">{items}</ul>'


def _fitted(name: str) -> str:
    return name if len(name) <= 34 else name[:33] + "…"
