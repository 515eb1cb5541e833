"""Looks for the canary's numbers in bytes and in files, also inside gz and zip."""

import gzip
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.canary.documents import DOCUMENTS, Document
from tests.canary.forms import READERS, needles

#: Sounds: numbers could be in them as text only (a header, a comment); how they sound is `tests.canary.tones`' part.
_SOUND = frozenset((".wav", ".alaw", ".ulaw", ".g722", ".sln", ".sln16", ".gsm"))
_PIECE = 16 * 1024 * 1024
_OVERLAP = 4096


@dataclass(frozen=True, order=True)
class Sighting:
    """Where a document's number was seen; never shows its digits."""

    place: str
    kind: str
    form: str

    def __str__(self) -> str:
        return f"{self.place}: {self.kind} ({self.form})"


def search_bytes(
    text: bytes, place: str, documents: Sequence[Document] = DOCUMENTS, sound: bool = False
) -> set[Sighting]:
    """Every form of every document in `text`; `sound`: as digits only."""
    found: set[Sighting] = set()
    readers = {"digits": READERS["digits"]} if sound else READERS
    for form, reader in readers.items():
        for digits in reader(text):
            found |= {Sighting(place, document.kind, form) for document in documents
                      if any(window in digits for window in document.windows)}  # fmt: skip
    if not sound:
        for document in documents:
            for form, each in needles(document).items():
                if any(needle in text for needle in each):
                    found.add(Sighting(place, document.kind, form))
    return found


def search_file(file: Path, documents: Sequence[Document] = DOCUMENTS) -> set[Sighting]:
    """One file: its name, its bytes, and what is packed in it. A file that is gone meanwhile holds nothing."""
    found = search_bytes(str(file).encode(), f"name of {file}", documents)
    try:
        with file.open("rb") as stream:
            head = stream.read(4)
            stream.seek(0)
            before = b""
            while piece := stream.read(_PIECE):
                found |= search_bytes(before + piece, str(file), documents, file.suffix in _SOUND)
                before = piece[-_OVERLAP:]
        if head[:2] == b"\x1f\x8b":
            found |= search_bytes(gzip.decompress(file.read_bytes()), f"{file} unpacked", documents)
        elif head == b"PK\x03\x04":
            with zipfile.ZipFile(file) as packed:
                for name in packed.namelist():
                    found |= search_bytes(packed.read(name), f"{file}: {name}", documents)
    except FileNotFoundError:
        pass
    return found
