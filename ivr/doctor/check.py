"""What a check says."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Check:
    """One finding: `what` was seen, and for a warning or a failure what to do (`remedy`)."""

    name: str
    status: Literal["ok", "warn", "fail"]
    what: str
    remedy: str = ""


def ok(name: str, what: str) -> Check:
    return Check(name, "ok", what)


def warn(name: str, what: str, remedy: str) -> Check:
    return Check(name, "warn", what, remedy)


def fail(name: str, what: str, remedy: str) -> Check:
    return Check(name, "fail", what, remedy)
