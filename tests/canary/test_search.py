"""The canary can sing: a number planted in each form is found, and nothing else is taken for one."""

import base64
import gzip
import hashlib
import io
import itertools
import json
import sqlite3
import urllib.parse
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from ivr.log import mask
from tests.canary.__main__ import main
from tests.canary.documents import DOCUMENTS, Document
from tests.canary.search import Sighting, search_bytes, search_file
from tests.canary.sinks import search_events
from tests.canary.trails import search_trail
from tests.canary.tree import search_rows, search_tree, sqlite_rows

RU = ["ноль", "один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять"]
EN = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
TT = ["ноль", "бер", "ике", "өч", "дүрт", "биш", "алты", "җиде", "сигез", "тугыз"]


def _packed(digits: str) -> bytes:
    return bytes.fromhex(digits if len(digits) % 2 == 0 else f"0{digits}")


FORMS: dict[str, Callable[[Document], bytes]] = {
    "plain": lambda d: d.digits.encode(),
    "in a longer number": lambda d: f"99{d.digits}99".encode(),
    "the first eight": lambda d: d.digits[:8].encode(),
    "the last eight": lambda d: d.digits[-8:].encode(),
    "utf-16": lambda d: d.digits.encode("utf-16-le"),
    "utf-16, printed": lambda d: d.written[0].encode("utf-16-be"),
    "json list": lambda d: json.dumps(list(d.digits)).encode(),
    "json list of numbers": lambda d: json.dumps([int(digit) for digit in d.digits], indent=2).encode(),
    "json in json": lambda d: json.dumps(json.dumps(list(d.digits))).encode(),
    "one a line": lambda d: "\n".join(d.digits).encode(),
    "dots": lambda d: ".".join(d.digits).encode(),
    "brackets": lambda d: f"({d.digits[:3]}) {d.digits[3:]}".encode(),
    "url-encoded": lambda d: "".join(f"%{ord(digit):02X}" for digit in d.digits).encode(),
    "url-encoded, printed": lambda d: urllib.parse.quote(d.written[0]).replace("%20", " ").encode(),
    "query string": lambda d: urllib.parse.urlencode({"q": " ".join(d.digits)}).encode(),
    "hex": lambda d: d.digits.encode().hex().encode(),
    "hex with spaces": lambda d: d.digits.encode().hex(" ").upper().encode(),
    "escaped": lambda d: "".join(f"\\x{ord(digit):02x}" for digit in d.digits).encode(),
    "escaped as in json": lambda d: "".join(f"\\u{ord(digit):04x}" for digit in d.digits).encode(),
    "entities": lambda d: "".join(f"&#{ord(digit)};" for digit in d.digits).encode(),
    "codes": lambda d: str(list(d.digits.encode())).encode(),
    "integer of a database": lambda d: int(d.digits).to_bytes(8, "big"),
    "integer in memory": lambda d: int(d.digits).to_bytes(8, "little"),
    "packed": lambda d: _packed(d.digits),
    "md5": lambda d: hashlib.md5(d.digits.encode()).hexdigest().encode(),
    "sha256": lambda d: hashlib.sha256(d.digits.encode()).digest(),
    "russian": lambda d: ", ".join(RU[int(digit)] for digit in d.digits).encode(),
    "english": lambda d: " ".join(EN[int(digit)] for digit in d.digits).encode(),
    "tatar": lambda d: " ".join(TT[int(digit)] for digit in d.digits).encode(),
    "russian in json": lambda d: json.dumps([RU[int(digit)] for digit in d.digits]).encode(),
    "sounds": lambda d: json.dumps([f"d/{digit}" for digit in d.digits]).encode(),
    **{f"base64 at {n}": lambda d, n=n: base64.b64encode(b"x" * n + d.digits.encode() + b"yz") for n in range(3)},
    **{f"base64 in a word at {n}": lambda d, n=n: b"a" * n + base64.b64encode(d.digits.encode()) for n in range(4)},
    "base64 for urls, printed": lambda d: base64.urlsafe_b64encode(d.written[0].encode()),
    "base64 of json": lambda d: base64.b64encode(json.dumps(list(d.digits)).encode()),
}  # fmt: skip
#: Moments whose digits are eight of a SNILS, of a card, of an INN.
MOMENTS = (b"2026-11-26 17:28:08.539", b"2026-11-26T06:18:06.935271+00:00", b"[2026-11-26 05:26:08.471]",
           b"|1796426826.084719|")  # fmt: skip
NOISE = b"2026-11-26 04:10:03.123 I ivr.app [1732363200x15] 8 calls, 3 wait \x00\xff\x07", "тишина — 12 с\n".encode()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.kind)
def test_a_number_planted_in_any_form_is_found(document: Document, form: str) -> None:
    text = NOISE[0] + FORMS[form](document) + NOISE[1]
    assert document.kind in {seen.kind for seen in search_bytes(text, "here")}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.kind)
def test_a_number_as_it_is_printed_is_found(document: Document) -> None:
    for written in document.written:
        assert {seen.kind for seen in search_bytes(written.encode(), "here")} == {document.kind}


@pytest.mark.parametrize("form", FORMS)
def test_the_number_of_somebody_else_is_not_taken_for_one(form: str) -> None:
    other = Document("other", "3905716284", ("3905 716284", "39 05 716284", "3905-716284"))
    assert search_bytes(NOISE[0] + FORMS[form](other) + NOISE[1], "here") == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.kind)
def test_what_our_log_leaves_of_a_number_is_none(document: Document) -> None:
    assert search_bytes(mask(f"keys {document.digits} and {document.written[0]}").encode(), "here") == set()


def test_a_moment_is_no_document_and_hides_none() -> None:
    assert not any(search_bytes(moment, "here") for moment in MOMENTS)
    for document in DOCUMENTS:
        for moment in MOMENTS:
            forms = (document.digits, *document.written)
            for between, written in itertools.product((b" ", b",", b".", b";", b"|"), forms):
                beside = moment + between + written.encode() + between + moment
                assert document.kind in {seen.kind for seen in search_bytes(beside, "here")}, beside


def test_a_sighting_shows_no_digit() -> None:
    (seen,) = search_bytes(DOCUMENTS[0].digits.encode(), "log")
    assert seen == Sighting("log", "snils", "digits")
    assert not any(window in f"{seen} {seen!r} {DOCUMENTS[0]!r}" for window in DOCUMENTS[0].windows)


def test_files_are_searched_by_name_by_content_and_inside_archives(tmp_path: Path) -> None:
    digits = DOCUMENTS[1].digits
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / f"{digits}.txt").write_text("nothing")
    with gzip.open(tmp_path / "messages.log.1", "wb") as packed:
        packed.write(digits.encode())
    with zipfile.ZipFile(tmp_path / "export.xlsx", "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("sheet1.xml", f"<v>{digits}</v>" * 9)
    (tmp_path / "talk.wav").write_bytes(b"\0" * 100 + digits.encode())
    (tmp_path / "clean.log").write_bytes(b"".join(NOISE))
    places = {seen.place.replace(str(tmp_path), "").replace(digits, "#") for seen in search_tree(tmp_path)}
    assert places == {"name of /deep/#.txt", "/messages.log.1 unpacked", "/export.xlsx: sheet1.xml", "/talk.wav"}


def test_a_number_across_two_pieces_of_a_large_file_is_found(tmp_path: Path) -> None:
    file = tmp_path / "large"
    file.write_bytes(b"." * (16 * 1024 * 1024 - 5) + DOCUMENTS[2].digits.encode() + b"." * 100)
    assert {seen.kind for seen in search_file(file)} == {"inn-10"}


def test_rows_and_raw_pages_of_a_database_are_searched(tmp_path: Path) -> None:
    file = tmp_path / "hotline.db"
    with sqlite3.connect(file) as database:
        database.execute("pragma journal_mode = wal")
        database.execute("create table notes (id integer primary key, call text, digit text)")
        database.execute("create table sums (number integer)")
        database.execute("insert into sums values (?)", (int(DOCUMENTS[3].digits),))
        database.executemany("insert into notes (call, digit) values ('1732363200x15', ?)", [*DOCUMENTS[0].digits])
        database.commit()
        rows = {(seen.place, seen.kind) for seen in search_rows(sqlite_rows(file), "rows")}
        assert rows == {("rows: sums", "inn-12"), ("rows: notes", "snils")}
        # the number in the pages, too; the trail in the rows alone
        found = {(Path(seen.place).name, seen.kind) for seen in search_tree(tmp_path)}
        assert ("hotline.db-wal", "inn-12") in found and ("hotline.db: notes", "snils") in found


def test_by_hand(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "left").mkdir()
    (tmp_path / "left" / "out").write_text(DOCUMENTS[0].digits)
    assert main([str(tmp_path), "--except", str(tmp_path / "left")]) == 0
    (tmp_path / "queue_log").write_text("\n".join(f"1732363200|1732363200.15|common|NONE|KEY|{digit}"
                                                  for digit in DOCUMENTS[1].digits))  # fmt: skip
    assert main([str(tmp_path), "--except", str(tmp_path / "left")]) == 1
    assert capsys.readouterr().out.endswith("queue_log: passport (one by one: KEY)\n")
    monkeypatch.setattr("sys.stdin", io.StringIO("390571 6284\n"))
    (tmp_path / "notes").write_text("3905-716-284")
    assert main([str(tmp_path), "--stdin"]) == 1
    assert capsys.readouterr().out == f"{tmp_path}/notes: number (digits)\n"
    with pytest.raises(SystemExit, match="2"):
        main([str(tmp_path / "nowhere")])


@pytest.mark.parametrize("line", [
    "[2026-11-26 04:10:03.123] DTMF[123][C-00000007]: channel.c: DTMF begin '{}' received on PJSIP/alpha-0000000a",
    "Event: DTMFEnd Privilege: dtmf,all Channel: PJSIP/trunk-alpha-0000000a Digit: {} DurationMs: 120",
    '(17, "1732363200x15", "ask", \'{{"step": "menu/main", "keys": "{}"}}\')',
    "AGI Rx << GET DATA ivr/d/{} 20 1 on 1732363200.15",
    "200 result={} (timeout) 1732363200.15",
])  # fmt: skip
@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.kind)
def test_a_trail_of_single_keys_is_found_also_when_calls_mix(document: Document, line: str) -> None:
    def told(digits: str, call: str) -> list[str]:
        return [line.format(digit).replace("0000000a", call).replace("00x15", f"00x{call}").replace(
            "00.15", f"00.{call}").replace("C-00000007", f"C-{call}") for digit in digits]  # fmt: skip

    other = told("5" * len(document.digits), "00000011")
    mixed = [each for pair in zip(told(document.digits, "00000022"), other, strict=True) for each in pair]
    assert {seen.kind for seen in search_trail(mixed, "log")} == {document.kind}
    assert search_trail(other, "log") == set()
    # six keys are a trail, five are not
    assert {seen.kind for seen in search_trail(told(document.digits[:6], "00000022"), "log")} == {document.kind}
    assert search_trail(told(document.digits[:5], "00000022"), "log") == set()


def test_an_event_is_named_and_the_numbers_of_packets_are_nobody_s() -> None:
    digits = DOCUMENTS[0].digits
    packets = {"Event": "RTCPSent", "SentNTP": f"{digits}.5", "Report0SourceSSRC": digits, "CallerIDNum": "74951234567"}
    assert search_events([packets]) == set()
    found = {str(each) for each in search_events([packets, packets | {"CallerIDNum": digits}])}
    assert found >= {"manager: snils (digits)", "manager: RTCPSent: snils (digits)"}
