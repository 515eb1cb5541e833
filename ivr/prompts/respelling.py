"""Words that a synthesiser says wrong, written as it says them right. For speech only: recordings use the text."""

import re
import tomllib
from collections.abc import Mapping
from typing import Any

from ivr.errors import DataError


class Respeller:
    """`words` (whole words, any case) and `endings`-safe `parts` (the beginning of a word), longest first."""

    def __init__(self, words: Mapping[str, str], stems: Mapping[str, str]) -> None:
        self._spelling = {k.lower(): v for k, v in (*words.items(), *stems.items())}
        whole = "|".join(re.escape(w) for w in sorted(words, key=len, reverse=True))
        begin = "|".join(re.escape(s) for s in sorted(stems, key=len, reverse=True))
        alternatives = [rf"\b(?:{whole})\b"] * bool(whole) + [rf"\b(?:{begin})"] * bool(begin)
        self._pattern = re.compile("|".join(alternatives), re.IGNORECASE) if alternatives else None

    def __call__(self, text: str) -> str:
        if self._pattern is None:
            return text
        return self._pattern.sub(lambda m: self._spelling[m[0].lower()], text)


def load_respeller(language: str, text: str | None) -> Respeller:
    """From respell.<lang>.toml ([words] and [stems]); no file, no respelling. Raises `DataError`."""
    where = f"respell.{language}.toml"
    try:
        table: dict[str, Any] = tomllib.loads(text or "")
    except tomllib.TOMLDecodeError as error:
        raise DataError(f"{where}: is not valid TOML: {error}") from None
    sections = [table.get("words", {}), table.get("stems", {})]
    faults = [f"{where}: {key}: known are [words] and [stems]" for key in table if key not in ("words", "stems")]
    for section in sections:
        if not isinstance(section, dict) or not all(isinstance(v, str) for v in section.values()):
            faults.append(f'{where}: is written as "word" = "spelling" under [words] or [stems]')
    if faults:
        raise DataError("\n".join(faults))
    return Respeller(*sections)
