"""What is being said, while it is being said: finds prompt files in the sound of a running call.

Nothing on the way transcodes, so what is heard is a prompt's samples themselves. Every prompt has marks: short runs
of samples, looked up by hash. A mark found is believed when the samples around it agree as well. That costs about
one per cent of a core, whatever the number of prompts.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ivr.testnet.hearing import RATE, read_alaw

Samples = NDArray[np.int16]
_RUN = 16  # samples in a mark
_EVERY = 320  # one mark in so many samples
_LOUD = 300  # of 32768: below it is breath and silence
_SURE = 1600  # samples that must agree before a prompt is believed, unless it is shorter
_BLOCK = 80
_KEEP = 4 * RATE
_ODD = (np.uint64(0x9E3779B97F4A7C15) ** np.arange(1, _RUN + 1, dtype=np.uint64)).astype(np.uint64)


@dataclass(frozen=True, eq=False)
class Piece:
    """A prompt that can be recognised; `begin` and `end` are the samples where its sound begins and ends."""

    language: str
    key: str
    text: str
    sound: Samples
    begin: int
    end: int


@dataclass(frozen=True)
class Saying:
    """`piece` is being said: up to `done` (0 to 1), `over` once it has ended or was interrupted.

    `start` and `until` are seconds of the sound heard so far.
    """

    piece: Piece
    start: float
    until: float
    done: float
    over: bool


class Library:
    """The prompts that can be recognised."""

    def __init__(self, pieces: Iterable[Piece]) -> None:
        self.pieces = list({piece.sound.tobytes(): piece for piece in reversed(list(pieces))}.values())
        hashes, owners, offsets = [], [], []
        for number, piece in enumerate(self.pieces):
            at = _marks(piece)
            if len(at):
                hashes.append(_hashes(piece.sound)[at])
                owners.append(np.full(len(at), number, np.int32))
                offsets.append(at.astype(np.int32))
        every = np.concatenate(hashes) if hashes else np.zeros(0, np.uint64)
        order = np.argsort(every, kind="stable")
        self._hashes = every[order]
        self._owners = np.concatenate(owners)[order] if owners else np.zeros(0, np.int32)
        self._offsets = np.concatenate(offsets)[order] if offsets else np.zeros(0, np.int32)

    def look(self, sound: Samples) -> dict[tuple[int, int], int]:
        """(number of a piece, where it would begin in `sound`) -> where the last mark of it was found."""
        if len(sound) < _RUN or not len(self._hashes):
            return {}
        found = _hashes(sound)
        low = np.searchsorted(self._hashes, found, "left")
        high = np.searchsorted(self._hashes, found, "right")
        result: dict[tuple[int, int], int] = {}
        for at in np.flatnonzero(high > low):
            # a run that very many prompts share tells nothing
            for mark in range(low[at], min(high[at], low[at] + 20)):
                result[int(self._owners[mark]), int(at) - int(self._offsets[mark])] = int(at)
        return result


def piece_from(language: str, key: str, text: str, file: Path) -> Piece | None:
    """The prompt of an A-law `file`; None when it cannot be read or is silent."""
    try:
        sound = np.round(read_alaw(file) * 32768).astype(np.int16)
    except OSError:
        return None
    loud = np.flatnonzero(np.abs(sound) > _LOUD)
    if not len(loud):
        return None
    return Piece(language, key, text, sound, int(loud[0]), int(loud[-1]) + 1)


class Recogniser:
    """Give it sound with `hear`; `saying` tells what it is."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._sound: Samples = np.zeros(0, np.int16)
        self._gone = 0  # samples already thrown away
        self._free = 0  # before this sample everything is explained
        self._looked = 0
        self._candidates: dict[tuple[int, int], int] = {}
        self._now: tuple[Piece, int] | None = None  # and where it began
        self._agreed = 0
        self.unknown = 0.0
        """Seconds of sound since something was last recognised."""
        self.quiet = 0.0
        """Seconds of silence up to now."""

    @property
    def heard(self) -> float:
        """Seconds of sound heard in all."""
        return (self._gone + len(self._sound)) / RATE

    def hear(self, raw: bytes) -> list[Saying]:
        """Take 16-bit 8-kHz sound; what was said or goes on being said in it, in order."""
        fresh = np.frombuffer(raw[: len(raw) // 2 * 2], "<i2").astype(np.int16)
        self._sound = np.concatenate((self._sound, fresh))
        result: list[Saying] = []
        while True:
            if self._now is None and not self._found():
                break
            saying = self._follow()
            result.append(saying)
            if not saying.over:
                break
        self._measure(fresh, bool(result))
        self._forget()
        return result

    def _found(self) -> bool:
        """Has a piece begun that is not explained by the one before?"""
        self._search()
        end = self._gone + len(self._sound)
        best: tuple[int, int, Piece, int] | None = None
        open_ends: list[tuple[int, int, Piece]] = []
        for (number, start), mark in list(self._candidates.items()):
            piece = self._library.pieces[number]
            first = max(start + piece.begin, self._free)
            length = self._agreement(piece, start, first)
            if mark > first and not self._any_loud(first, length):
                # its beginning was lost (a packet that never came), or all that agrees is its pause and our silence
                first = mark
                length = self._agreement(piece, start, first)
            whole = first + length >= start + piece.end - _BLOCK
            undecided = first + length + _BLOCK > end and not whole
            if undecided:
                open_ends.append((first, length, piece))
            if length < min(_SURE, piece.end - piece.begin - _BLOCK) or first >= start + piece.end:
                if not undecided:
                    del self._candidates[number, start]
                continue
            # the one that began first; of those the one that agrees longest
            if best is None or (-first, length) > (-best[0], best[1]):
                best = (first, length, piece, start)
        if best is None:
            return False
        # «sixteen» and «sixtieth» begin with the same samples: wait until only one of them goes on
        if any(p is not best[2] and abs(f - best[0]) < 2 * _BLOCK and f + n >= best[0] + best[1] - _BLOCK
               for f, n, p in open_ends):  # fmt: skip
            return False
        self._now, self._agreed = (best[2], best[3]), best[0]
        self._candidates.clear()
        return True

    def _search(self) -> None:
        """Look the new sound up; the last samples again, a mark may have been cut."""
        begin = max(self._looked - _RUN + 1, self._free, self._gone)
        for (number, start), mark in self._library.look(self._sound[begin - self._gone :]).items():
            self._candidates[number, start + begin] = mark + begin
        self._looked = self._gone + len(self._sound)

    def _follow(self) -> Saying:
        """How far the piece now spoken has come."""
        assert self._now is not None
        piece, start = self._now
        self._agreed += self._agreement(piece, start, self._agreed)
        end = self._gone + len(self._sound)
        done = min(1.0, max(0.0, (self._agreed - start - piece.begin) / (piece.end - piece.begin)))
        complete = self._agreed >= start + piece.end - _BLOCK
        over = complete or self._agreed + 2 * _BLOCK < end
        saying = Saying(piece, (start + piece.begin) / RATE, self._agreed / RATE, 1.0 if complete else done, over)
        if over:
            self._now = None
            self._free = max(self._free, start + piece.end - _BLOCK if complete else self._agreed)
            self._looked = min(self._looked, self._free)
        return saying

    def _any_loud(self, first: int, length: int) -> bool:
        """Is there more than silence in the `length` samples from `first` on?"""
        low = max(first, self._gone) - self._gone
        return bool(np.any(np.abs(self._sound[low : low + length].astype(np.int32)) > _LOUD))

    def _agreement(self, piece: Piece, start: int, first: int) -> int:
        """How many samples from `first` on are those of `piece` begun at `start`, in whole blocks."""
        low = max(first, self._gone)
        high = min(self._gone + len(self._sound), start + len(piece.sound))
        count = (high - low) // _BLOCK
        if count <= 0:
            return 0
        here = self._sound[low - self._gone :][: count * _BLOCK].astype(np.int32)
        there = piece.sound[low - start :][: count * _BLOCK].astype(np.int32)
        same = (np.abs(here - there) <= 16).reshape(count, _BLOCK).mean(axis=1) > 0.9
        return int(count if same.all() else np.argmin(same)) * _BLOCK

    def _measure(self, fresh: Samples, known: bool) -> None:
        seconds = len(fresh) / RATE
        loud = bool(len(fresh)) and float(np.mean(np.abs(fresh.astype(np.int32)))) > 60
        self.quiet = 0.0 if loud else self.quiet + seconds
        if known:
            self.unknown = 0.0
        elif loud:
            self.unknown += seconds
        elif self.quiet > 2:
            self.unknown = 0.0

    def _forget(self) -> None:
        old = len(self._sound) - _KEEP
        if old > RATE:
            self._sound = self._sound[old:]
            self._gone += old
            self._candidates = {c: mark for c, mark in self._candidates.items() if mark > self._gone}


def _hashes(sound: Samples) -> NDArray[np.uint64]:
    wide = sound.astype(np.int64).view(np.uint64)
    size = len(sound) - _RUN + 1
    result = np.zeros(size, np.uint64)
    for place, odd in enumerate(_ODD):
        result += wide[place : place + size] * odd
    return result


def _marks(piece: Piece) -> NDArray[np.int64]:
    """Where the marks of a piece are: at the loudest place of every stretch that is not silent."""
    sound = np.abs(piece.sound[: len(piece.sound) - _RUN + 1].astype(np.int32))
    count = len(sound) // _EVERY
    if not count:
        return np.zeros(0, np.int64)
    stretches = sound[: count * _EVERY].reshape(count, _EVERY)
    at = stretches.argmax(axis=1)
    loud = stretches[np.arange(count), at] > 2 * _LOUD
    found: NDArray[np.int64] = (at + np.arange(count) * _EVERY)[loud]
    return found
