"""What the hotline says and writes: complete in every language, well formed, and never asking for a secret."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

from ivr.datafiles import data_path, data_reader, read_data
from ivr.domain.notices import FIELDS, INCIDENT_OVER, LINK, rendered, text_faults
from ivr.domain.regions import DISTRICTS, load_regions
from ivr.domain.tickets import STATUSES
from ivr.flow.book import load_book
from ivr.flow.simulate_times import seconds_of
from ivr.flow.talk import SENTENCE, press
from ivr.prompts.catalogue import flatten, load_catalogue

LANGUAGES = ("ru", "en", "tt")
DRAFTS = ("tt",)
LONGEST_SMS = 400
FLOW = Path(__file__).parents[2] / "ivr" / "flow"
SOUND = re.compile(r"[a-z]+/[a-z0-9/-]+")
#: By language: words that ask for something, secrets, harmless codes, and words of a warning.
SECRETS = {
    "ru": (
        r"назовите|назвать|сообщите|скажите|продиктуйте|пришлите|отправьте|укажите",
        r"парол|\bкод|\bпин\b",
        r"код\w* (?:ошибки|страны)",
        r"\bне\b|никому|никогда",
    ),
    "en": (
        r"\b(?:tell|give|say|send|read|share|dictate)\b",
        r"password|\bcodes?\b|\bpin\b",
        r"(?:error|country|territory) codes?",
        r"\bnever\b|\bnot\b",
    ),
    "tt": (
        r"әйтегез|хәбәр итегез|бирегез|җибәрегез",
        r"серсүз|\bкод|пин-код",
        r"(?:хата|ил) код\w*",
        r"беркемгә|беркайчан|әйтмәгез",
    ),
}


def prompts(language: str) -> dict[str, str]:
    faults: list[str] = []
    name = f"prompts.{language}.toml"
    found = flatten(name, read_data(name, None), faults)
    assert faults == []
    return found


def texts(language: str) -> dict[str, str]:
    table: dict[str, dict[str, str]] = tomllib.loads(read_data(f"sms.{language}.toml", None))
    return table["sms"]


def sounds(language: str) -> set[str]:
    return {p.key for p in load_catalogue(data_reader(None), [language])}


def asks_for_a_secret(language: str, text: str) -> bool:
    verbs, secrets, harmless, warning = SECRETS[language]
    for sentence in re.split(r"[.!?;]", text.lower()):
        rest = re.sub(harmless, "", sentence)
        if re.search(verbs, rest) and re.search(secrets, rest) and not re.search(warning, rest):
            return True
    return False


def literal_sounds(source: str) -> set[str]:
    """Sound keys written out in a flow: in tuples of sounds and as the item of `press`; steps are neither."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        roots: list[ast.expr] = []
        if isinstance(node, ast.Tuple):
            roots = node.elts
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "press":
            roots = node.args[:1]
        for root in roots:
            branches = [root.body, root.orelse] if isinstance(root, ast.IfExp) else [root]
            found |= {b.value for b in branches if isinstance(b, ast.Constant) and isinstance(b.value, str)}
    return {text for text in found if SOUND.fullmatch(text)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_the_same_things(language: str) -> None:
    assert prompts(language).keys() == prompts("ru").keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_prompts_have_no_digits(language: str) -> None:
    assert [key for key, text in prompts(language).items() if re.search(r"\d", text)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_items_go_on_and_sentences_end(language: str) -> None:
    # said before something else: the key to press, or the digits of a number
    open_ended = re.compile(
        r"(item|district|group|region)/|language/this$|place/(now|region-now|assumed-now|assumed|kept)$"
        r"|callback/your-number$"
        r"|sms/(to-this-number|right|other-number|again|you-entered)$"
    )
    wrong = {
        key: text
        for key, text in prompts(language).items()
        if not text.endswith((",", ":") if open_ended.match(key) else "." if key.startswith("press/") else (".", "!"))
    }
    assert wrong == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_guide_and_notice_can_be_sent(language: str) -> None:
    book = load_book(read_data("menus.toml", None))
    assert {guide.sms for guide in book.guides.values()} | set(FIELDS) == texts(language).keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_messages_are_short_whole_and_name_no_address(language: str) -> None:
    for key, text in texts(language).items():
        assert 40 <= len(text) <= LONGEST_SMS, key
        assert text.endswith("."), key
        assert not re.search(r"https?:|www\.|\w\.(?:ru|com|org|рф)\b", text), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_notices_name_the_number_and_the_window_and_are_short_when_filled(language: str) -> None:
    said = texts(language)
    assert text_faults(said) == []
    facts = {
        "number": "4321", "day": "25.11", "from": "23:40", "to": "00:10 26.11", "until": "20:00 26.11", "offset": "+9",
    }  # fmt: skip
    link = "https://hotline.example/c/0123456789abcdef"
    for notice in FIELDS.keys() - {LINK, INCIDENT_OVER}:
        text = rendered(said, notice, facts)
        assert all(fact in text for fact in ("4321", "25.11", "23:40", "00:10 26.11", "+9)")), text
        assert not re.search("[{}]|http", text) and len(text) <= LONGEST_SMS, (notice, len(text))
    assert link in rendered(said, "callback-created", facts, link)


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_asks_for_a_password_or_a_code(language: str) -> None:
    said = {**prompts(language), **{f"sms text {key}": text for key, text in texts(language).items()}}
    assert [key for key, text in said.items() if asks_for_a_secret(language, text)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_keypad_entry_is_about_a_password_or_a_code(language: str) -> None:
    secrets = SECRETS[language][1]
    entries = {k: t for k, t in prompts(language).items() if k.startswith(("sms/", "status/", "rating/", "ticket/"))}
    assert [key for key, text in entries.items() if re.search(secrets, text.lower())] == []


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ru", "Назовите оператору код из СМС."),
        ("ru", "Сообщите нам ваш пароль."),
        ("en", "Please tell the operator your password."),
        ("en", "Write down the error code. Send us the code."),
        ("tt", "Операторга кодны әйтегез."),
    ],
)
def test_a_text_that_asks_for_a_secret_is_noticed(language: str, text: str) -> None:
    assert asks_for_a_secret(language, text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sound_of_the_menus_exists(language: str) -> None:
    book = load_book(read_data("menus.toml", None))
    wanted = {s for menu in book.menus.values() for s in (*menu.intro, *(c.item for c in menu.choices))}
    wanted |= {s for guide in book.guides.values() for s in guide.steps}
    assert wanted - sounds(language) == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sound_written_in_the_flows_exists(language: str) -> None:
    wanted = {s for path in FLOW.glob("*.py") for s in literal_sounds(path.read_text("utf-8"))}
    assert {"say/silence", "sms/bad-number", "item/back", "guide/end"} <= wanted
    wanted.add(SENTENCE)
    wanted |= {f"press/{key}" for key in (*"0123456789", "star", "hash")}
    wanted |= {f"status/{status.replace('_', '-')}" for status in STATUSES}
    assert wanted - sounds(language) == set()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["prompts", "sms"])
def test_a_draft_says_that_it_needs_a_review(language: str, kind: str) -> None:
    source = data_path(f"{kind}.{language}.toml", None).read_text("utf-8")
    header = source.split("[", 1)[0]
    assert ("needs a native speaker's review" in header) == (language in DRAFTS)


#: What is said of a region besides its own name.
KINDS = {
    "ru": ("область", "край", "республика", "автономный", "автономная", "округ", "народная"),
    "en": ("region", "territory", "republic", "people's", "autonomous", "area", "city"),
    "tt": ("өлкәсе", "крае", "республикасы", "халык", "автономияле", "округы", "шәһәре"),
}


def own_name(language: str, text: str) -> str:
    """The name of a region without its kind: the Altai Republic and the Altai Territory are told apart by theirs."""
    words = [w for w in text.lower().rstrip(",").split() if w not in KINDS[language]]
    return (
        text.lower().rstrip(",") if words == ["алтайский"] or "алтай" in words or "altai" in words else " ".join(words)
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_group_names_its_own_regions_and_no_other(language: str) -> None:
    said = prompts(language)
    menu = load_regions(read_data("regions.csv", None)).menu
    names = {code: own_name(language, said[f"region/{code}"]) for groups in menu.values() for g in groups for code in g}
    wanted = {f"group/{d}-{n}" for d, groups in menu.items() if len(groups) > 1 for n in range(1, len(groups) + 1)}
    assert {key for key in said if key.startswith("group/")} == wanted
    for district, groups in menu.items():
        for number, codes in enumerate(groups, 1):
            if len(groups) > 1:
                text = said[f"group/{district}-{number}"].lower()
                # the longest names first: Moscow's region is not Moscow
                for code in sorted(names, key=lambda c: -len(names[c])):
                    found = re.search(rf"\b{re.escape(names[code])}\b", text)
                    assert bool(found) == (code in codes), (district, number, names[code])
                    text = text.replace(names[code], "-", 1) if found else text
                rest = re.split(r"[\s,-]+|\b(?:или|or|яки|the|of)\b", text)
                assert {word for word in rest if word} <= set(KINDS[language]), rest


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_district_and_region_has_its_name(language: str) -> None:
    regions = load_regions(read_data("regions.csv", None))
    said = prompts(language)
    assert {key[7:] for key in said if key.startswith("region/")} == set(regions.by_code)
    assert {key[9:] for key in said if key.startswith("district/")} == set(DISTRICTS)
    names = [text for key, text in said.items() if key.startswith("region/")]
    assert len(set(names)) == len(names)
    if language == "ru":
        for region in regions.by_code.values():
            assert own_name("ru", said[f"region/{region.code}"]).split()[-1] in region.short.lower()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_list_of_the_choice_of_a_region_is_longer_than_a_caller_listens(language: str) -> None:
    said = {p.key: p.text for p in load_catalogue(data_reader(None), [language])}
    seconds = seconds_of({language: said})
    menu = load_regions(read_data("regions.csv", None)).menu
    lists = [[f"district/{d}" for d in menu]]
    lists += [[f"group/{d}-{n}" for n in range(1, len(groups) + 1)] for d, groups in menu.items() if len(groups) > 1]
    lists += [[f"region/{code}" for code in codes] for groups in menu.values() for codes in groups]
    for names in lists:
        sounds = [s for key, name in enumerate(names, 1) for s in press(name, str(key))]
        assert sum(seconds(language, sound) for sound in sounds) < 40, names
