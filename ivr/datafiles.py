"""The data files of ivr/data, each of which a deployment can replace by one of the same name in its data_dir."""

from collections.abc import Callable
from pathlib import Path

from ivr.errors import DataError

_SHIPPED = Path(__file__).parent / "data"


def data_path(name: str, data_dir: Path | None) -> Path:
    """Where the file `name` is: the deployment's own if there is one, else the shipped one."""
    own = data_dir / name if data_dir else None
    return own if own is not None and own.is_file() else _SHIPPED / name


def shipped_names() -> frozenset[str]:
    """The names of the shipped data files."""
    return frozenset(path.name for path in _SHIPPED.iterdir() if is_data_file(path))


def is_data_file(path: Path) -> bool:
    """Has it the form of a data file?"""
    return path.suffix in (".toml", ".csv") and path.is_file()


def data_reader(data_dir: Path | None) -> Callable[[str], str | None]:
    """Reads a data file by name; None where there is none. Raises `DataError` for one that is not UTF-8 text."""

    def read(name: str) -> str | None:
        path = data_path(name, data_dir)
        try:
            return path.read_text("utf-8")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise DataError(f"{path}: cannot be read as UTF-8 text: {error}") from None

    return read


def read_data(name: str, data_dir: Path | None) -> str:
    """The text of a data file that must be there. Raises `DataError`."""
    text = data_reader(data_dir)(name)
    if text is None:
        raise DataError(f"{name}: no such data file; `ivr doctor` says where it is looked for")
    return text
