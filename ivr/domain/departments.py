"""To whom operators pass on what they cannot solve: the file `departments.toml`."""

from collections.abc import Mapping
from dataclasses import dataclass

from ivr.domain.forms_file import words_of
from ivr.domain.queue_plan_values import Values
from ivr.domain.toml_text import refuse, toml_table

DEPARTMENT_KINDS = ("department", "authority", "regional")


@dataclass(frozen=True)
class Department:
    """`kind`: one of `DEPARTMENT_KINDS`; `names`, `words` (when it is the right one): language -> text."""

    id: str
    kind: str
    names: Mapping[str, str]
    words: Mapping[str, str]


def read_departments(text: str, where: str = "departments.toml") -> dict[str, Department]:
    """Id -> department, in the order of the file. Raises `DataError` naming every fault."""
    table = toml_table(text, where)
    faults: list[str] = []
    top = Values("", table, faults)
    top.known(("departments",))
    found: dict[str, Department] = {}
    for id_, raw in top.tables("departments"):
        values = Values(f"departments.{id_}", raw, faults)
        values.known(("kind", "names", "words"))
        values.name(id_)
        kind = values.one_of("kind", "department", DEPARTMENT_KINDS)
        found[id_] = Department(id_, kind, words_of(values, "names"), words_of(values, "words"))
    if not found:
        faults.append("has no department: what is not solved could be passed on to nobody")
    refuse(faults, where)
    return found
