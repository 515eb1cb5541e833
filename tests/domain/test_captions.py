"""What is said, as text."""

from ivr.datafiles import data_reader, read_data
from ivr.domain.captions import Caption, caption
from ivr.domain.readout import load_reader
from ivr.prompts.catalogue import load_catalogue

TEXTS = {prompt.key: prompt.text for prompt in load_catalogue(data_reader(None), ["ru"])}
READER = load_reader("ru", read_data("readout.ru.toml", None))


def test_a_menu_is_its_sentences_and_the_keys_it_offers() -> None:
    said = caption(
        ("item/operator", "press/0", "pause/350", "menu/signin", "item/back", "press/star", "pause/200",
         "item/operator", "press/0", "pause/200"), TEXTS
    )
    assert said.text == TEXTS["menu/signin"]
    assert said.choices == (("*", "Чтобы вернуться назад"), ("0", "Чтобы поговорить с оператором"))


def test_a_number_said_digit_by_digit_is_written_in_its_groups() -> None:
    assert caption(("ticket/your-number", *READER.ticket("12345678")), TEXTS).text.endswith("12 34 56 78")


def test_a_place_in_the_queue_reads_as_a_sentence() -> None:
    assert caption(READER.queue_position(3, 400), TEXTS).text == (
        "Вы третий в очереди. Примерное время ожидания: семь минут Пожалуйста, оставайтесь на линии."
    )


def test_a_sound_without_words_is_left_out() -> None:
    assert caption(("pause/350", "no/such"), TEXTS) == Caption("")
