"""Settings as they are written, a file, a variable or a flag, made into values; each fault is one line of words."""

import tomllib
from collections.abc import Callable
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import Any


class Secret(str):
    """A password: shows itself only to who asks for `.reveal()`."""

    def __repr__(self) -> str:
        return "'***'" if self else "''"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(repr(self), spec)

    def reveal(self) -> str:
        return str.__str__(self)


def read_file(path: Path, faults: list[str]) -> dict[str, Any]:
    """The settings in `path`, as TOML has them; none where there is no file."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        faults.append(f"{path}: cannot be read: {error}")
        return {}


def read_secret(path: Path, where: str, faults: list[str]) -> str | None:
    """The text in `path` without blanks around it; None when it cannot be read."""
    try:
        return path.read_text("utf-8").strip()
    except (UnicodeDecodeError, OSError) as error:
        faults.append(f"{where}: {path} cannot be read: {getattr(error, 'strerror', '') or 'no UTF-8 text'}")
        return None


def _split(raw: Any) -> tuple[str, ...]:
    items = raw.split(",") if isinstance(raw, str) else raw
    if not isinstance(items, list | tuple) or not all(isinstance(i, str) for i in items):
        raise ValueError
    return tuple(i.strip() for i in items if i.strip())


def _whole(raw: Any) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int | str):
        raise ValueError
    return int(raw)


def _number(raw: Any) -> float:
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        raise ValueError
    return float(raw)


def _text(raw: Any) -> str:
    if not isinstance(raw, str) or any(ord(c) < 32 for c in raw):
        raise ValueError
    return raw


def _path(raw: Any) -> Path:
    if not isinstance(raw, str | Path) or not str(raw):
        raise ValueError
    return Path(raw).expanduser()


_READERS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "int": (_whole, "a whole number"),
    "float": (_number, "a number of seconds"),
    "str": (_text, "a text on one line"),
    "Secret": (lambda raw: Secret(_text(raw)), "a text on one line"),
    "Path": (_path, "a path"),
    "tuple": (_split, "a list of texts"),
}


def put(values: dict[str, Any], f: "Field[Any]", raw: Any, where: str, faults: list[str]) -> None:
    """Put `raw`, read as the setting `f` wants it, into `values`."""
    kind = getattr(f.type, "__name__", str(f.type))
    reader, allowed = _READERS["Path" if "Path" in str(f.type) else kind]
    try:
        values[f.name] = reader(raw)
    except (ValueError, TypeError):
        shown = "***" if kind == "Secret" else repr(raw)
        faults.append(f"{where}: {shown} is not {allowed}")


def read_tables(cls: type[Any], raw: Any, where: str, faults: list[str]) -> tuple[Any, ...]:
    """The records of type `cls` written as [[tables]]; a faulty one is left out."""
    if not isinstance(raw, list) or not all(isinstance(item, dict) for item in raw):
        faults.append(f"{where}: is written as [[{where.rsplit(' ', 1)[-1]}]] tables")
        return ()
    known = {f.name: f for f in fields(cls)}
    result = []
    for number, item in enumerate(raw, 1):
        values: dict[str, Any] = {}
        for key, value in item.items():
            if key not in known:
                faults.append(f"{where}[{number}]: {key}: unknown; known are {', '.join(known)}")
            else:
                put(values, known[key], value, f"{where}[{number}]: {key}", faults)
        missing = [n for n, f in known.items() if f.default is MISSING and n not in values]
        if missing:
            faults += [f"{where}[{number}]: {name}: is missing" for name in missing]
        else:
            result.append(cls(**values))
    return tuple(result)
