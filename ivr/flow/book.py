"""The call flow as data: menus and guides, loaded once and refused with every fault named.

menus.toml: `[menu.<id>]` has `category` (optional), `intro` (sounds) and `choices` (key, item, to); `[guide.<id>]`
has `category`, `steps` (sounds, said one after the other) and `sms` (name of the instruction text). A target is
the id of a menu or a guide, or one of the actions below.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ivr.errors import DataError

#: What a key can do besides opening a menu or a guide.
ACTIONS = frozenset({"operator", "status", "slow", "goodbye", "region", "callback"})
CATEGORIES = ("signin", "services", "recovery", "identity", "applications", "other")
OTHER = "other"
MOST_ITEMS = 5
#: Keys with one meaning everywhere; a menu cannot give them another.
FIXED_KEYS = "09*#"


@dataclass(frozen=True)
class Choice:
    """`item` is the sound that names the choice ("menu/item/signin"); the key is said after it."""

    key: str
    item: str
    to: str


@dataclass(frozen=True)
class Menu:
    """A place where the caller chooses. `category` is what an operator called from here is told."""

    id: str
    intro: tuple[str, ...]
    choices: tuple[Choice, ...]
    category: str = "other"
    #: This menu is where the category becomes known.
    tells_category: bool = False

    def target(self, key: str) -> str:
        """Where `key` leads; "" when it leads nowhere."""
        return next((c.to for c in self.choices if c.key == key), "")


@dataclass(frozen=True)
class Guide:
    """Instructions in short spoken steps, also to be had as an SMS."""

    id: str
    category: str
    steps: tuple[str, ...]
    sms: str


@dataclass(frozen=True)
class Book:
    """All menus and guides; `first` is where a call begins."""

    first: str
    menus: Mapping[str, Menu]
    guides: Mapping[str, Guide]

    def menu_of(self, category: str) -> str:
        """The menu about `category`: of that name, else the first of that category; where there is none, the start."""
        if category in self.menus:
            return category
        return next((menu.id for menu in self.menus.values() if menu.category == category != OTHER), self.first)

    def sounds(self) -> set[str]:
        """Every sound that the data names."""
        said: set[str] = set()
        for menu in self.menus.values():
            said |= set(menu.intro) | {c.item for c in menu.choices}
        for guide in self.guides.values():
            said |= set(guide.steps)
        return said


def load_book(source: str, where: str = "menus.toml") -> Book:
    """The book of the text of menus.toml. Raises `DataError` with one line a fault."""
    try:
        table = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        raise DataError(f"{where}: is not valid TOML: {error}") from None
    faults: list[str] = []
    menus = {name: _menu(name, raw, faults) for name, raw in _tables(table, "menu", faults).items()}
    guides = {name: _guide(name, raw, faults) for name, raw in _tables(table, "guide", faults).items()}
    first = table.get("first", "")
    book = Book(first if isinstance(first, str) else "", menus, guides)
    faults += [f"{key}: unknown; a book has first, menu and guide" for key in table.keys() - {"first", "menu", "guide"}]
    faults += check(book)
    if faults:
        raise DataError("\n".join(f"{where}: {fault}" for fault in faults))
    return book


def check(book: Book) -> list[str]:
    """Faults of the whole: targets that do not exist, places that cannot be reached, doubled ids."""
    faults = []
    known = set(book.menus) | set(book.guides) | ACTIONS
    if book.first not in book.menus:
        faults.append(f"first: {book.first!r} is not a menu")
    faults += [f"{name!r} is both a menu and a guide" for name in book.menus.keys() & book.guides.keys()]
    faults += [f"{name!r} is the name of an action" for name in (book.menus.keys() | book.guides.keys()) & ACTIONS]
    for menu in book.menus.values():
        for choice in menu.choices:
            if choice.to not in known:
                faults.append(f"menu {menu.id!r}, key {choice.key}: there is no menu, guide or action {choice.to!r}")
    reached, todo = set(), [book.first]
    while todo:
        place = todo.pop()
        if place not in reached and place in book.menus:
            todo += [c.to for c in book.menus[place].choices]
        reached.add(place)
    faults += [
        f"{kind} {name!r}: no key leads there"
        for kind, names in (("menu", book.menus), ("guide", book.guides))
        for name in names
        if name not in reached
    ]
    return faults


def _tables(table: Mapping[str, Any], name: str, faults: list[str]) -> Mapping[str, Mapping[str, Any]]:
    raw = table.get(name, {})
    if not isinstance(raw, Mapping):
        faults.append(f"{name}: is written as [{name}.<id>] tables")
        return {}
    for key in [key for key, value in raw.items() if not isinstance(value, Mapping)]:
        faults.append(f"{name}.{key}: is written as a [{name}.{key}] table")
    return {key: value for key, value in raw.items() if isinstance(value, Mapping)}


def _sounds(raw: Mapping[str, Any], field: str, where: str, faults: list[str]) -> tuple[str, ...]:
    value = raw.get(field, [])
    if not isinstance(value, list) or not all(isinstance(v, str) and v for v in value):
        faults.append(f"{where}: {field}: must be a list of sounds")
        return ()
    return tuple(value)


def _category(raw: Mapping[str, Any], where: str, faults: list[str]) -> str:
    value = raw.get("category", "other")
    if value not in CATEGORIES:
        faults.append(f"{where}: category: {value!r} is none of {', '.join(CATEGORIES)}")
        return "other"
    return str(value)


def _unknown(raw: Mapping[str, Any], allowed: set[str], where: str, faults: list[str]) -> None:
    for key in raw.keys() - allowed:
        faults.append(f"{where}: {key}: unknown; allowed are {', '.join(sorted(allowed))}")


def _menu(name: str, raw: Mapping[str, Any], faults: list[str]) -> Menu:
    where = f"menu {name!r}"
    _unknown(raw, {"category", "intro", "choices"}, where, faults)
    choices: list[Choice] = []
    listed = raw.get("choices", [])
    if not isinstance(listed, list) or not listed:
        faults.append(f"{where}: choices: must be a list, and not an empty one")
        listed = []
    for item in listed:
        fields = item if isinstance(item, Mapping) else {}
        values = [fields.get(k) for k in ("key", "item", "to")]
        if set(fields) != {"key", "item", "to"} or not all(isinstance(v, str) and v for v in values):
            faults.append(f"{where}: a choice has key, item and to, each a text; found {item!r}")
            continue
        choice = Choice(fields["key"], fields["item"], fields["to"])
        if len(choice.key) != 1 or choice.key not in "12345678":
            faults.append(f"{where}: key {choice.key!r}: 1 to 8; {' '.join(FIXED_KEYS)} mean the same everywhere")
        if any(choice.key == other.key for other in choices):
            faults.append(f"{where}: key {choice.key} is given twice")
        choices.append(choice)
    if len(choices) > MOST_ITEMS:
        faults.append(f"{where}: {len(choices)} items; a caller keeps at most {MOST_ITEMS} in mind")
    category = _category(raw, where, faults)
    return Menu(name, _sounds(raw, "intro", where, faults), tuple(choices), category, "category" in raw)


def _guide(name: str, raw: Mapping[str, Any], faults: list[str]) -> Guide:
    where = f"guide {name!r}"
    _unknown(raw, {"category", "steps", "sms"}, where, faults)
    steps = _sounds(raw, "steps", where, faults)
    if not steps:
        faults.append(f"{where}: steps: must not be empty")
    sms = raw.get("sms", name)
    if not isinstance(sms, str) or not sms:
        faults.append(f"{where}: sms: must be the name of an instruction text")
        sms = name
    return Guide(name, _category(raw, where, faults), steps, sms)
