"""The JSON of a run as one page: plots, a table beside each, machine, versions, method. Needs no network."""

from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any

from tests.bench.plot import Bar, Point, bar_plot, growth_plot

_STYLE = Path(__file__).with_name("page.css")
_LINES = 6  # in one plot; more cannot be told apart


def page(told: dict[str, Any]) -> str:
    """A whole document."""
    machine = told["machine"]
    against = told.get("against")
    part = "" if told["scale"] == 1 else f", at {told['scale']:g} of the full sizes: no goal is judged by this"
    parts = [
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
        f"<title>Bench, {escape(told['at'])}</title><style>{_STYLE.read_text('utf-8')}</style><main>",
        f"<h1>How fast the hotline is</h1><p class=soft>{escape(told['at'])}; {told['rounds']} rounds{part}.</p>",
        f"<p>{_goals(told['figures'])}</p>",
        *(f"<p class=no>{escape(words)}</p>" for words in told["gaps"]),
        f"<p>Compared with {escape(against['at'])}: {escape(against['note'])}</p>" if against else "",
    ]
    for case, group in groupby(told["figures"], key=lambda each: each["case"]):
        figures = list(group)
        parts.append(f"<section><h2>{escape(case)}</h2><p class=soft>{escape(told['cases'].get(case, ''))}</p>")
        units = dict.fromkeys(each["unit"] for each in figures)
        for unit in units:
            parts += _pairs(case, [each for each in figures if each["unit"] == unit], told["growth"], bool(against))
        parts.append("</section>")
    rows = "".join(f"<tr><th scope=row>{escape(key)}<td>{escape(str(value))}" for key, value in machine.items())
    parts.append(f"<section><h2>Machine and method</h2><div class=wide><table><caption>Machine and versions</caption>"
                 f"{rows}</table></div><p>{escape(told['method'])} The thin line over a bar, or through a point, goes "
                 "from the worst round to the best; the thick mark is the goal.</p></section></main>")  # fmt: skip
    return "\n".join(parts)


def _goals(figures: list[dict[str, Any]]) -> str:
    judged = [each for each in figures if each["goal"]]
    missed = [f"{each['name']} ({_number(each['value'])} {each['unit']}, goal {each['goal']})"
              for each in judged if not each["kept"]]  # fmt: skip
    if not judged:
        return "No goal is named for what was measured."
    if not missed:
        return f"<span class=yes>All {len(judged)} goals kept.</span>"
    return f"<span class=no>{len(missed)} of {len(judged)} goals missed:</span> {escape('; '.join(missed))}."


def _pairs(case: str, figures: list[dict[str, Any]], growth: dict[str, float], compared: bool) -> list[str]:
    """Plots of one unit, each with its table: what has several sizes as lines, the rest as bars."""
    names: dict[str, list[dict[str, Any]]] = {}
    for each in figures:
        names.setdefault(each["name"], []).append(each)
    # lines of one plot have one kind of size
    lines: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for name, found in names.items():
        if len({each["size"] for each in found}) > 1:
            lines.setdefault(found[0]["of"], {})[name] = found
    single = [each for found in names.values() if len({one["size"] for one in found}) == 1 for each in found]
    parts = []
    for of, series in lines.items():
        for first in range(0, len(series), _LINES):
            some = dict([*series.items()][first : first + _LINES])
            unit = figures[0]["unit"]
            points = {
                name: [Point(one["size"], one["value"], min(one["rounds"]), max(one["rounds"])) for one in found]
                for name, found in some.items()
            }
            plot = growth_plot(f"{case}: {unit} by {of}", points, of, unit)
            flat = [one for found in some.values() for one in found]
            parts.append(_pair(plot, f"{case}, {unit} by {of}", flat, growth, compared))
    # what was measured stands behind the colon: each has a scale of its own
    measures: dict[str, list[dict[str, Any]]] = {}
    for each in single:
        measures.setdefault(each["name"].partition(": ")[2], []).append(each)
    for measure, some in measures.items():
        name = ", ".join(word for word in (case, measure, some[0]["unit"]) if word)
        # who or what it is of; the rest says the caption
        some = [one | {"shown": one["name"].partition(": ")[0].removeprefix(f"{case} call, ")} for one in some]
        bars = [Bar(one["shown"], one["value"], min(one["rounds"]), max(one["rounds"]), one["goal_value"])
                for one in some]  # fmt: skip
        parts.append(_pair(bar_plot(name, bars), name, some, growth, compared))
    return parts


def _pair(plot: str, caption: str, figures: list[dict[str, Any]], growth: dict[str, float], compared: bool) -> str:
    ofs = {each["of"] for each in figures}
    of = figures[0]["of"].capitalize() if len(ofs) == 1 and ofs != {""} else "Size"
    head = ("What", of, "Median", "±", "Wall", "Goal", "Kept", "Growth", "Against")[: 9 if compared else 8]
    numbers = {of, "Median", "±", "Wall", "Growth", "Against"}
    rows, before = [], ""
    for each in figures:
        grown = growth.get(each["name"])
        cells = {
            "What": each.get("shown", each["name"]),
            of: f"{each['size']:,} {each['of'] if of == 'Size' else ''}" if each["size"] else "",
            "Median": _number(each["value"]),
            "±": f"{each['spread']:.0%}",
            "Wall": "" if each["wall"] is None else _number(each["wall"]),
            "Goal": each["goal"] or "",
            "Kept": "" if each["kept"] is None else "yes" if each["kept"] else "NO",
            "Growth": "" if grown is None or each["name"] == before else f"size^{grown:.2f}",
            "Against": f"×{each['against']:.2f}" if each.get("against") else "",
        }
        before = each["name"]
        marks = {"Kept": cells["Kept"].lower()} | dict.fromkeys(numbers, "n")
        rows.append("<tr>" + "".join(f'<td class="{marks.get(name, "")}">{escape(cells[name])}' for name in head))
    heads = "".join(f'<th scope=col class="{"n" if name in numbers else ""}">{name}' for name in head)
    return (f"<div class=pair><figure>{plot}</figure><div class=wide tabindex=0><table><caption>{escape(caption)}"
            f"</caption><thead><tr>{heads}</thead><tbody>{''.join(rows)}</tbody></table></div></div>")  # fmt: skip


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
