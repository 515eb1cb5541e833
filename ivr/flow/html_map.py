"""The call flow as one page for people: every menu, guide and sentence in all languages side by side.

Pure: text in, HTML out. Everything that comes from data is escaped; the page loads nothing from anywhere.
"""

from collections.abc import Iterable, Mapping
from html import escape

from ivr.flow.book import Book, Guide, Menu
from ivr.flow.commands import FlowSettings
from ivr.flow.html_style import STYLE
from ivr.flow.simulate import Report
from ivr.flow.simulate_faults import Texts
from ivr.flow.talk import Places

_NAMES = {"ru": "Русский", "en": "English", "tt": "Татарча"}
_ACTIONS = {
    "operator": ("to an operator", "#operator"),
    "status": ("status of a ticket", "#part-status"),
    "slow": ("slow mode on or off", "#part-say"),
    "goodbye": ("goodbye, end", "#part-say"),
    "region": ("choose or forget the region", "#part-place"),
}
#: First part of a sound key -> what these sentences are for.
_PARTS = {
    "say": "Said everywhere",
    "language": "Choice of language",
    "press": "Keys",
    "guide": "End of every guide",
    "place": "Where the caller is, and his own time",
    "operator": "On the way to an operator",
    "ticket": "Ticket number",
    "sms": "Instructions by SMS",
    "status": "Status of a ticket",
    "nobody": "Nobody is there",
    "rating": "Rating after the talk",
    "queue": "While waiting",
    "fallback": "When the menus are down (said by Asterisk alone)",
}
#: Words that belong to a part and are called otherwise.
_ITEMS = {
    "guide": ("item/sms", "item/solved", "item/again", "item/back", "item/operator"),
    "place": ("item/place-wrong", "item/place-right", "item/place-choose", "item/place-forget", "item/yes", "item/no"),
}
_ENDINGS = {
    "operator": "asked for an operator",
    "no_choice": "pressed nothing useful, was connected to an operator",
    "nobody": "nobody was there or it was closed: told so and when, the wish is kept on the ticket",
    "moved": "a centre's time was over: went on to the next one",
    "solved": "said that the question is solved",
    "goodbye": "chose to end",
    "rated": "rated the talk",
    "rating_not_kept": "rated, the rating could not be kept",
    "not_rated": "did not rate",
    "hung_up": "hung up",
}


def html_map(
    book: Book,
    settings: FlowSettings,
    texts: Texts,
    report: Report,
    messages: Texts | None = None,
    places: Places | None = None,
) -> str:
    """The whole page. `messages`: the SMS texts by language and key ("sms/<name>"); `places`: the menu of regions."""
    return _Page(book, settings, texts, report, messages or {}, places or {}).page()


class _Page:
    def __init__(
        self, book: Book, settings: FlowSettings, texts: Texts, report: Report, messages: Texts, places: Places
    ) -> None:
        self._book, self._texts, self._report, self._messages, self._places = book, texts, report, messages, places
        self._languages = settings.languages
        self._retries, self._default = settings.retries, settings.default_language

    def page(self) -> str:
        """All parts in the order of a call."""
        body = [
            "<header><h1>What the hotline says</h1>",
            f"<p>{len(self._book.menus)} menus, {len(self._book.guides)} guides, {self._report.paths:,} paths walked. "
            "In every menu: <kbd>0</kbd> operator, <kbd>*</kbd> back, <kbd>9</kbd> repeat. "
            f"Silence or a wrong key is asked again {self._retries} times, then an operator is called.</p></header>",
            self._faults(),
            self._figures(),
            self._contents(),
            self._start(),
            *(self._menu(menu) for menu in self._ordered()),
            *(self._guide(guide) for guide in self._book.guides.values()),
            *(self._part(part, title) for part, title in _PARTS.items()),
            self._regions(),
            self._endings(),
        ]
        return (
            '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Call flow</title>'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<style>{STYLE}</style></head><body><main>{''.join(body)}</main></body></html>\n"
        )

    def _faults(self) -> str:
        if not self._report.faults:
            return '<p class="good">No faults: every path was walked in every language.</p>'
        items = "".join(f"<li>{escape(fault)}</li>" for fault in self._report.faults)
        return f'<section class="bad"><h2>{len(self._report.faults)} faults</h2><ul>{items}</ul></section>'

    def _figures(self) -> str:
        rows = "".join(
            f"<tr><th>{self._name(language)}</th><td>{found.paths:,}</td>"
            f"<td>{max((d.keys for d in found.times.places.values()), default=0)}</td>"
            f"<td>{_seconds(found.times.operator_offered)}</td><td>{_seconds(found.times.operator_reached)}</td></tr>"
            for language, found in self._report.languages.items()
        )
        return (
            "<table class=figures><thead><tr><th>Language</th><th>Paths</th><th>Most keys to any place</th>"
            "<th>Operator offered after<small>listening to everything</small></th>"
            "<th>In the queue at best after<small>pressing at once</small></th></tr></thead>"
            f"<tbody>{rows}</tbody></table>"
        )

    def _contents(self) -> str:
        def branch(menu: Menu, seen: tuple[str, ...]) -> str:
            items = []
            for choice in menu.choices:
                below = self._book.menus.get(choice.to)
                inner = branch(below, (*seen, menu.id)) if below and choice.to not in (*seen, menu.id) else ""
                items.append(f"<li><kbd>{escape(choice.key)}</kbd> {self._link(choice.to)}{inner}</li>")
            return f"<ul>{''.join(items)}</ul>"

        first = self._book.menus.get(self._book.first)
        tree = branch(first, ()) if first else ""
        parts = " · ".join(f'<a href="#part-{part}">{escape(title)}</a>' for part, title in _PARTS.items())
        parts += ' · <a href="#regions">Choice of a region</a>' if self._places else ""
        parts += ' · <a href="#endings">Endings</a>'
        return f"<nav><h2>Map</h2><p>{self._link(self._book.first)}</p>{tree}<p>{parts}</p></nav>"

    def _start(self) -> str:
        default = self._name(self._default)
        only = {str(n): language for n, language in enumerate(self._languages, 1)}
        rows: list[tuple[str, Iterable[str], str]] = [("", ("say/hello",), "")]
        rows += [(key, ("language/this", f"press/{key}"), self._name(language)) for key, language in only.items()]
        rows.append(("", ("say/welcome", "say/never-ask"), self._link(self._book.first)))
        return (
            '<section id="start"><h2>A call begins</h2>'
            f"<p class=note>Each language is offered in itself; who presses nothing hears {default}.</p>"
            f"{self._table(rows, only=only)}</section>"
        )

    def _menu(self, menu: Menu) -> str:
        rows: list[tuple[str, Iterable[str], str]] = [("", (sound,), "") for sound in menu.intro]
        rows += [(c.key, (c.item, f"press/{c.key}"), self._link(c.to)) for c in menu.choices]
        if menu.id != self._book.first:
            rows.append(("*", ("item/back", "press/star"), "back"))
        rows.append(("0", ("item/operator", "press/0"), self._link("operator")))
        return self._section("menu", menu.id, menu.category, self._table(rows))

    def _guide(self, guide: Guide) -> str:
        rows: list[tuple[str, Iterable[str], str]] = [
            (f"step {number}", (step,), "") for number, step in enumerate(guide.steps, 1)
        ]
        note = (
            "<p class=note>While the steps are said: <kbd>#</kbd> next, <kbd>9</kbd> again, <kbd>1</kbd> SMS "
            f"«{escape(guide.sms)}», <kbd>2</kbd> solved, <kbd>*</kbd> back, <kbd>0</kbd> operator. "
            'Afterwards: <a href="#part-guide">end of every guide</a>.</p>'
        )
        if self._messages:
            sms = self._table([("SMS", (f"sms/{guide.sms}",), "")], self._messages)
            note += f"<details open><summary>Instructions by SMS</summary>{sms}</details>"
        return self._section("guide", guide.id, guide.category, self._table(rows) + note)

    def _section(self, kind: str, name: str, category: str, inner: str) -> str:
        far = ", ".join(
            f"{self._name(language)}: {d.keys} keys, {_seconds(d.seconds)}"
            for language, found in self._report.languages.items()
            if (d := found.times.places.get(f"{kind}/{name}"))
        )
        return (
            f'<section id="{kind}-{escape(name)}"><h2><small>{kind}</small> {escape(name)}</h2>'
            f"<p class=meta>operators of «{escape(category)}»<br>{far or 'nobody gets here'}</p>{inner}</section>"
        )

    def _part(self, part: str, title: str) -> str:
        keys = sorted({k for texts in self._texts.values() for k in texts if k.startswith(f"{part}/")})
        keys += _ITEMS.get(part, ())
        table = self._table([(key, (key,), "") for key in keys])
        anchor = '<a id="operator"></a>' if part == "operator" else ""
        return f'<section id="part-{part}">{anchor}<h2>{escape(title)}</h2>{table}</section>'

    def _regions(self) -> str:
        """The keys to every region: district, group where there are more than one, region."""
        if not self._places:
            return ""
        districts, below = [], []
        for number, (district, groups) in enumerate(self._places.items(), 1):
            key = str(number)
            link = f'<a href="#district-{escape(district)}">{escape(district)}</a>'
            districts.append((key, (f"district/{district}", f"press/{key}"), link))
            rows: list[tuple[str, Iterable[str], str]] = []
            for group, codes in enumerate(groups, 1):
                before = f"{key} {group}" if len(groups) > 1 else key
                if len(groups) > 1:
                    rows.append((before, (f"group/{district}-{group}", f"press/{group}"), ""))
                rows += [(f"{before} {n}", (f"region/{code}", f"press/{n}"), code) for n, code in enumerate(codes, 1)]
            below.append(f'<h3 id="district-{escape(district)}">{escape(district)}</h3>{self._table(rows)}')
        return (
            '<section id="regions"><h2>Choice of a region</h2><p class=note>At every step: <kbd>*</kbd> one step back, '
            "<kbd>0</kbd> on to an operator without a choice.</p>"
            f"{self._table(districts)}{''.join(below)}</section>"
        )

    def _endings(self) -> str:
        names: Mapping[str, str] = {**_ENDINGS, **{e: _ENDINGS.get(e, e) for e in self._report.endings}}
        rows = "".join(
            f"<tr><th>{escape(name)}</th><td>{escape(words)}</td></tr>"
            for name, words in names.items()
            if name in self._report.endings or name == "hung_up"
        )
        return f'<section id="endings"><h2>How a call ends</h2><table><tbody>{rows}</tbody></table></section>'

    def _table(
        self,
        rows: Iterable[tuple[str, Iterable[str], str]],
        texts: Texts | None = None,
        only: Mapping[str, str] | None = None,
    ) -> str:
        """Key, sounds and target a row; `only`: the one language in which the row of a key is said."""
        head = "".join(f"<th>{self._name(language)}</th>" for language in self._languages)
        lines = []
        for key, sounds, target in rows:
            keys = tuple(sounds)
            cells = "".join(
                f'<td lang="{escape(lang)}">{_words((texts or self._texts).get(lang, {}), keys)}</td>'
                if (only or {}).get(key, lang) == lang
                else "<td></td>"
                for lang in self._languages
            )
            shown = f"<kbd>{escape(key)}</kbd>" if len(key) == 1 else f"<code>{escape(key)}</code>" if key else ""
            lines.append(f"<tr><th>{shown}</th>{cells}<td class=to>{target}</td></tr>")
        return (
            f"<div class=wide><table class=words><thead><tr><th></th>{head}<th>leads to</th></tr></thead>"
            f"<tbody>{''.join(lines)}</tbody></table></div>"
        )

    def _link(self, target: str) -> str:
        if target in self._book.menus:
            return f'<a href="#menu-{escape(target)}">{escape(target)}</a>'
        if target in self._book.guides:
            return f'<a href="#guide-{escape(target)}">{escape(target)}</a>'
        words, anchor = _ACTIONS.get(target, (target, "#"))
        return f'<a href="{anchor}">{escape(words)}</a>'

    def _name(self, language: str) -> str:
        return escape(_NAMES.get(language, language))

    def _ordered(self) -> list[Menu]:
        """Menus as a caller meets them."""
        order, todo = [], [self._book.first]
        while todo:
            name = todo.pop(0)
            if name in self._book.menus and name not in order:
                order.append(name)
                todo += [choice.to for choice in self._book.menus[name].choices]
        order += [name for name in self._book.menus if name not in order]
        return [self._book.menus[name] for name in order]


def _words(texts: Mapping[str, str], sounds: tuple[str, ...]) -> str:
    return " ".join(escape(texts[s]) if texts.get(s) else f"<mark>missing: {escape(s)}</mark>" for s in sounds)


def _seconds(value: float | None) -> str:
    return "–" if value is None or value == float("inf") else f"{value:.0f} s"
