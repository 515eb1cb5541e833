"""Reads docker/Dockerfile: its stages, the steps of each, and which files of the project an image can get."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

PROJECT = Path(__file__).parents[2]
FILE = PROJECT / "docker" / "Dockerfile"


@dataclass(frozen=True)
class Step:
    """One instruction: `word` in capitals, and what follows it."""

    word: str
    text: str

    @property
    def argv(self) -> list[str]:
        """Of ENTRYPOINT, CMD and `HEALTHCHECK … CMD`, written as JSON. Raises ValueError for any other form."""
        return [str(each) for each in json.loads(self.text[self.text.index("["):])]


@dataclass
class Stage:
    """`base`: an image, or the name of an earlier stage."""

    name: str
    base: str
    steps: list[Step] = field(default_factory=list)

    def last(self, word: str) -> Step:
        """The instruction of that kind that counts. Raises IndexError when there is none."""
        return [step for step in self.steps if step.word == word][-1]


def stages(text: str = "") -> dict[str, Stage]:
    """Every stage by its name, in order."""
    found: dict[str, Stage] = {}
    for word, rest in _instructions(text or FILE.read_text("utf-8")):
        if word == "FROM":
            base, name = re.fullmatch(r"(\S+) AS (\S+)", rest).groups()  # type: ignore[union-attr]
            found[name] = Stage(name, base)
        else:
            list(found.values())[-1].steps.append(Step(word, rest))
    return found


def environment(every: dict[str, Stage], name: str) -> dict[str, str]:
    """What ENV gives a stage, that of its bases included."""
    if name not in every:
        return {}
    stage = every[name]
    own = (pair for step in stage.steps if step.word == "ENV" for pair in step.text.split())
    return {**environment(every, stage.base), **dict(pair.split("=", 1) for pair in own)}


def _instructions(text: str) -> Iterator[tuple[str, str]]:
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    for instruction in re.sub(r"\s*\\\n\s*", " ", "\n".join(lines)).splitlines():
        if instruction.strip():
            word, rest = instruction.strip().split(None, 1)
            yield word, rest


class Context:
    """What the builder may read of the project, by .dockerignore: the last pattern that fits decides."""

    def __init__(self, file: Path = PROJECT / ".dockerignore") -> None:
        lines = [line.strip() for line in file.read_text("utf-8").splitlines()]
        patterns = [line for line in lines if line and not line.startswith("#")]
        self._rules = [(_regex(line.lstrip("!")), line.startswith("!")) for line in patterns]

    def has(self, path: str) -> bool:
        """May a file (relative to the project) come into an image?"""
        parts = path.split("/")
        every = ["/".join(parts[: count + 1]) for count in range(len(parts))]
        taken = True
        for pattern, wanted in self._rules:
            if any(pattern.fullmatch(each) for each in every):
                taken = wanted
        return taken

    def files(self, source: str) -> list[Path]:
        """The files of one source of a COPY, relative to the project, sorted."""
        place = PROJECT / source
        found = [place] if place.is_file() else [file for file in place.rglob("*") if file.is_file()]
        names = [file.relative_to(PROJECT) for file in found]
        return sorted(name for name in names if self.has(str(name)))


def _regex(pattern: str) -> "re.Pattern[str]":
    words = {"**/": "(?:.*/)?", "*": "[^/]*"}
    return re.compile("".join(words.get(part) or re.escape(part) for part in re.split(r"(\*\*/|\*)", pattern)))
