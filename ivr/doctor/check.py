"""What a check says."""

import re
from dataclasses import dataclass
from typing import Literal

_SEE = re.compile(r"[;.,]? *[Ss]ee `ivr doctor`(?=\.?$|;)", re.MULTILINE)

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
    return Check(name, "warn", _own(what), remedy)


def fail(name: str, what: str, remedy: str) -> Check:
    return Check(name, "fail", _own(what), remedy)


def _own(what: str) -> str:
    """Errors send the user to the doctor; the doctor does not."""
    return _SEE.sub("", what)
