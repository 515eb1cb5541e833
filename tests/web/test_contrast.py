"""The colours of the pages: every pair that text or a line may stand on is legible, by day and by night."""

import re
from pathlib import Path

import pytest

from ivr.web import pages

_TOKENS = (Path(pages.__file__).parent / "pages" / "common" / "tokens.css").read_text("utf-8")
_COLOURS = {
    name: (day, night)
    for name, day, night in re.findall(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);", _TOKENS)
}
_GROUNDS = ("bg", "surface", "surface-2", "field")
#: WCAG 2.2 AA: 4.5 for text, 3 for the edge of what can be used and for the mark of the focus.
_TEXT = [(ink, ground) for ink in ("text", "dim", "accent", "good", "warn", "bad") for ground in _GROUNDS]
_TEXT += [(ink, f"{ink}-bg") for ink in ("accent", "good", "warn", "bad")]
_TEXT += [("text", f"{ink}-bg") for ink in ("accent", "good", "warn", "bad")]
_TEXT += [("on-accent", "accent")]
_EDGES = [(edge, ground) for edge in ("edge", "focus", "accent") for ground in _GROUNDS]


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_black_on_white_is_21() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_every_pair_is_legible(theme: int) -> None:
    weak = [
        f"{one} on {other}: {found:.2f}"
        for pairs, least in ((_TEXT, 4.5), (_EDGES, 3.0))
        for one, other in pairs
        if (found := contrast(_COLOURS[one][theme], _COLOURS[other][theme])) < least
    ]
    assert not weak


def test_every_colour_is_a_token_of_both_themes() -> None:
    """No style sheet has a colour of its own, which the other theme would not know."""
    folder = Path(pages.__file__).parent / "pages"
    own = re.compile(r"#[0-9a-fA-F]{3,8}\b|\brgba?\((?!0 0 0 /|10 14 20 /)[^)]*\)|\bhsla?\(")
    strays = [
        f"{file.relative_to(folder)}: {found}"
        for file in folder.rglob("*.css")
        if file.name != "tokens.css"
        for found in own.findall(file.read_text("utf-8"))
    ]
    assert not strays
    assert len(_COLOURS) == len(re.findall("light-dark", _TOKENS.split("*/", 1)[1]))
