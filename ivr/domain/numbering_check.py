"""Is a part of the numbering plan whole? A file that was cut at the end of a line looks like one.

The rule: a part is doubted when it has less than four fifths of what the registry had on 2026-07-18. For DEF-9xx that
are numbers (706 million of 83 codes; fewer than 75 codes are doubted too, as the file is in their order), for the
fixed lines rows, as numbers of theirs come and go in large ranges.
"""

from ivr.domain.numbering import PlanFile

#: Of what a part usually has, the share below which it is doubted.
LEAST = 0.8
_MOBILE = "DEF-9xx"
_USUAL_NUMBERS, _LEAST_CODES = 700_000_000, 75
_USUAL_ROWS = {"ABC-3xx": 68_546, "ABC-4xx": 286_946, "ABC-8xx": 73_826}


def part_doubts(file: PlanFile, codes: int) -> list[str]:
    """What is too little in an imported part, one line each; `codes`: how many codes of three digits it has."""
    found = []
    if file.part == _MOBILE:
        if codes < _LEAST_CODES:
            found.append(f"{codes} of the codes 900 to 999, usually more than {_LEAST_CODES}")
        if file.numbers < LEAST * _USUAL_NUMBERS:
            found.append(f"{file.numbers} numbers, usually about {_USUAL_NUMBERS}")
    elif file.rows < LEAST * (usual := _USUAL_ROWS.get(file.part, 0)):
        found.append(f"{file.rows} rows, usually about {usual}")
    return [
        f"{file.file}: {file.part} has only {each}: was the file cut off? Its callers are asked where they are"
        for each in found
    ]
