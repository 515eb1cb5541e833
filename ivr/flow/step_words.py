"""What the places of the menu are about, in words for people who look at a call: from the words that callers hear."""

import re
from collections.abc import Mapping

from ivr.flow.book import Book

#: How a choice is led in to, which is no part of what it is about.
_LEAD = re.compile(r"(?:Если|Чтобы|If|To|For)\s+")


def step_words(book: Book, texts: Mapping[str, str]) -> dict[str, str]:
    """Step of the journal ("menu/signin", "guide/fraud") -> words. `texts`: of the prompts in one language, by key."""
    items = {choice.to: choice.item for menu in book.menus.values() for choice in menu.choices}
    steps = [f"menu/{id_}" for id_ in book.menus] + [f"guide/{id_}" for id_ in book.guides]
    words = {step: _about(texts.get(items.get(step.partition("/")[2], ""), "")) for step in steps}
    return {step: about for step, about in words.items() if about}


def _about(text: str) -> str:
    about = _LEAD.sub("", text.strip(" ,.:"), count=1)
    return about[:1].upper() + about[1:]
