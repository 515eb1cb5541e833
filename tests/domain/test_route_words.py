"""The reasons in words: a sentence for each in Russian and in English, with names and local times in them."""

import re
import tomllib
from pathlib import Path

import pytest

import ivr
from ivr.datafiles import data_reader
from ivr.domain.route_words import LANGUAGES, REASONS, RouteWords, load_route_words
from ivr.domain.whereabouts import Reason
from ivr.errors import DataError
from tests.domain.routes import at, regions, shipped

SOURCES = Path(ivr.__file__).parent / "domain"
NOON = at("2026-11-25T09:40:00+10:00")
#: A value for every kind of data.
SAMPLE: dict[str, str | int] = {
    "region": "25", "zone": "Asia/Vladivostok", "code": "423", "territory": "Приморский край", "category": "signin",
    "until": "2026-11-25T10:00:00+00:00", "opens": "2026-11-26T08:00:00+10:00", "language": "tt", "site": "ural",
    "district": "fareast", "minutes": 330, "queue": "vladivostok", "left": "ural", "waiting": 3, "capacity": 30,
    "wait_s": 95, "limit_s": 1800, "ready": 2, "seconds": 120, "error": "TypeError",
}  # fmt: skip


def text(language: str) -> str:
    return str(data_reader(None)(f"route.{language}.toml"))


@pytest.fixture(scope="module")
def words() -> dict[str, RouteWords]:
    return {each: load_route_words(text(each), "route.toml", each, shipped().plan, regions()) for each in LANGUAGES}


def used() -> set[str]:
    """Every id that the router and the look-up of places write down, from their sources."""
    found: set[str] = set()
    for path in [*SOURCES.glob("routing*.py"), SOURCES / "locate.py"]:
        source = path.read_text("utf-8")
        found |= set(re.findall(r'Reason\(\s*"([a-z0-9-]+)"', source))
        found |= set(re.findall(r'"(place-[a-z-]+)"', source))
    return found


def test_every_reason_that_is_given_has_a_sentence_in_both_languages(words: dict[str, RouteWords]) -> None:
    assert len(used()) > 30
    # these are put together from parts in the sources
    assembled = {f"category-{state}{more}" for state in ("open", "common", "callback") for more in ("", "-always")}
    assembled |= {"callback", "announcement", "callback-unknown", "announcement-unknown", "place-chosen", "place-card",
                  "place-fixed", "place-mobile"}  # fmt: skip
    assembled |= {"site-open", "site-closing", "site-closed", "site-always", "site-never"}
    assembled |= {"nobody-logged-in", "category-callback-only"}
    assert used() | assembled == set(REASONS)
    for language in LANGUAGES:
        assert set(tomllib.loads(text(language))["sentences"]) == set(REASONS)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("id_", sorted(REASONS))
def test_a_sentence_is_whole(words: dict[str, RouteWords], language: str, id_: str) -> None:
    reason = Reason(id_, {key: SAMPLE[key] for key in REASONS[id_]})
    said = words[language].say(reason, NOON)
    assert said[0].isupper() or said[0] == "“"
    assert said.endswith(".") and not re.search(r"[{}=]|  ", said)
    cyrillic = len(re.findall("[а-яё]", said))
    assert (cyrillic > 10) if language == "ru" else (cyrillic == 0)


def say(words: dict[str, RouteWords], id_: str, **data: str | int) -> tuple[str, str]:
    reason = Reason(id_, data)
    return words["ru"].say(reason, NOON), words["en"].say(reason, NOON)


def test_local_times_name_the_city_and_the_offset(words: dict[str, RouteWords]) -> None:
    assert say(words, "place-fixed", region="25", zone="Asia/Vladivostok", code="423", territory="") == (
        "Городской номер с кодом 423: Приморский край. Там сейчас 09:40 по местному времени (Владивосток, UTC+10).",
        "A fixed line with the code 423: Primorsky Krai. It is 09:40 local time (Vladivostok, UTC+10) there.",
    )
    # 01:40 of the same day in Kaliningrad; another day is told with its date
    kaliningrad = say(words, "site-closed", site="x", zone="Europe/Kaliningrad", until="2026-11-25T06:00:00+00:00")
    assert kaliningrad == (
        "Закрыта до 08:00 по местному времени (Калининград, UTC+2).",
        "It is closed until 08:00 local time (Kaliningrad, UTC+2).",
    )
    assert say(words, "callback", opens="2026-11-27T03:30:00+00:00", zone="Asia/Kolkata")[1] == (
        "Nobody can take the call now; a call back follows from Fri 27.11 09:00 local time (Kolkata, UTC+5:30)."
    )


def test_names_and_durations(words: dict[str, RouteWords]) -> None:
    assert say(words, "leg", queue="ural", seconds=150) == (
        "Ждёт 2 мин 30 с в очереди: «Екатеринбург»; потом идёт дальше.",
        "Waits 2 min 30 s in the queue: Yekaterinburg; then goes on.",
    )
    assert say(words, "near-clock", site="ural", zone="Asia/Yekaterinburg", minutes=0)[0] == (
        "Разница часов со звонящим: 0 мин."
    )
    assert say(words, "wait", wait_s=3605, ready=0, waiting=41)[1] == (
        "The wait is about 1 h 5 s; operators free: 0, callers waiting: 41."
    )
    assert words["ru"].queue("common") == "федеральная очередь 24/7" and words["en"].queue("gone") == "gone"


def test_what_has_no_sentence_or_too_little_data_is_told_as_data(words: dict[str, RouteWords]) -> None:
    assert say(words, "new-reason", queue="x") == ("new-reason queue=x",) * 2
    assert say(words, "leg", queue="ural") == ("leg queue=ural",) * 2
    assert "no/zone" in say(words, "zone-unknown", zone="no/zone")[0]
    assert "soon" in say(words, "site-open", site="ural", zone="UTC", until="soon")[0]


def test_the_very_ends_of_time_are_told_as_they_are_written(words: dict[str, RouteWords]) -> None:
    for until, zone in (("9999-12-31T23:59:59+00:00", "Asia/Kamchatka"), ("0001-01-01T00:00:00+00:00", "America/Lima")):
        assert all(until in said for said in say(words, "site-closed", site="ural", zone=zone, until=until))


@pytest.mark.parametrize("field", ["{seconds:d}", "{seconds!x}", "{seconds!r}", "{seconds:99999999999}",
                                   "{seconds:{queue}}", "{seconds:{queue:>9}}"])  # fmt: skip
def test_a_field_with_a_form_or_a_conversion_is_refused_at_once(field: str) -> None:
    wrong = text("en").replace("{seconds} in the queue", f"{field} in the queue")
    with pytest.raises(DataError, match=r"route\.en\.toml: sentences: leg: .*write the name alone"):
        load_route_words(wrong, "route.en.toml", "en", shipped().plan, regions())


@pytest.mark.parametrize("field", ["{seconds.real}", "{seconds[0]}", "{}", "{0}", "{seconds"])
def test_a_field_that_is_no_name_is_refused(field: str) -> None:
    wrong = text("en").replace("{seconds} in the queue", f"{field} in the queue")
    with pytest.raises(DataError, match=r"route\.en\.toml: sentences: leg: "):
        load_route_words(wrong, "route.en.toml", "en", shipped().plan, regions())


def test_a_caller_cannot_speak_through_a_sentence(words: dict[str, RouteWords]) -> None:
    told = say(words, "category-unknown", category="{now} {queue.__class__}")
    assert "{now} {queue.__class__}" in told[0] and "{now} {queue.__class__}" in told[1]


def test_all_faults_of_a_file_are_named_at_once() -> None:
    broken = text("en")
    for right, wrong in {
        "enough =": "enuf =", "{seconds} in the queue": "{minutes} in the queue", 'hour = "h", ': "",
        'common = "the 24/7 federal queue"': "", "[districts]": "[areas]", "{time} local": "{clock} local",
    }.items():  # fmt: skip
        assert right in broken
        broken = broken.replace(right, wrong)
    with pytest.raises(DataError) as caught:
        load_route_words(broken, "route.en.toml", "en", shipped().plan, regions())
    for fault in (
        "sentences: has no enough", "sentences: enuf: there is no such reason", "sentences: leg: {minutes} is unknown",
        "units: has no hour", "common: is missing", "districts: is missing", "local: {clock} is unknown",
    ):  # fmt: skip
        assert f"route.en.toml: {fault}" in str(caught.value)
    with pytest.raises(DataError, match=r"route\.en\.toml: is not TOML"):
        load_route_words("[", "route.en.toml", "en", shipped().plan, regions())
