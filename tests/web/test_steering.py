"""The API of steering and of known faults over HTTP: who may, what is refused, what the audit says."""

import asyncio
import io
from pathlib import Path
from typing import Any

import pytest

from ivr.domain.incidents import FAULTS
from ivr.domain.operators import OperatorTalk
from ivr.domain.queues import QueueView, Waiting
from ivr.prompts.incidents import IncidentSounds
from ivr.prompts.speech import engine_for
from ivr.services.incidents import IncidentDesk
from ivr.services.listening import Listening
from ivr.services.steering import Steering
from ivr.services.steering_orders import SteeringOrders
from ivr.site import Site
from ivr.storage.store import Storage
from ivr.testing import NOON, FixedBoard, FixedClock, MemorySwitchboard
from ivr.web import incidents as incident_pages
from ivr.web.incidents import IncidentPages
from ivr.web.routes import Route
from ivr.web.steering import SteeringPages
from ivr.web.visit import Visit
from tests.prompts.test_incidents import speech
from tests.services.house import staffed

from .conftest import Serve
from .running import Browser, Running

TEXT = "Сейчас не открывается вход на портал. Мы уже чиним."


class Floor:
    """Two callers wait in ural; operators 101 and 102 exist, 101 talks. `patience` (s): with a move, see `Steering`."""

    def __init__(self, folder: Path, patience: float = 20) -> None:
        self.patience = patience
        self.switchboard, self.folder = MemorySwitchboard(), folder
        self.switchboard.talking = [OperatorTalk("101", "PJSIP/op-101-1", "c1")]
        waiting = tuple(Waiting(f"PJSIP/{n}", n, NOON, f"c{n}") for n in (1, 2))
        self.board = FixedBoard(staffed(ural=QueueView("ural", 1, 0, waiting), common=QueueView("common", 1)))

    def routes(self, site: Site, storage: Storage) -> list[Route]:
        clock = FixedClock()
        self.storage, self.orders = storage, SteeringOrders(clock)
        self.steering = steering = Steering(
            self.switchboard, self.board, storage.audit, clock, {"101": ("ural",), "102": ("ural",)}, self.orders,
            self.patience,
        )  # fmt: skip
        listening = Listening(self.switchboard, storage.audit, storage.journal, clock, lambda n: n // 3)
        sounds = IncidentSounds(
            self.folder / "sounds", self.folder / "kept", lambda language: engine_for(language, "espeak"), {}
        )
        self.desk = IncidentDesk(
            storage.incidents, sounds, storage.audit, clock, ("ru", "en"), ("signin",), ("77",), lambda: "i1"
        )

        def lent(visit: Visit, phone: str) -> bool:
            return phone == "sup-1"

        regions = {"77": {"ru": "Москва", "en": "Moscow"}}
        pages = IncidentPages(self.desk, sounds, site.live, ["ru", "en"], ["signin"], regions)
        return [*SteeringPages(steering, listening, storage.audit, lent).routes(), *pages.routes()]


@pytest.fixture
async def floor(serve: Serve, tmp_path: Path) -> tuple[Floor, Running, Browser]:
    """The floor, the site, and a supervisor's browser."""
    floor = Floor(tmp_path)
    site = await serve(floor.routes)
    await site.person("anna", "supervisor")
    return floor, site, await site.browser("anna")


async def test_operators_are_steered_and_the_audit_says_by_whom(floor: tuple[Floor, Running, Browser]) -> None:
    house, _, anna = floor
    for path, body in (
        ("log-in", {}), ("pause", {"reason": "lunch", "why": "asked"}), ("resume", {}), ("log-out", {"why": "over"}),
    ):  # fmt: skip
        assert await anna.ask("POST", f"/api/operators/101/{path}", body) == (204, "")
    assert house.switchboard.members == []
    status, told = await anna.ask("GET", "/api/audit?limit=10")
    assert status == 200
    assert [(d["who"], d["action"], d["target"], d["why"], d["outcome"]) for d in told["deeds"]] == [
        ("anna", "log_out", "101", "over", "done"),
        ("anna", "resume", "101", "", "done"),
        ("anna", "pause", "101", "asked", "done"),
        ("anna", "log_in", "101", "", "done"),
    ]
    status, told = await anna.ask("GET", "/api/audit?action=pause&limit=1")
    assert [d["data"] for d in told["deeds"]] == [{"reason": "lunch"}]


@pytest.mark.parametrize(
    ("path", "body", "status", "error"),
    [
        ("operators/999/pause", {"reason": "lunch"}, 404, "unknown_operator"),
        ("operators/102/pause", {"reason": "lunch"}, 409, "not_logged_in"),
        ("operators/101/pause", {"reason": "holiday"}, 400, "unknown_reason"),
        ("operators/101/pause", {}, 400, "bad_body"),
        ("operators/101/pause", {"reason": "lunch", "why": "x" * 301}, 400, "bad_body"),
        ("operators/102/listen", {"mode": "listen", "phone": "sup-1"}, 409, "not_talking"),
        ("operators/101/listen", {"mode": "listen", "phone": "op-101"}, 400, "bad_body"),
        ("operators/101/listen", {"mode": "listen", "phone": "sup-2"}, 409, "not_lent"),
        ("operators/101/listen", {"mode": "shout", "phone": "sup-1"}, 400, "bad_body"),
        ("callers/c9/move", {"queue": "common"}, 404, "not_waiting"),
        ("callers/c1/move", {"queue": "nowhere"}, 404, "unknown_queue"),
        ("callers/c1/move", {"queue": "ural"}, 409, "same_queue"),
        ("callers/c2/move-up", {"position": 2, "why": "ill"}, 409, "not_earlier"),
        ("callers/c2/move-up", {"position": 1, "why": " "}, 400, "bad_body"),
    ],
)
async def test_what_cannot_be_done_is_refused_in_the_readers_language(
    floor: tuple[Floor, Running, Browser], path: str, body: dict[str, Any], status: int, error: str
) -> None:
    house, _, anna = floor
    for language, letters in (("ru", "абвгдеёжзиклмнопрстуфхцчшщьыъэюя"), ("en", "abcdefghijklmnopqrstuvwxyz")):
        got, told = await anna.ask("POST", f"/api/{path}", body, Accept_Language=language)
        assert (got, told["error_id"]) == (status, error)
        assert set(told["message"].lower()) & set(letters)
    assert house.switchboard.withdrawn == []


async def test_a_caller_is_moved_and_one_who_is_being_moved_is_not_moved_again(
    floor: tuple[Floor, Running, Browser],
) -> None:
    house, _, anna = floor
    house.steering._patience = 0.1
    assert await anna.ask("POST", "/api/callers/c1/move", {"queue": "common"}) == (200, {"outcome": "under_way"})
    house.steering._patience = 20
    status, told = await anna.ask("POST", "/api/callers/c1/move", {"queue": "common"})
    assert (status, told["error_id"]) == (409, "being_moved")
    moving = asyncio.ensure_future(anna.ask("POST", "/api/callers/c2/move-up", {"position": 1, "why": "ill"}))
    async with asyncio.timeout(20):
        while (order := house.orders.take("c2")) is None:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert await moving == (200, {"outcome": "done"})
    assert (order.by, order.why, order.position) == ("anna", "ill", 1)


async def test_with_asterisk_away_that_is_said(floor: tuple[Floor, Running, Browser]) -> None:
    house, _, anna = floor
    house.switchboard.away = True
    status, told = await anna.ask("POST", "/api/operators/101/pause", {"reason": "lunch"})
    assert (status, told["error_id"]) == (503, "asterisk_away")


async def test_a_talk_is_listened_to_by_the_number_that_is_answered(floor: tuple[Floor, Running, Browser]) -> None:
    _, _, anna = floor
    status, told = await anna.ask("POST", "/api/operators/101/listen", {"mode": "whisper", "phone": "sup-1"})
    assert status == 200 and told == {"dial": "*7" + "3" * 16}


async def test_a_fault_is_announced_shown_to_all_who_look_and_ended_once(
    floor: tuple[Floor, Running, Browser],
) -> None:
    house, site, anna = floor
    await site.person("root", "administrator")
    root = await site.browser("root")
    async with anna.live() as live:
        await live.send_json({"subscribe": ["incidents"]})
        assert (await live.receive_json(timeout=20)) == {"topic": "incidents", "data": []}
        status, made = await root.ask("POST", "/api/incidents", {"categories": ["signin"], "texts": {"ru": TEXT}})
        assert (status, made["state"], made["created_by"]) == (200, "on", "root")
        await house.desk.look()
        told = (await live.receive_json(timeout=20))["data"]
        assert [(one["id"], one["subscribers"]) for one in told] == [("i1", 0)]
        await house.desk.subscribe("i1", "+79161234567", "ru", "c1")
        await house.desk.look()
        assert (await live.receive_json(timeout=20))["data"][0]["subscribers"] == 1
    assert await anna.ask("POST", "/api/incidents/i1/end", {"why": "fixed"}) == (200, {"told": 1})
    status, told = await anna.ask("POST", "/api/incidents/i1/end", {})
    assert (status, told["error_id"]) == (404, "not_open")
    assert len(await house.storage.outbox.queued()) == 1
    status, told = await anna.ask("GET", "/api/incidents")
    assert (status, told["incidents"][0]["state"], told["regions"]["77"]) == (200, "over", "Москва")


async def test_each_fault_of_an_announcement_is_told_at_its_field(floor: tuple[Floor, Running, Browser]) -> None:
    _, _, anna = floor
    body = {"categories": ["weather"], "texts": {"ru": "8 800", "tt": TEXT}, "regions": ["99"], "recorded": {"en": "x"}}
    status, told = await anna.ask("POST", "/api/incidents", body, Accept_Language="ru")
    assert (status, told["error_id"]) == (400, "incident")
    assert set(told["fields"]) == {"category", "region", "text_ru", "text_tt"}
    assert "словами" in told["fields"]["text_ru"] and "знаков" in told["fields"]["text_ru"]
    status, told = await anna.ask("POST", "/api/incidents", {"recorded": {"ru": "../../etc/passwd"}})
    assert (status, told["fields"]) == (400, {"text_ru": "такой записи нет"})
    status, told = await anna.ask("GET", "/api/incidents")
    assert told["incidents"] == []


async def test_a_text_is_heard_before_it_is_announced(floor: tuple[Floor, Running, Browser]) -> None:
    _, _, anna = floor
    async with anna.http.get(f"{anna.base}/api/incidents/preview", params={"language": "ru", "text": TEXT}) as answer:
        sound = await answer.read()
    assert (answer.status, answer.content_type, sound[:4]) == (200, "audio/wav", b"RIFF")
    for query, field in ((f"language=xx&text={TEXT}", "language"), ("language=ru&text=8-800", "text")):
        status, told = await anna.ask("GET", f"/api/incidents/preview?{query}")
        assert (status, told["error_id"]) == (400, "incident") and field in told["fields"]


async def test_a_recording_of_the_browser_is_kept_announced_and_heard_again(
    floor: tuple[Floor, Running, Browser],
) -> None:
    _, _, anna = floor
    headers = {"Origin": anna.base, "X-CSRF-Token": anna.csrf, "Content-Type": "audio/wav"}
    place = f"{anna.base}/api/incidents/recordings"

    async def send(data: bytes) -> tuple[int, Any]:
        async with anna.http.post(f"{place}?language=ru", data=io.BytesIO(data), headers=headers) as answer:
            return answer.status, await answer.json()

    # more than the body of any other request may have
    status, told = await send(speech(4))
    assert status == 200
    async with anna.http.get(f"{place}/{told['digest']}") as answer:
        assert (answer.status, await answer.read()) == (200, speech(4))
    status, made = await anna.ask("POST", "/api/incidents", {"recorded": {"ru": told["digest"]}})
    assert (status, made["recorded"]) == (200, {"ru": told["digest"]})
    assert (await send(b"OggS" + bytes(100)))[0] == 400
    assert (await send(bytes(4_000_001)))[0] == 413
    assert (await anna.ask("GET", "/api/incidents/recordings/nothing"))[0] == 404


def test_every_fault_has_words_in_both_languages() -> None:
    assert FAULTS.keys() == incident_pages._RUSSIAN.keys()
