"""The map as a page: every menu, text and region, and nothing that data could smuggle in."""

from ivr.flow.book import Book
from ivr.flow.commands import FlowSettings
from ivr.flow.html_map import html_map
from ivr.flow.simulate import Report
from ivr.flow.talk import Places
from tests.flow.conftest import Texts


def test_the_map_shows_every_text_and_escapes_it(
    book: Book, texts: Texts, messages: Texts, places: Places, shipped: Report
) -> None:
    planted = {**texts, "ru": {**texts["ru"], "menu/main": "<script>alert('x')</script>", "fraud/1": ""}}
    page = html_map(book, FlowSettings(), planted, shipped, messages, places)
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "missing: fraud/1" in page
    for name in book.menus:
        assert f'id="menu-{name}"' in page
    for name, guide in book.guides.items():
        assert f'id="guide-{name}"' in page
        assert f'href="#guide-{name}"' in page
        assert all(texts["en"][step].split("'")[0] in page for step in guide.steps if "&" not in texts["en"][step])
    for district in places:
        assert f'href="#district-{district}"' in page
        assert f'id="district-{district}"' in page
    # Chukotka: Far East, second group, fourth region
    assert '<code>8 2 4</code></th><td lang="ru">Чукотский автономный округ, нажмите четыре.</td>' in page
    assert '<code>6 2</code></th><td lang="ru">Свердловская область, нажмите два.</td>' in page
    assert 'id="regions"' not in html_map(book, FlowSettings(), planted, shipped, messages)
    assert "http" not in page.replace("https://", "http://").split("<body>")[0]
