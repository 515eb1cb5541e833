"""`ivr call` as a user runs it, against a hotline as `ivr run` starts it."""

import asyncio
import json
import os
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from ivr.cli import main
from tests.addresses import free_port


async def ivr(env: dict[str, str], *args: str) -> tuple[int | None, str, str]:
    """Run to the end: exit code, output, errors."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ivr", *args, env=env, stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await asyncio.wait_for(process.communicate(), 90)
    return process.returncode, out.decode(), err.decode()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hotline(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[dict[str, str]]:
    """The environment of a running hotline."""
    state: Path = tmp_path_factory.mktemp("call") / "var"
    state.mkdir(mode=0o700)
    (state / "hotline.toml").write_text("key_timeout = 2.0\n")
    env = {
        **os.environ,
        "IVR_CONFIG_FILE": str(state / "hotline.toml"),
        "IVR_STATE_DIR": str(state),
        "IVR_SIP_PORT": str(free_port()),
        "IVR_RTP_START": "36000",
        "IVR_RTP_END": "36199",
        "IVR_AGI_PORT": str(free_port()),
        "IVR_AMI_PORT": str(free_port()),
        "IVR_WEB_PORT": str(free_port()),
        "IVR_WS_PORT": str(free_port()),
        "IVR_NETWORK_PORT": str(free_port()),
    }
    with (state / "run.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "ivr", "run", "--drain", "0", env=env, stdout=log, stderr=log
        )
    try:
        async with asyncio.timeout(300), aiohttp.ClientSession() as session:
            while not await _ready(session, env["IVR_WEB_PORT"]):
                assert process.returncode is None, (state / "run.log").read_text()
                await asyncio.sleep(0.1)
        yield env
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.wait(), 40)


async def _ready(session: aiohttp.ClientSession, port: str) -> bool:
    try:
        async with session.get(f"http://127.0.0.1:{port}/health/ready") as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False


@pytest.mark.asyncio(loop_scope="module")
async def test_the_whole_story_is_read_from_greeting_to_rating(hotline: dict[str, str]) -> None:
    code, out, err = await ivr(hotline, "call", "--operator", "--keys", ",20 0 0 4", "--limit", "80")
    assert code == 0, err
    said = [line[7:] for line in out.splitlines()]
    assert "calling 88005553535 from +79990000001" in out
    assert said[2].startswith("Здравствуйте!")
    assert "[2][0]" in said
    read = next(i for i, line in enumerate(said) if line == "Please write down your request number.")
    words = said[read + 1]
    number = re.fullmatch(r"(?:[a-z]+ ){8}  \(([0-9]{2}) ([0-9]{2}) ([0-9]{2}) ([0-9]{2})\)", words)
    assert number, words
    later = said[read + 2 :]
    story = ["♪ waiting music", "connected to an operator (op-101)", "the operator has gone", "[4]"]
    assert [line for line in later if line in story] == story, out
    assert "Thank you for your rating!" in later
    assert out.splitlines()[-1].endswith("the hotline hung up"), out
    _, tickets, _ = await ivr(hotline, "tickets", "list", "--json")
    assert "".join(number.groups()) in re.sub(r"[^0-9]", "", json.dumps(json.loads(tickets)))


@pytest.mark.asyncio(loop_scope="module")
async def test_a_citizen_s_phone_rings_and_is_connected_to_an_operator_as_the_readme_says(
    hotline: dict[str, str],
) -> None:
    number = "+74232201234"
    # nobody is due: no failure of a program that runs every minute
    assert (await ivr(hotline, "callbacks", "dispatch"))[0] == 0
    phone = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ivr", "call", "--wait", "--operator", "--number", number, "--keys", "1 5",
        "--limit", "60", env=hotline, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert phone.stdout is not None
    async with asyncio.timeout(60):
        while b"waits to be called" not in await phone.stdout.readline():
            assert phone.returncode is None
    assert (await ivr(hotline, "callbacks", "add", "--number", number, "--tonight"))[0] == 0
    code, _, err = await ivr(hotline, "callbacks", "dispatch")
    assert code == 0, err
    told, _ = await asyncio.wait_for(phone.communicate(), 90)
    said = [line[7:] for line in told.decode().splitlines()]
    assert "the phone rings: 88005553535 calls" in told.decode()
    story = ["[1]", "Соединяю с оператором.", "connected to an operator (op-101)", "Спасибо за оценку!"]
    assert [line for line in said if line in story] == story, told.decode()
    _, callbacks, _ = await ivr(hotline, "callbacks", "list", "--json")
    assert [callback["state"] for callback in json.loads(callbacks)] == ["done"], callbacks


@pytest.mark.asyncio(loop_scope="module")
async def test_a_number_the_hotline_does_not_have_is_said_in_words(hotline: dict[str, str]) -> None:
    code, out, err = await ivr(hotline, "call", "--did", "5")
    assert (code, "Traceback" in err) == (1, False)
    assert out.splitlines()[-1] == "not answered: the hotline does not know this number (see --did)"


def test_without_a_hotline_one_line_says_how_to_start_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["call", "--state-dir", str(tmp_path), "--sip-port", str(free_port())])
    said = capsys.readouterr().err.splitlines()
    assert code == 2
    assert len(said) == 1
    assert "make run" in said[0]
