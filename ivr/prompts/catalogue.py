"""What must exist as a sound: the prompts of prompts.<lang>.toml and every word the readout can ask for."""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ivr.domain.readout import load_reader
from ivr.domain.readout_grammar import KEY
from ivr.errors import DataError

#: Words said slowly and clearly: digits, numbers, ordinals.
_SLOW = re.compile(r"[dno]/")
_PAUSES = (100, 200, 250, 350, 500, 1000)


@dataclass(frozen=True)
class Prompt:
    """One sound. `word`: a piece of a sentence (little silence around it); `slow`: digits and numbers."""

    language: str
    key: str
    text: str
    word: bool = False
    slow: bool = False

    @property
    def name(self) -> str:
        return f"{self.language}/{self.key}"

    @property
    def pause_ms(self) -> int | None:
        """The length of a `pause/NNN` key; None for speech."""
        return int(self.key[6:]) if re.fullmatch(r"pause/[0-9]{1,5}", self.key) else None


def load_catalogue(read: Callable[[str], str | None], languages: Iterable[str]) -> list[Prompt]:
    """All prompts of all `languages`, sorted by language and key. Raises `DataError` with every fault."""
    result: list[Prompt] = []
    faults: list[str] = []
    for language in languages:
        source = read(f"readout.{language}.toml")
        if source is None:
            faults.append(f"readout.{language}.toml: no such file; copy readout.en.toml and translate it")
            continue
        words = load_reader(language, source).required()
        texts = flatten(f"prompts.{language}.toml", read(f"prompts.{language}.toml"), faults)
        prompts = {
            key: Prompt(language, key, text, _is_word(text), bool(_SLOW.match(key))) for key, text in words.items()
        }
        prompts |= {key: Prompt(language, key, text) for key, text in texts.items()}
        prompts |= {f"pause/{ms}": Prompt(language, f"pause/{ms}", "") for ms in _PAUSES}
        result += sorted(prompts.values(), key=lambda p: p.key)
    if faults:
        raise DataError("\n".join(faults))
    return result


def flatten(where: str, source: str | None, faults: list[str]) -> dict[str, str]:
    """Nested tables to keys: [menu] main = "…" becomes menu/main. Appends to `faults`; no file, no prompts."""
    try:
        table = tomllib.loads(source or "")
    except tomllib.TOMLDecodeError as error:
        faults.append(f"{where}: is not valid TOML: {error}")
        return {}
    result: dict[str, str] = {}

    def walk(node: Mapping[str, Any], path: str) -> None:
        for name, value in node.items():
            key = f"{path}{name}"
            if isinstance(value, Mapping):
                walk(value, key + "/")
            elif not isinstance(value, str) or not value.strip():
                faults.append(f"{where}: {key}: must be a text")
            elif not KEY.match(key):
                faults.append(f"{where}: {key!r}: a key is small letters, digits and / _ -")
            else:
                result[key] = " ".join(value.split())

    walk(table, "")
    return result


def _is_word(text: str) -> bool:
    return not text.rstrip().endswith((".", "!", "?"))
