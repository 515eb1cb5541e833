"""A part of the plan that has far less than usual is doubted; the figures are those of the registry."""

from datetime import UTC, datetime

import pytest

from ivr.domain.numbering import PlanFile
from ivr.domain.numbering_check import part_doubts

AT = datetime(2026, 7, 18, tzinfo=UTC)


@pytest.mark.parametrize(
    ("part", "rows", "numbers", "codes", "said"),
    [
        ("DEF-9xx", 16_994, 706_567_081, 83, []),
        ("DEF-9xx", 15_000, 650_000_000, 75, []),
        ("DEF-9xx", 15_000, 650_000_000, 74, ["74 of the codes 900 to 999"]),
        ("DEF-9xx", 9_000, 400_000_000, 83, ["400000000 numbers, usually about 700000000"]),
        ("DEF-9xx", 1, 10, 1, ["1 of the codes", "10 numbers"]),
        ("ABC-4xx", 286_946, 1, 99, []),
        ("ABC-4xx", 200_000, 10**9, 99, ["200000 rows, usually about 286946"]),
    ],
)
def test_a_part_with_far_less_than_usual_is_doubted(
    part: str, rows: int, numbers: int, codes: int, said: list[str]
) -> None:
    told = part_doubts(PlanFile(part, f"{part}.csv", rows, numbers, AT), codes)
    assert len(told) == len(said)
    assert all(f"{part}.csv: {part} has only {words}" in line for words, line in zip(said, told, strict=True))
