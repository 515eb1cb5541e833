"""Many sounds, few round trips; whatever Asterisk says to that."""

import logging
from collections.abc import Mapping

import pytest

from ivr.agi.channel import AgiChannel
from ivr.agi.playable import Playable
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


def channel(asterisk: Asterisk, playable: Playable | None = None, language: str = "ru") -> AgiChannel:
    headers = {"agi_arg_1": "c1", "agi_language": language}
    return AgiChannel(asterisk, headers, playable)  # type: ignore[arg-type]


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


async def test_a_sound_that_is_missing_leaves_the_groups_after_it_alone() -> None:
    sounds = tuple(f"item/{number}" for number in range(10))
    missing = {"GET VARIABLE": "1 (FAILED)", 'GET DATA "ivr/item/2"': "-1", "CHANNEL STATUS": "6"}
    asterisk = Asterisk({**PLAYED, **missing})
    assert await channel(asterisk).ask(sounds, 1, 5, False) == ""
    told = " ".join(asterisk.lines)
    assert [sound for sound in sounds if f"ivr/{sound}" not in told] == []
    assert asterisk.lines[-1] == 'GET DATA "ivr/item/9" 5000 1'


class Clock:
    """Stands still until told to move."""

    seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


async def test_what_was_just_played_in_any_call_is_not_asked_after() -> None:
    clock, asterisk = Clock(), Asterisk(PLAYED)
    playable = Playable(clock)

    def asked() -> int:
        return sum("BACKGROUNDSTATUS" in line for line in asterisk.lines)

    await channel(asterisk, playable).ask(MENU, 1, 5, False)
    assert asked() == 1
    await channel(asterisk, playable).ask(MENU, 1, 5, False)
    assert asked() == 1
    # another language has its own sounds, one more sound may be missing
    await channel(asterisk, playable, "en").ask(MENU, 1, 5, False)
    assert asked() == 2
    await channel(asterisk, playable).ask(("menu/new", *MENU), 1, 5, False)
    assert asked() == 3
    clock.seconds += 11
    await channel(asterisk, playable).ask(MENU, 1, 5, False)
    assert asked() == 4


@pytest.mark.parametrize("status", ["1 (FAILED)", "0", "1 ()", "1 (ONCE)"])
async def test_what_did_not_surely_play_is_asked_after_again(status: str) -> None:
    playable = Playable()
    for _ in range(2):
        asterisk = Asterisk({**PLAYED, "GET VARIABLE": status})
        await channel(asterisk, playable).ask(MENU, 1, 5, False)
        assert 'GET VARIABLE "BACKGROUNDSTATUS"' in asterisk.lines


async def test_what_a_key_cut_short_was_not_played() -> None:
    playable = Playable()
    await channel(Asterisk({**PLAYED, "EXEC Background": "49"}), playable).ask(MENU, 1, 5, False)
    asterisk = Asterisk(PLAYED)
    await channel(asterisk, playable).ask(MENU, 1, 5, False)
    assert 'GET VARIABLE "BACKGROUNDSTATUS"' in asterisk.lines


async def test_what_is_kept_of_sounds_has_an_end() -> None:
    playable = Playable()
    for number in range(30_000):
        playable.played("ru", (f"ivr/n/{number}",))
    assert len(playable._played) <= 20_001 and playable.lately("ru", ("ivr/n/29999",))


async def test_a_dead_controller_is_noticed_after_some_sounds_not_after_a_whole_menu() -> None:
    asterisk = Asterisk(PLAYED)
    assert await channel(asterisk).ask(tuple(f"item/{number}" for number in range(15)), 1, 5, False) == ""
    assert [line.count("ivr/") for line in asterisk.lines if line.startswith("EXEC")] == [6, 6, 2]


async def test_short_silences_count_for_none() -> None:
    asterisk = Asterisk(PLAYED)
    sounds = ("ticket/your-number", "pause/350", *("d/1", "d/2", "pause/350") * 4, "ticket/repeat")
    assert await channel(asterisk).ask(sounds, 1, 5, False) == ""
    told = [line.split('"')[1].split("&") for line in asterisk.lines if line.startswith("EXEC")]
    assert [len(names) for names in told] == [9, 5]
    assert told[1][0] == "ivr/d/2"


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
    call = channel(asterisk, language="ru_1764")
    for language in ("ru", "ru", "en"):
        await call.set_language(language)
    assert len(asterisk.lines) == 2 and call.language == "en"


async def test_the_language_that_the_channel_has_is_not_set_again() -> None:
    asterisk = Asterisk({"SET VARIABLE": "1"})
    call = channel(asterisk, language="ru")
    await call.set_language("ru")
    assert asterisk.lines == [] and call.language == "ru"


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
