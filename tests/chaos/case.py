"""What a case is, and the table of all of them.

A case is a function `async def name(world: World, strike: Strike)` in a file of its family, registered by
`@case(...)`: it injects its fault once and returns when nothing of it is left. Before it runs, callers stand in every
phase of a call; afterwards the oracle looks at what became of each of them. `families.py` names the files.
"""

import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.chaos.world import World


@dataclass(frozen=True)
class Options:
    """`rounds` of each fault, `minutes` of the soak and of faults that last, `seed` of the dice, `folder` for files."""

    rounds: int = 3
    minutes: float = 60.0
    seed: int = 1
    folder: Path = field(default_factory=Path)


@dataclass
class Result:
    """What came of one case. Each fault found is a sentence; `recovery`: seconds until the menu answers again,
    `served`: until an operator has a caller again; `took`: seconds in all, without the start of a shared hotline;
    `series`: name -> (seconds, value) for plots."""

    case: str
    about: str = ""
    rounds: int = 0
    calls: int = 0
    took: float = 0.0
    dropped: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    other: list[str] = field(default_factory=list)
    recovery: list[float] = field(default_factory=list)
    served: list[float] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)
    series: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    ended: str = "not finished"

    @property
    def faults(self) -> list[str]:
        return [*self.dropped, *self.wrong, *self.lost, *self.other]

    @property
    def verdict(self) -> str:
        """Whether it was finished, and whether the oracle found a fault."""
        return "FAULT" if self.faults else "unbroken" if self.ended == "" else self.ended


@dataclass
class Strike:
    """One round of a fault. `at`: the moment (monotonic) from which recovery is counted; `now()` sets it anew."""

    number: int
    dice: Random
    result: Result
    minutes: float = 1.0
    at: float = field(default_factory=time.monotonic)
    #: Whether calls that were up at the strike are carried away by the fault itself (Asterisk killed).
    carries: bool = False

    def now(self) -> None:
        """Here the fault begins (or, where it lasts, here it is over): recovery is counted from now on."""
        self.at = time.monotonic()


Blow = Callable[["World", Strike], Awaitable[None]]
#: Runs a whole case by itself and fills the result.
Whole = Callable[[Options, Result], Awaitable[None]]
#: Opens the hotline that a case needs: `Setting(folder)`.
Setting = Callable[[Path], AbstractAsyncContextManager["World"]]


@dataclass(frozen=True)
class Case:
    """`setting` None: an ordinary hotline on SQLite; cases of one setting share a running hotline."""

    name: str
    about: str
    blow: Blow | None = None
    whole: Whole | None = None
    setting: Setting | None = None
    carries: bool = False
    away: bool = False


CASES: dict[str, Case] = {}


def case(
    about: str, *, name: str = "", setting: Setting | None = None, carries: bool = False, away: bool = False
) -> Callable[[Blow], Blow]:
    """Registers a fault; `about`: what is done, in a few words; `carries`: it takes the running calls with it;
    `away`: it may take the operator's telephone away, and callers who are told so are told the truth."""

    def register(blow: Blow) -> Blow:
        called = name or blow.__name__.replace("_", "-")
        _add(Case(called, about, blow=blow, setting=setting, carries=carries, away=away))
        return blow

    return register


def whole_case(about: str, *, name: str = "") -> Callable[[Whole], Whole]:
    """Registers a case that does everything by itself."""

    def register(whole: Whole) -> Whole:
        _add(Case(name or whole.__name__.replace("_", "-"), about, whole=whole))
        return whole

    return register


def _add(one: Case) -> None:
    if one.name in CASES:
        raise ValueError(f"two cases are called {one.name}")
    CASES[one.name] = one
