"""Many sounds, few round trips; whatever Asterisk says to that."""

import logging
from collections.abc import Mapping

import pytest

from ivr.agi.channel import AgiChannel
from ivr.agi.protocol import AgiError, Reply, parse_reply
from ivr.errors import CallerHungUp
from ivr.flow.commands import Enqueue
from ivr.services.ports import Handover


class Asterisk:
    """Answers each command by what it begins with; keeps them."""

    def __init__(self, answers: Mapping[str, str]) -> None:
        self.answers, self.lines = dict(answers), []

    async def send(self, line: bytes, limit: float = 0) -> Reply:
        told = line.decode().strip()
        self.lines.append(told)
        longest = max((words for words in self.answers if told.startswith(words)), key=len)
        return parse_reply(f"200 result={self.answers[longest]}\n".encode())


PLAYED = {"EXEC Background": "0", "GET VARIABLE": "1 (SUCCESS)", "GET DATA": " (timeout)", "EXEC MSet": "0"}
MENU = ("menu/main", "item/a", "press/1", "pause/200")


def channel(asterisk: Asterisk) -> AgiChannel:
    return AgiChannel(asterisk, {"agi_arg_1": "c1"})  # type: ignore[arg-type]


async def test_all_sounds_but_the_last_are_one_command() -> None:
    asterisk = Asterisk(PLAYED)
    assert await channel(asterisk).ask(MENU, 1, 5, False) == ""
    assert asterisk.lines == [
        'EXEC Background "ivr/menu/main&ivr/item/a&ivr/press/1"',
        'GET VARIABLE "BACKGROUNDSTATUS"',
        'GET DATA "ivr/pause/200" 5000 1',
    ]


@pytest.mark.parametrize(("code", "key"), [("49", "1"), ("42", "*"), ("35", "#"), ("48", "0"), ("68", "D")])
async def test_a_key_ends_them_and_comes_back_in_the_answer(code: str, key: str) -> None:
    asterisk = Asterisk({**PLAYED, "EXEC Background": code})
    assert await channel(asterisk).ask(MENU, 1, 5, False) == key
    assert len(asterisk.lines) == 1


async def test_several_keys_are_collected_as_before() -> None:
    asterisk = Asterisk({**PLAYED, "GET DATA": "1234"})
    assert await channel(asterisk).ask(MENU, 4, 5, True) == "1234"
    assert asterisk.lines == ['GET DATA "ivr/menu/main" 20 4']


async def test_a_sound_that_is_missing_takes_no_other_with_it(caplog: pytest.LogCaptureFixture) -> None:
    missing = {"GET VARIABLE": "1 (FAILED)", 'GET DATA "ivr/item/a"': "-1", "CHANNEL STATUS": "6"}
    asterisk = Asterisk({**PLAYED, **missing})
    with caplog.at_level(logging.ERROR):
        assert await channel(asterisk).ask(MENU, 1, 5, False) == ""
    played = [line.split('"')[1] for line in asterisk.lines if line.startswith("GET DATA")]
    assert [name for name in played if name] == [f"ivr/{key}" for key in MENU]
    assert "ivr/item/a" in caplog.text


async def test_a_dead_controller_is_noticed_after_some_sounds_not_after_a_whole_menu() -> None:
    asterisk = Asterisk(PLAYED)
    assert await channel(asterisk).ask(tuple(f"item/{number}" for number in range(15)), 1, 5, False) == ""
    assert [line.count("ivr/") for line in asterisk.lines if line.startswith("EXEC")] == [6, 6, 2]


async def test_a_long_list_is_told_in_lines_that_asterisk_takes() -> None:
    sounds = tuple(f"region/{number:03d}-{'x' * 40}" for number in range(120))
    asterisk = Asterisk(PLAYED)
    assert await channel(asterisk).ask(sounds, 1, 5, False) == ""
    told = [line for line in asterisk.lines if line.startswith("EXEC")]
    assert all(len(line) < 2000 for line in told)
    names = [name for line in told for name in line.split('"')[1].split("&")]
    assert names == [f"ivr/{sound}" for sound in sounds[:-1]]


async def test_who_hangs_up_is_noticed() -> None:
    with pytest.raises(CallerHungUp):
        await channel(Asterisk({**PLAYED, "EXEC Background": "-1"})).ask(MENU, 1, 5, False)


@pytest.mark.parametrize("nonsense", ["7", "-2", "1000", "x"])
async def test_what_is_no_key_is_no_answer(nonsense: str) -> None:
    with pytest.raises(AgiError):
        await channel(Asterisk({**PLAYED, "EXEC Background": nonsense})).ask(MENU, 1, 5, False)


async def test_a_language_that_is_spoken_is_not_set_again() -> None:
    asterisk = Asterisk({"SET VARIABLE": "1"})
    call = channel(asterisk)
    for language in ("ru", "ru", "en"):
        await call.set_language(language)
    assert len(asterisk.lines) == 2 and call.language == "en"


@pytest.mark.parametrize("category", ["sign,in", 'sign"in', "sign in", "вход"])
async def test_a_value_that_would_be_split_is_set_on_its_own(category: str) -> None:
    asterisk = Asterisk({"SET VARIABLE": "1", **PLAYED})
    await channel(asterisk).leave_to_queue(Handover(Enqueue("ural", "1", category), "ru"))
    assert not any(line.startswith("EXEC") for line in asterisk.lines)
    assert asterisk.lines[-1] == 'SET VARIABLE "IVR_NEXT" "queue"'


async def test_where_many_cannot_be_set_at_once_each_is_set() -> None:
    asterisk = Asterisk({"SET VARIABLE": "1", **PLAYED, "EXEC MSet": "-2"})
    await channel(asterisk).leave_to_end("solved")
    assert asterisk.lines[1:] == ['SET VARIABLE "IVR_REASON" "solved"', 'SET VARIABLE "IVR_NEXT" "end"']
