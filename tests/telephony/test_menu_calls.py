"""Real calls through the menus: what is heard is compared with the prompt files."""

import asyncio

import pytest

from tests.telephony.conftest import KEY_TIMEOUT, Line

pytestmark = pytest.mark.asyncio(loop_scope="session")

#: keys after the language -> the first words of the place where they lead
PLACES = {
    "11": "signin-password/1",
    "22": "recovery-change/1",
    "32": "identity-photo/1",
    "45": "services-app/1",
    "513": "applications-fee/1",
    "52": "status/enter-number",
    "534": "other-offices/1",
    "551": "say/slow-on",
}
LANGUAGES = {1: "ru", 2: "en", 3: "tt"}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_branch_of_the_main_menu_is_heard_in_its_language(line: Line, language: int) -> None:
    async def walk(keys: str, place: str) -> None:
        citizen = await line.chooses(keys, language)
        await citizen.hears(place, language=LANGUAGES[language])
        await citizen.call.hangup()

    async with asyncio.TaskGroup() as group:
        for keys, place in PLACES.items():
            group.create_task(walk(keys, place))


async def test_greeting_languages_and_notices_are_said_to_who_presses_nothing(line: Line) -> None:
    citizen = await line.calls()
    await citizen.hears("say/hello")
    await citizen.hears("language/this", language="en")
    await citizen.hears("language/this", language="tt")
    assert await citizen.hears("say/welcome") == "say/welcome"
    await citizen.hears("say/never-ask")
    await citizen.hears("menu/main")
    await citizen.call.hangup()


async def test_a_key_interrupts_the_words(line: Line) -> None:
    citizen = await line.chooses("")
    await citizen.hears("say/welcome")
    started = citizen.since
    await citizen.press("1")
    await citizen.hears("menu/signin")
    # the welcome, the notice and the menu would last over twenty seconds
    assert citizen.since - started < 10
    await citizen.call.hangup()


async def test_two_reprompts_on_wrong_keys_then_an_operator(line: Line) -> None:
    citizen = await line.chooses("")
    await citizen.hears("say/welcome")
    await citizen.press("8")
    await citizen.hears("say/wrong-key")
    await citizen.press("7")
    await citizen.hears("say/wrong-key")
    await citizen.press("6")
    await citizen.hears("say/to-operator")
    await citizen.hears("ticket/your-number")
    await citizen.call.hangup()


async def test_silence_is_asked_again_and_ends_at_an_operator(line: Line) -> None:
    citizen = await line.chooses("52", number="+79160000001")
    for _ in range(3):
        await citizen.hears("status/enter-number", limit=KEY_TIMEOUT + 10)
    await citizen.hears("status/cannot-say")
    await citizen.press("0")
    await citizen.hears("ticket/your-number")
    await citizen.call.hangup()


async def test_back_and_repeat(line: Line) -> None:
    citizen = await line.chooses("1")
    await citizen.hears("menu/signin")
    await citizen.press("9")
    await citizen.hears("menu/signin")
    await citizen.press("*")
    await citizen.hears("menu/main")
    await citizen.call.hangup()


async def test_the_registered_trunk_leads_to_the_same_menu(line: Line) -> None:
    await line.network.registered()
    citizen = await line.calls(trunk="b")
    await citizen.hears("say/hello")
    await citizen.call.hangup()


async def test_a_stranger_is_not_served(line: Line) -> None:
    call = await line.network.call("+79161234567", "88005553535", "stranger")
    assert (await call.ended()).cause == 21


async def test_who_hangs_up_anywhere_is_journalled(line: Line) -> None:
    async def hang_up_after(keys: str, number: str) -> None:
        citizen = await line.chooses(keys, number=number)
        await citizen.call.hangup()

    numbers = {f"+7916111000{n}": keys for n, keys in enumerate(("", "1", "11", "111", "52", "0"))}
    async with asyncio.TaskGroup() as group:
        for number, keys in numbers.items():
            group.create_task(hang_up_after(keys, number))
    async with asyncio.timeout(60):
        while True:
            ended = {c["caller"]: c["reason"] for c in await line.ivr("calls", "list", "--limit", "200")}
            if all(ended.get(number) for number in numbers):
                break
    assert {ended[number] for number in numbers} <= {"hung_up", "nobody", "abandoned"}
    assert ended["+79161110001"] == "hung_up"
