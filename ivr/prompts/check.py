"""Measures every built sound: level, peak, clipping, silence, equal durations."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ivr.prompts.audio import LEVEL, PEAK, TOLERANCE, active_level, peak_level
from ivr.prompts.catalogue import Prompt
from ivr.prompts.formats import FORMATS, decode

_LONGEST = 90.0


@dataclass(frozen=True)
class Measured:
    """One stored file. dBov and seconds; `faults` in plain words, empty when good."""

    name: str
    suffix: str
    level: float
    peak: float
    seconds: float
    faults: tuple[str, ...]


def check_sounds(prompts: Iterable[Prompt], sounds_dir: Path) -> list[Measured]:
    """Every stored form of every prompt."""
    return [m for prompt in prompts for m in _check(prompt, sounds_dir)]


def _check(prompt: Prompt, sounds_dir: Path) -> list[Measured]:
    result = []
    durations = set()
    for suffix, rate in FORMATS.items():
        path = sounds_dir / prompt.language / "ivr" / f"{prompt.key}.{suffix}"
        try:
            data = path.read_bytes()
        except OSError:
            result.append(Measured(prompt.name, suffix, -np.inf, -np.inf, 0.0, ("is not built",)))
            continue
        durations.add(len(data) / rate)
        result.append(_measure(prompt, suffix, data, len(data) / rate))
    if len(durations) > 1:
        result = [_with(m, "its stored forms differ in duration") for m in result]
    return result


def _measure(prompt: Prompt, suffix: str, data: bytes, seconds: float) -> Measured:
    samples, rate = decode(suffix, data)
    level, peak = active_level(samples, rate), peak_level(samples)
    faults = []
    if prompt.pause_ms is not None:
        if peak > -60:
            faults.append("a pause with sound in it")
    elif not np.isfinite(level):
        faults.append("silent")
    else:
        if abs(level - LEVEL) > TOLERANCE:
            faults.append(f"active level {level:.1f} dBov, should be {LEVEL:.0f} ± {TOLERANCE}")
        if peak > PEAK:
            faults.append(f"peak {peak:.1f} dBov, should be at most {PEAK:.0f}")
        if np.count_nonzero(np.abs(samples) > 0.98):
            faults.append("clipped")
        if not 0.1 <= seconds <= _LONGEST:
            faults.append(f"lasts {seconds:.1f} s")
    return Measured(prompt.name, suffix, level, peak, seconds, tuple(faults))


def _with(measured: Measured, fault: str) -> Measured:
    return Measured(
        measured.name, measured.suffix, measured.level, measured.peak, measured.seconds, (*measured.faults, fault)
    )
