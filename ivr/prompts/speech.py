"""Speech synthesis by programs of the machine: espeak-ng, and festival with festvox-ru for Russian."""

import os
import re
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Protocol

from ivr.errors import DataError, HotlineError
from ivr.prompts.audio import Samples, read_wav

_FESTIVAL_VOICE = "msu_ru_nsh_clunits"
_FESTIVAL_DIR = Path("/usr/share/festival/voices/russian")
#: Where the voice is not named as the language.
_ESPEAK_VOICES = {"en": "en-gb"}


class Engine(Protocol):
    """One voice of one language."""

    def identity(self, slow: bool) -> str:
        """Voice and settings as text: a part of the cache key."""

    def speak(self, text: str, slow: bool) -> tuple[Samples, int]:
        """Samples and rate. Raises `HotlineError` when the program fails."""


class Espeak:
    """espeak-ng: robotic, clear, the same everywhere."""

    def __init__(self, voice: str) -> None:
        self.voice = voice

    def _settings(self, slow: bool) -> list[str]:
        pace = ["-s", "130", "-g", "4"] if slow else ["-s", "145"]
        return ["-v", self.voice, *pace, "-p", "45", "-a", "90"]

    def identity(self, slow: bool) -> str:
        return " ".join(["espeak-ng", espeak_version(), *self._settings(slow)])

    def speak(self, text: str, slow: bool) -> tuple[Samples, int]:
        command = ["espeak-ng", *self._settings(slow), "-b", "1", "--stdin", "--stdout"]
        return read_wav(_run(command, text.encode()), "espeak-ng")


class Festival:
    """festival with Debian's festvox-ru: a natural male voice made of recorded pieces; its pace is fixed."""

    def identity(self, slow: bool) -> str:
        return f"festival {_FESTIVAL_VOICE}"

    def speak(self, text: str, slow: bool) -> tuple[Samples, int]:
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "speech.wav"
            settings = f"(voice_{_FESTIVAL_VOICE})"
            _run(["text2wave", "-eval", settings, "-o", str(out)], text.encode())
            if not out.is_file():  # text2wave ends with 0 even when its voice cannot be loaded
                raise HotlineError("festival said nothing; try: ivr prompts build --voice espeak")
            return read_wav(out.read_bytes(), "festival")


@cache
def espeak_version() -> str:
    """Such as "1.51"; empty when espeak-ng is not installed."""
    if not shutil.which("espeak-ng"):
        return ""
    found = re.search(rb"text-to-speech: (\S+)", _run(["espeak-ng", "--version"], b""))
    return found[1].decode() if found else "unknown"


@cache
def _espeak_voices() -> frozenset[str]:
    lines = _run(["espeak-ng", "--voices"], b"").decode("utf-8", "replace").splitlines()[1:]
    return frozenset(line.split()[1] for line in lines if len(line.split()) > 1)


def festival_is_installed() -> bool:
    """Festival's text2wave and the Russian voice."""
    return (_FESTIVAL_DIR / _FESTIVAL_VOICE).exists() and shutil.which("text2wave") is not None


def engine_for(language: str, choice: str = "auto") -> Engine | None:
    """The voice for `language`; None when there is none (only recordings can speak it).

    `choice`: "espeak", "festival" (Russian only, others keep espeak), "auto" (festival where installed) or "none".
    Raises `HotlineError` when a chosen program is not installed.
    """
    if choice not in ("auto", "espeak", "festival", "none"):
        raise DataError(f"voice {choice!r}: known are auto, espeak, festival, none")
    if choice == "none":
        return None
    if language == "ru" and choice != "espeak":
        if festival_is_installed():
            return Festival()
        if choice == "festival":
            raise HotlineError("festival has no Russian voice: install it with: apt-get install festival festvox-ru")
    if not espeak_version():
        raise HotlineError("espeak-ng is not installed: apt-get install espeak-ng, or record all prompts")
    voice = _ESPEAK_VOICES.get(language, language)
    return Espeak(voice) if voice in _espeak_voices() else None


def _run(command: list[str], text: bytes) -> bytes:
    try:
        done = subprocess.run(
            command, input=text, capture_output=True, timeout=60, check=True, env={**os.environ, "LC_ALL": "C.UTF-8"}
        )
    except FileNotFoundError:
        raise HotlineError(f"{command[0]} is not installed: apt-get install {command[0]}") from None
    except subprocess.TimeoutExpired:
        raise HotlineError(f"{command[0]} did not answer within 60 s") from None
    except subprocess.CalledProcessError as error:
        lines = error.stderr.decode("utf-8", "replace").strip().splitlines() or ["no message"]
        raise HotlineError(f"{command[0]} failed: {lines[-1]}") from None
    return done.stdout
