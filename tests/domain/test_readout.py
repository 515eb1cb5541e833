"""Counted nouns, times, dates, phone and ticket numbers in the three shipped languages."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.domain.readout import Reader, load_reader
from ivr.domain.readout_grammar import KEY, NOUNS
from ivr.errors import DataError


def said(reader: Reader, keys: tuple[str, ...]) -> str:
    texts = reader.required()
    return " ".join(texts[key] or "|" for key in keys)


@pytest.mark.parametrize(
    ("n", "noun", "case", "text"),
    [
        (1, "minute", "nom", "одна минута"), (2, "minute", "nom", "две минуты"),
        (5, "minute", "nom", "пять минут"), (1, "minute", "acc", "одну минуту"),
        (11, "minute", "nom", "одиннадцать минут"), (21, "minute", "acc", "двадцать одну минуту"),
        (21, "minute", "nom", "двадцать одна минута"), (22, "second", "nom", "двадцать две секунды"),
        (111, "minute", "acc", "сто одиннадцать минут"), (0, "minute", "nom", "ноль минут"),
        (1, "hour", "nom", "один час"), (2, "hour", "acc", "два часа"), (5, "hour", "nom", "пять часов"),
        (1, "week", "acc", "одну неделю"), (3, "day", "nom", "три дня"), (21, "call", "nom", "двадцать один звонок"),
        (1, "ticket", "nom", "одно обращение"), (2, "ticket", "nom", "два обращения"),
        (1, "person", "nom", "один человек"), (2, "person", "nom", "два человека"),
        (5, "person", "nom", "пять человек"), (1000, "minute", "acc", "одну тысячу минут"),
    ],
)  # fmt: skip
def test_russian_numbers_agree_with_what_is_counted(ru: Reader, n: int, noun: str, case: str, text: str) -> None:
    assert said(ru, ru.counted(n, noun, case)) == text


def test_english_has_one_plural_and_tatar_none(en: Reader, tt: Reader) -> None:
    assert said(en, en.counted(1, "person")) == "one person"
    assert said(en, en.counted(21, "person")) == "twenty one people"
    assert said(tt, tt.counted(1, "minute")) == "бер минут"
    assert said(tt, tt.counted(25, "hour", "acc")) == "егерме биш сәгать"


def test_what_cannot_be_said_right_is_refused(ru: Reader) -> None:
    with pytest.raises(ValueError, match="known nouns"):
        ru.counted(1, "elephant")
    with pytest.raises(ValueError, match="nominative"):
        ru.counted(2, "person", "acc")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "одна минута"), (1, "одна минута"), (60, "одна минута"), (60.5, "две минуты"), (599, "десять минут"),
        (601, "пятнадцать минут"), (3300, "пятьдесят пять минут"), (3301, "один час"), (3600, "один час"),
        (3700, "один час пятнадцать минут"), (86_300, "один день"), (86_401, "два дня"),
    ],
)  # fmt: skip
def test_a_duration_is_rounded_up_to_what_people_say(ru: Reader, seconds: float, text: str) -> None:
    assert said(ru, ru.duration(seconds)) == text


@given(st.floats(0, 999 * 86400))
def test_a_spoken_duration_is_never_empty_nor_zero(ru: Reader, seconds: float) -> None:
    keys = ru.duration(seconds)
    assert keys and "n/0" not in keys and set(keys) <= set(ru.required())


@pytest.mark.parametrize("seconds", [-1, 1000 * 86400])
def test_a_senseless_duration_is_refused(ru: Reader, seconds: int) -> None:
    with pytest.raises(ValueError, match="duration"):
        ru.duration(seconds)


def test_dates_are_said_in_the_manner_of_the_language(ru: Reader, en: Reader, tt: Reader) -> None:
    day = date(2026, 9, 21)
    assert said(ru, ru.date(day)) == "двадцать первое сентября"
    assert said(ru, ru.date(day, "gen")) == "двадцать первого сентября"
    assert said(en, en.date(day)) == said(en, en.date(day, "gen")) == "the twenty-first of September"
    assert said(tt, tt.date(day)) == "егерме беренче сентябрь"


@pytest.mark.parametrize(
    ("language", "hour", "minute", "text"),
    [
        ("ru", 9, 0, "девять часов"), ("ru", 21, 31, "двадцать один час тридцать одна минута"),
        ("ru", 0, 2, "ноль часов две минуты"), ("en", 9, 0, "nine a m"), ("en", 21, 5, "nine oh five p m"),
        ("en", 12, 0, "noon"), ("en", 0, 0, "midnight"), ("en", 0, 30, "twelve thirty a m"),
        ("en", 12, 30, "twelve thirty p m"), ("tt", 9, 30, "сәгать тугыз утыз минут"), ("tt", 9, 0, "сәгать тугыз"),
    ],
)  # fmt: skip
def test_times_of_day(readers: dict[str, Reader], language: str, hour: int, minute: int, text: str) -> None:
    assert said(readers[language], readers[language].clock(hour, minute)) == text


@pytest.mark.parametrize(("hour", "minute"), [(24, 0), (-1, 0), (3, 60)])
def test_an_impossible_time_of_day_is_refused(ru: Reader, hour: int, minute: int) -> None:
    with pytest.raises(ValueError, match="time of day"):
        ru.clock(hour, minute)


MONDAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        ("2026-11-23T18:40", "2026-11-23T19:15", "не позднее девятнадцати часов пятнадцати минут сегодня"),
        ("2026-11-23T18:49", "2026-11-24T00:05", "не позднее ноля часов пяти минут завтра"),
        ("2026-11-23T18:50", "2026-11-23T19:20",
         "сегодня с восемнадцати часов пятидесяти минут до девятнадцати часов двадцати минут"),
        ("2026-11-24T09:00", "2026-11-24T10:00", "завтра с девяти часов до десяти часов"),
        ("2026-12-01T13:30", "2026-12-01T14:00",
         "во вторник первого декабря с тринадцати часов тридцати минут до четырнадцати часов"),
    ],
)  # fmt: skip
def test_when_we_call_back_in_russian(ru: Reader, start: str, end: str, words: str) -> None:
    now = datetime.fromisoformat("2026-11-23T18:40")
    window = ru.window(datetime.fromisoformat(start), datetime.fromisoformat(end), now)
    assert said(ru, window) == f"Мы перезвоним вам {words} по вашему времени."


def test_when_we_call_back_in_english_and_how_long_one_would_wait(en: Reader) -> None:
    now, start = datetime.fromisoformat("2026-11-23T18:40"), datetime.fromisoformat("2026-11-24T09:00")
    window = en.window(start, start.replace(hour=10), now)
    assert said(en, window) == "We will call you back tomorrow between nine a m and ten a m your time."
    by = en.window(now, now.replace(hour=19, minute=0), now)
    assert said(en, by) == "We will call you back no later than seven p m today your time."
    assert said(en, en.wait(1500)) == "The estimated wait is about twenty five minutes"


@pytest.mark.parametrize(
    ("at", "opens", "due"),
    [
        ("2026-11-23T18:40", "сегодня в восемнадцать часов сорок минут", "восемнадцати часов сорока минут сегодня"),
        ("2026-11-24T08:00", "завтра в восемь часов", "восьми часов завтра"),
        ("2026-11-25T21:31", "в среду двадцать пятого ноября в двадцать один час тридцать одну минуту",
         "двадцати одного ча́са тридцати одной минуты в среду двадцать пятого ноября"),
        ("2026-12-01T00:02", "во вторник первого декабря в ноль часов две минуты",
         "ноля часов двух минут во вторник первого декабря"),
        ("2027-01-03T01:01", "в воскресенье третьего января в один час одну минуту",
         "одного ча́са одной минуты в воскресенье третьего января"),
        ("2026-11-22T23:15", "в воскресенье двадцать второго ноября в двадцать три часа пятнадцать минут",
         "двадцати трёх часов пятнадцати минут в воскресенье двадцать второго ноября"),
    ],
)  # fmt: skip
def test_opening_times_and_deadlines_in_russian(ru: Reader, at: str, opens: str, due: str) -> None:
    moment = datetime.fromisoformat(at)
    assert said(ru, ru.opens(moment, MONDAY)) == f"Специалисты начнут работу {opens} по вашему времени."
    assert said(ru, ru.due(moment, MONDAY)) == f"Мы ответим не позднее {due} по вашему времени."


@pytest.mark.parametrize(
    ("at", "opens", "due"),
    [
        ("2026-11-23T18:40", "today at six forty p m", "six forty p m today"),
        ("2026-11-24T12:00", "tomorrow at noon", "noon tomorrow"),
        ("2026-11-25T08:05", "on Wednesday the twenty-fifth of November at eight oh five a m",
         "eight oh five a m on Wednesday the twenty-fifth of November"),
    ],
)  # fmt: skip
def test_opening_times_and_deadlines_in_english(en: Reader, at: str, opens: str, due: str) -> None:
    moment = datetime.fromisoformat(at)
    assert said(en, en.opens(moment, MONDAY)) == f"Our specialists start work {opens} your time."
    assert said(en, en.due(moment, MONDAY)) == f"We will answer no later than {due} your time."


def test_opening_times_and_deadlines_in_tatar(tt: Reader) -> None:
    moment = datetime(2026, 11, 24, 8, 30)
    assert said(tt, tt.opens(moment, MONDAY)) == (
        "Белгечләр эшли башлый: иртәгә сәгать сигез утыз минут сезнең вакыт белән."
    )
    assert "иртәгә сәгать сигез утыз минут" in said(tt, tt.due(moment, MONDAY))


def test_a_ticket_is_read_digit_by_digit_in_pairs(ru: Reader) -> None:
    expected = "четыре восемь | два один | пять пять | ноль три"
    assert said(ru, ru.ticket("48215503")) == expected
    assert ru.ticket("4821").count("pause/350") == 1


@given(st.from_regex(r"[0-9]{1,16}", fullmatch=True))
def test_reading_back_the_digits_of_a_ticket_gives_the_ticket(readers: dict[str, Reader], number: str) -> None:
    for reader in readers.values():
        for keys in (reader.ticket(number), reader.digits(number)):
            assert "".join(key[2:] for key in keys if key.startswith("d/")) == number


@pytest.mark.parametrize("bad", ["", "12a", "١٢", "1 2", "-1"])
def test_only_digits_are_read_as_digits(ru: Reader, bad: str) -> None:
    with pytest.raises(ValueError, match="digit"):
        ru.digits(bad)


def test_a_phone_number_is_grouped_as_people_say_it(ru: Reader, en: Reader, tt: Reader) -> None:
    number = "+79161234507"
    assert said(ru, ru.phone(number)) == ("восемь | девятьсот шестнадцать | сто двадцать три | сорок пять | ноль семь")
    assert said(ru, ru.phone("+78000050000")) == "восемь | восемьсот | ноль ноль пять | ноль ноль | ноль ноль"
    assert said(en, en.phone(number)) == "plus seven | nine one six | one two three | four five | zero seven"
    assert said(tt, tt.phone(number)).startswith("сигез | тугыз йөз уналты | йөз егерме өч")
    assert said(ru, ru.phone("+37360123456")) == ("плюс | три семь три | шесть ноль один | два три четыре | пять шесть")


@pytest.mark.parametrize("bad", ["", "89161234567", "+7", "+7916123456x"])
def test_what_is_no_phone_number_is_refused(ru: Reader, bad: str) -> None:
    with pytest.raises(ValueError, match="phone number"):
        ru.phone(bad)


def test_the_announcement_in_a_queue(ru: Reader, en: Reader, tt: Reader) -> None:
    assert said(ru, ru.queue_position(3, 290)) == (
        "Вы третий в очереди. | Примерное время ожидания: пять минут | Пожалуйста, оставайтесь на линии."
    )
    assert said(en, en.queue_position(22, 61)).startswith("You are twenty-second in the queue. |")
    assert "two minutes" in said(en, en.queue_position(22, 61))
    assert said(tt, tt.queue_position(2, None)).startswith("Сез чиратта икенче")
    assert said(ru, ru.queue_position(1, None)) == "Вы следующий в очереди. | Пожалуйста, оставайтесь на линии."
    assert said(ru, ru.queue_position(0, None)) == "Пожалуйста, оставайтесь на линии."
    assert "больше тысячи" in said(ru, ru.queue_position(1000, 60))
    with pytest.raises(ValueError, match="starts at 1"):
        ru.position(0)


@given(data=st.data())
def test_every_key_asked_for_is_required(readers: dict[str, Reader], data: st.DataObject) -> None:
    reader = readers[data.draw(st.sampled_from(sorted(readers)))]
    gender = data.draw(st.sampled_from("mfn"))
    case = data.draw(st.sampled_from(["nom", "acc"]))
    noun = data.draw(st.sampled_from(NOUNS))
    keys = [
        *reader.number(data.draw(st.integers(0, 999_999_999)), gender, case),
        *reader.counted(data.draw(st.integers(0, 99_999)), noun, "nom" if noun == "person" else case),
        *reader.ordinal(data.draw(st.integers(0, 999)), gender),
        *reader.queue_position(data.draw(st.integers(0, 5000)), data.draw(st.none() | st.integers(0, 10**7))),
        *reader.date(data.draw(st.dates()), data.draw(st.sampled_from(["nom", "gen"]))),
        *reader.clock(data.draw(st.integers(0, 23)), data.draw(st.integers(0, 59))),
        *reader.opens(data.draw(st.datetimes()), data.draw(st.dates())),
        *reader.due(data.draw(st.datetimes()), data.draw(st.dates())),
        *reader.window(data.draw(st.datetimes()), data.draw(st.datetimes()), data.draw(st.datetimes())),
        *reader.wait(data.draw(st.integers(0, 10**7))),
        *reader.phone("+" + data.draw(st.from_regex(r"7[0-9]{10}|[1-9][0-9]{6,14}", fullmatch=True))),
        *reader.ticket(data.draw(st.from_regex(r"[0-9]{8}", fullmatch=True))),
    ]
    assert set(keys) <= set(reader.required())


def test_keys_are_file_names_and_texts_have_no_digits(readers: dict[str, Reader]) -> None:
    for reader in readers.values():
        for key, text in reader.required().items():
            assert KEY.match(key)
            assert not any(c.isdigit() for c in text)
            assert bool(text.strip()) != key.startswith("pause/")


def test_a_draft_language_says_that_it_needs_a_review(readers: dict[str, Reader]) -> None:
    assert "native speaker" in readers["tt"].grammar.review
    assert readers["ru"].grammar.review == ""


def test_all_faults_of_a_readout_file_are_listed_at_once() -> None:
    with pytest.raises(DataError) as caught:
        load_reader("xx", 'plural = "odd"\n[numbers]\n1 = 5\nzwei = "zwei"\n[nouns]\nminute = "m"\n')
    lines = str(caught.value).splitlines()
    for part in ("plural", "clock", "phone", "numbers", "ordinals", "months", "digits", "nouns.minute"):
        assert any(line.startswith(f"readout.xx.toml: {part}") for line in lines), part
    with pytest.raises(DataError, match="not valid TOML"):
        load_reader("xx", "= 1")


def test_opening_times_need_their_words(ru_text: str) -> None:
    broken = ru_text.replace('"day/tomorrow" = ', '"day/after" = ').replace('    "в понедельник", ', "    ")
    broken = broken.replace('    "в ноль часов", ', "    ").replace('due = ["due/by", "<clock>"', 'due = ["due/by"')
    with pytest.raises(DataError) as caught:
        load_reader("ru", broken)
    for part in ("'day/tomorrow' is missing", "weekdays: must be a list of 7", "at_hours: must be a list of 24"):
        assert part in str(caught.value)
    assert "patterns.due: <clock> is missing" in str(caught.value)


def test_a_pattern_may_only_name_known_phrases(ru_text: str) -> None:
    with pytest.raises(DataError, match=r"patterns.closing: 'queue/stay' is not in \[phrases\]"):
        load_reader("ru", ru_text.replace('"queue/stay" = ', '"queue/go" = '))
