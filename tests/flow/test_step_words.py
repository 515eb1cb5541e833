"""Places of the menu in words: each menu and guide of the shipped book, in each language."""

import pytest

from ivr.datafiles import data_reader
from ivr.flow.book import load_book
from ivr.flow.step_words import step_words
from ivr.prompts.catalogue import load_catalogue

READ = data_reader(None)
BOOK = load_book(READ("menus.toml") or "")


def words(language: str) -> dict[str, str]:
    return step_words(BOOK, {prompt.key: prompt.text for prompt in load_catalogue(READ, (language,))})


@pytest.mark.parametrize("language", ["ru", "en", "tt"])
def test_every_place_but_the_first_has_words(language: str) -> None:
    named = {f"menu/{id_}" for id_ in BOOK.menus} | {f"guide/{id_}" for id_ in BOOK.guides}
    assert named - words(language).keys() == {f"menu/{BOOK.first}"}


def test_words_say_what_it_is_about_without_the_lead_in() -> None:
    assert words("ru")["guide/signin-password"] == "Не подходит логин или пароль"
    assert words("ru")["guide/services-upload"] == "Вопрос о загрузке документов"
    assert words("en")["menu/signin"] == "You cannot sign in"
