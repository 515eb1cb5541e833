"""Cardinals and ordinals against num2words; Tatar against a table made by hand."""

import re

import pytest
from num2words import num2words

from ivr.domain.readout import Reader


def said(reader: Reader, keys: tuple[str, ...]) -> str:
    texts = reader.required()
    return " ".join(texts[key] for key in keys)


def plain(text: str) -> str:
    return re.sub(r"[\s,-]+", " ", text).replace("ё", "е").strip()


@pytest.mark.parametrize("gender", ["m", "f", "n"])
def test_russian_cardinals_of_every_gender_agree_with_num2words(ru: Reader, gender: str) -> None:
    # num2words gives millions the gender of the thing counted ("одна миллион"): compared below them, or masculine
    millions = [1_000_000, 2_500_021, 999_999_999] if gender == "m" else []
    for n in [*range(10_001), 100_000, 121_002, 999_999, *millions]:
        expected = num2words(n, lang="ru", gender=gender)
        assert plain(said(ru, ru.number(n, gender))) == plain(expected), n


@pytest.mark.parametrize("gender", ["m", "f"])
def test_russian_genitives_agree_with_num2words(ru: Reader, gender: str) -> None:
    for n in range(100):
        expected = num2words(n, lang="ru", gender=gender, case="g")
        assert plain(said(ru, ru.number(n, gender, "gen"))) == plain(expected), n


def test_beyond_hours_and_minutes_there_is_no_genitive(ru: Reader) -> None:
    with pytest.raises(ValueError, match="genitive"):
        ru.number(100, "m", "gen")


def test_english_cardinals_agree_with_num2words(en: Reader) -> None:
    for n in [*range(10_001), 100_000, 121_002, 999_999, 1_000_000, 2_500_021]:
        assert plain(said(en, en.number(n))) == plain(num2words(n, lang="en")), n


@pytest.mark.parametrize("gender", ["m", "f", "n"])
def test_russian_ordinals_agree_with_num2words(ru: Reader, gender: str) -> None:
    for n in range(1000):
        expected = num2words(n, lang="ru", to="ordinal", gender=gender)
        assert plain(said(ru, ru.ordinal(n, gender))) == plain(expected), n


def test_english_ordinals_agree_with_num2words(en: Reader) -> None:
    for n in range(1000):
        assert plain(said(en, en.ordinal(n))) == plain(num2words(n, lang="en", to="ordinal")), n


TATAR = {
    0: "ноль", 1: "бер", 7: "җиде", 9: "тугыз", 10: "ун", 11: "унбер", 12: "унике", 17: "унҗиде",
    19: "унтугыз", 20: "егерме", 21: "егерме бер", 30: "утыз", 45: "кырык биш", 58: "илле сигез", 66: "алтмыш алты",
    74: "җитмеш дүрт", 83: "сиксән өч", 99: "туксан тугыз", 100: "йөз", 101: "йөз бер", 118: "йөз унсигез",
    200: "ике йөз", 365: "өч йөз алтмыш биш", 1000: "мең", 1001: "мең бер", 1100: "мең йөз",
    2026: "ике мең егерме алты", 10_000: "ун мең", 21_345: "егерме бер мең өч йөз кырык биш",
    1_000_000: "бер миллион",
}  # fmt: skip
TATAR_ORDINALS = {
    1: "беренче", 2: "икенче", 3: "өченче", 4: "дүртенче", 5: "бишенче", 6: "алтынчы", 7: "җиденче",
    8: "сигезенче", 9: "тугызынчы", 10: "унынчы", 11: "унберенче", 16: "уналтынчы", 19: "унтугызынчы",
    20: "егерменче", 21: "егерме беренче", 30: "утызынчы", 31: "утыз беренче", 36: "утыз алтынчы",
    40: "кырыгынчы", 50: "илленче", 60: "алтмышынчы", 70: "җитмешенче", 80: "сиксәненче", 90: "туксанынчы",
    99: "туксан тугызынчы", 100: "йөзенче", 101: "йөз беренче", 145: "йөз кырык бишенче", 300: "өч йөзенче",
    999: "тугыз йөз туксан тугызынчы",
}  # fmt: skip


def test_russian_millions_are_masculine_whatever_is_counted(ru: Reader) -> None:
    assert said(ru, ru.number(1_000_001, "f")) == "один миллион одна"
    assert said(ru, ru.number(2_002_000, "n")) == "два миллиона две тысячи"


@pytest.mark.parametrize(("n", "text"), TATAR.items())
def test_tatar_cardinals_are_additive(tt: Reader, n: int, text: str) -> None:
    assert said(tt, tt.number(n)) == text
    assert tt.number(n, "f") == tt.number(n)


@pytest.mark.parametrize(("n", "text"), TATAR_ORDINALS.items())
def test_tatar_ordinals_put_the_ending_on_the_last_word(tt: Reader, n: int, text: str) -> None:
    assert said(tt, tt.ordinal(n)) == text


@pytest.mark.parametrize("n", [-1, 1_000_000_000])
def test_a_number_out_of_range_is_refused(ru: Reader, n: int) -> None:
    with pytest.raises(ValueError, match="can be read out"):
        ru.number(n)


@pytest.mark.parametrize("n", [-1, 1000])
def test_an_ordinal_out_of_range_is_refused(ru: Reader, n: int) -> None:
    with pytest.raises(ValueError, match="can be read out"):
        ru.ordinal(n)


def test_an_unknown_gender_or_case_is_refused(ru: Reader) -> None:
    with pytest.raises(ValueError, match="gender"):
        ru.number(1, "x")
    with pytest.raises(ValueError, match="case"):
        ru.number(1, "m", "dative")
    with pytest.raises(ValueError, match="gender"):
        ru.ordinal(1, "g")
