"""Music on hold in every codec that callers use, so that a waiting call need not transcode.

Debian ships the music in G.722 only; the A-law form is made once and kept in the cache for all clones.
"""

from collections.abc import Callable
from pathlib import Path

from ivr.prompts.audio import RATE, resample, to_int16
from ivr.prompts.formats import alaw, decode
from ivr.prompts.store import write_file

#: Seconds of each piece that are kept: who waits longer hears the next piece.
_LONGEST_S = 180


def build_music(source: Path, target: Path, step: Callable[[str], None] = lambda words: None) -> int:
    """Put every G.722 piece of `source` into `target` as A-law and G.722; returns how many were made now."""
    made = 0
    for piece in sorted(source.glob("*.g722")):
        narrow = target / f"{piece.stem}.alaw"
        if narrow.exists():
            continue
        step(f"preparing the music on hold: {piece.stem}")
        wide = piece.read_bytes()[: _LONGEST_S * 8000]
        samples, _ = decode("g722", wide)
        write_file(target / piece.name, wide)
        # last: its presence says that the piece is done
        write_file(narrow, alaw(to_int16(resample(samples, RATE, 8000, 3600))))
        made += 1
    return made

