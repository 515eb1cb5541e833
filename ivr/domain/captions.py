"""What is said, as text to read: sentences, and the keys that are offered. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_KEYS = {"star": "*", "hash": "#"}
_PRESS, _PAUSE, _DIGIT = "press/", "pause/", "d/"


@dataclass(frozen=True)
class Caption:
    """`text` without the offers; `choices`: (key, what it is for), in the order in which they are said."""

    text: str
    choices: tuple[tuple[str, str], ...] = ()


def caption(sounds: Sequence[str], texts: Mapping[str, str]) -> Caption:
    """The caption of `sounds`; `texts`: sound -> its words. A sound without words is left out.

    Single digits are written as digits, in groups as they are said; "item" followed by "press/N" is an offer.
    """
    words: list[str] = []
    choices: dict[str, str] = {}
    group = False
    for position, sound in enumerate(sounds):
        following = sounds[position + 1] if position + 1 < len(sounds) else ""
        if following.startswith(_PRESS):
            key = following.removeprefix(_PRESS)
            choices.pop(key, None)  # offered once more at the end
            choices[key] = texts.get(sound, "").strip().rstrip(",")
        elif sound.startswith((_PRESS, _PAUSE)):
            group = False
            continue
        elif sound.startswith(_DIGIT):
            digit = sound.removeprefix(_DIGIT)
            if group:
                words[-1] += digit
            else:
                words.append(digit)
            group = True
            continue
        elif text := texts.get(sound, "").strip():
            words.append(text)
        group = False
    return Caption(" ".join(words), tuple((_KEYS.get(key, key), what) for key, what in choices.items()))
