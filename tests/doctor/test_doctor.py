"""The doctor finds each planted fault and says the remedy; a healthy place is called healthy."""

import asyncio
import json
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ivr.commands.doctor import examine
from ivr.config import Config, Secret, Trunk
from ivr.doctor import machine, pbx, settings, state
from ivr.doctor.check import Check
from ivr.domain.numbering import PlanBuilder, PlanFile, Territory
from ivr.pbx.paths import AsteriskInstall
from ivr.pbx.ports import Port
from ivr.pbx.provision import Provisioner
from ivr.storage.numbering_file import plan_path, save_plan
from ivr.storage.schema import upgrade
from tests.addresses import free_port

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def bad(check: Check, status: str, words: str) -> None:
    assert check.status == status, check
    assert words in check.what, check
    assert check.remedy, "a fault without a remedy"


@pytest.mark.parametrize(("change", "words"), [
    ({"trunks": (Trunk("all", ("0.0.0.0/0",)),)}, "whole world"),
    ({"trunks": (Trunk("wide", ("10.0.0.0/8",)),)}, "16777216 addresses"),
    ({"trunks": (Trunk("far", ("203.0.113.7",)),)}, "listens on 127.0.0.1 only"),
    ({"trunks": (Trunk("reg", host="sip.example.com", username="u", password=Secret("p")),)}, "is outside"),
])
def test_unwise_trunks_are_warned_of(change: dict[str, tuple[Trunk, ...]], words: str) -> None:
    bad(settings.trunks(replace(Config(), **change)), "warn", words)  # type: ignore[arg-type]


@pytest.mark.parametrize(("name", "words"), [
    ("agi_host", "FastAGI and its password"), ("web_host", "web_host 0.0.0.0"), ("sip_bind", "sip_bind 0.0.0.0"),
    ("asterisk_host", "manager speaks in clear"),
])
def test_public_addresses_are_warned_of(name: str, words: str) -> None:
    bad(settings.exposure(replace(Config(), **{name: "0.0.0.0"})), "warn", words)  # type: ignore[arg-type]


def test_a_provider_that_is_told_an_address_it_cannot_reach_is_warned_of() -> None:
    inside = replace(Config(), trunks=(Trunk("far", ("8.8.8.8",)),), sip_bind="10.0.0.5")
    bad(settings.sound(inside), "warn", "trunk far is told to send sound to 10.0.0.5")
    for good in (replace(inside, public_address="9.9.9.9"), replace(inside, trunks=(Trunk("near", ("10.0.0.9",)),))):
        assert settings.sound(good).status == "ok"


def test_the_numbering_plan_is_missing_damaged_old_or_good(tmp_path: Path) -> None:
    config = replace(Config(), state_dir=tmp_path)
    bad(state.numbering(config, NOW), "warn", "no numbering plan")
    builder = PlanBuilder()
    builder.add(9140000000, 9149999999, builder.number_of(Territory("Приморский край", ("25",))))
    save_plan(plan_path(tmp_path), builder.plan([PlanFile("DEF-9xx", "DEF-9xx.csv", 1, 10**7, NOW)]))
    good = state.numbering(config, NOW + timedelta(days=365))
    assert (good.status, good.what) == ("ok", "1 ranges of DEF-9xx")
    bad(state.numbering(config, NOW + timedelta(days=366)), "warn", "more than a year ago")
    plan_path(tmp_path).write_text("garbage")
    bad(state.numbering(config, NOW), "warn", "no numbering plan of this version")


def test_nothing_is_looked_at_twice(tmp_path: Path) -> None:
    config = replace(Config(), state_dir=tmp_path / "var", asterisk=str(tmp_path / "none"))
    names = [check.name for check in examine(config, NOW)]
    assert len(set(names)) == len(names) > 20


def test_each_part_is_looked_for_where_it_is(tmp_path: Path) -> None:
    here = replace(Config(), state_dir=tmp_path / "var", asterisk=str(tmp_path / "none"), sip_port=free_port())
    alone = replace(here, asterisk_host="203.0.113.2", sip_bind="203.0.113.34", agi_port=free_port(),
                    web_port=free_port(), ice_addresses=("203.0.113.34=203.0.113.99",),
                    controller_addresses=("203.0.113.3",))  # fmt: skip
    names = ("Asterisk", "browsers", "ports")
    found = {check.name: check for check in examine(alone, NOW)}
    assert {name: found[name].status for name in names} == dict.fromkeys(names, "ok")
    assert "at 203.0.113.2" in found["Asterisk"].what and "modules" not in found
    assert {check.name: check for check in examine(here, NOW)}["Asterisk"].status == "fail"


@pytest.mark.parametrize(("setting", "name"), [("asterisk_host", "Asterisk"), ("agi_host", "agi_host")])
def test_a_part_that_is_not_here_is_warned_of_unless_the_parts_are_apart(
    tmp_path: Path, setting: str, name: str
) -> None:
    config = replace(Config(), state_dir=tmp_path / "var", asterisk=str(tmp_path / "none"))
    mistyped = replace(config, **{setting: "203.0.113.2"})  # type: ignore[arg-type]
    bad({check.name: check for check in examine(mistyped, NOW)}[name], "warn", f"{setting} 203.0.113.2 is no address")
    apart = replace(mistyped, controller_addresses=("203.0.113.3", "127.0.0.1"))
    assert {check.name: check for check in examine(apart, NOW)}[name].status == "ok"


def test_the_defaults_are_wise() -> None:
    assert {check(Config()).status for check in (settings.trunks, settings.exposure, settings.sound)} == {"ok"}


def test_a_named_asterisk_that_is_not_one_is_found(tmp_path: Path) -> None:
    check, install = pbx.asterisk(str(tmp_path / "nothing"), Provisioner(tmp_path, print))
    bad(check, "fail", "is not a program")
    assert install is None


def test_no_asterisk_yet_is_a_warning(tmp_path: Path) -> None:
    check, _ = pbx.asterisk("", Provisioner(tmp_path, print), search=str(tmp_path))
    bad(check, "warn", "none yet")


def test_a_missing_module_is_named(tmp_path: Path) -> None:
    template = tmp_path / "modules.conf.j2"
    template.write_text("[modules]\nautoload = no\nload = app_queue.so\nload = res_agi.so\n")
    (tmp_path / "app_queue.so").touch()
    install = AsteriskInstall(("x",), tmp_path, tmp_path, "22.1", "machine")
    check = pbx.modules(install, template)
    bad(check, "fail", "lacks res_agi.so")
    (tmp_path / "res_agi.so").touch()
    assert pbx.modules(install, template).status == "ok"


def test_a_state_folder_open_to_others_is_found(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    bad(state.state_dir(tmp_path), "fail", "mode 755")
    tmp_path.chmod(0o700)
    assert state.state_dir(tmp_path).status == "ok"


def test_a_state_folder_that_is_a_file_is_found(tmp_path: Path) -> None:
    file = tmp_path / "var"
    file.touch()
    bad(state.state_dir(file), "fail", "cannot be written")


def test_secrets_others_can_read_are_found(tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    assert state.secrets(file).status == "ok"
    file.touch(mode=0o644)
    bad(state.secrets(file), "fail", "mode 644")
    file.chmod(0o600)
    assert state.secrets(file).status == "ok"


def test_the_database_is_new_then_old_then_good(tmp_path: Path) -> None:
    config = replace(Config(), state_dir=tmp_path)
    assert state.database(config).status == "ok"
    (tmp_path / "hotline.db").touch()
    bad(state.database(config), "fail", "at revision none")
    asyncio.run(upgrade(config.database))
    assert state.database(config).status == "ok"


def test_a_database_that_is_away_is_found_without_its_password(tmp_path: Path) -> None:
    url = Secret(f"postgresql+asyncpg://u:hidden@127.0.0.1:{free_port()}/x")
    check = state.database(replace(Config(), state_dir=tmp_path, database_url=url))
    assert check.status == "fail" and check.remedy and "hidden" not in check.what


def test_missing_sounds_are_found(tmp_path: Path) -> None:
    config = replace(Config(), state_dir=tmp_path, languages=("ru",), asterisk_cache=tmp_path / "cache")
    assert state.prompts(config).status == "ok"
    (tmp_path / "sounds").mkdir()
    bad(state.prompts(config), "fail", "are not there, such as ru/")


def test_a_full_disk_is_found(tmp_path: Path) -> None:
    bad(machine.disk(tmp_path, 10_000_000), "fail", "10 MB free")
    bad(machine.disk(tmp_path, 900_000_000), "warn", "900 MB free")
    assert machine.disk(tmp_path / "not" / "yet", 10**12).status == "ok"


def test_a_clock_of_the_past_is_found() -> None:
    bad(machine.clock(datetime(1970, 1, 1, tzinfo=UTC)), "fail", "1970")
    bad(machine.clock(datetime(2099, 1, 1, tzinfo=UTC)), "warn", "2099")
    assert machine.clock(NOW).status == machine.zones().status == "ok"


def test_missing_speech_is_found(tmp_path: Path) -> None:
    bad(machine.speech(str(tmp_path)), "warn", "espeak-ng")


def test_a_taken_port_is_found_but_our_own_is_not() -> None:
    port = Port("web_port", "127.0.0.1", free_port())
    assert pbx.ports([port], "").status == "ok"
    with socket.create_server(("127.0.0.1", port.number)):
        bad(pbx.ports([port], ""), "fail", f"process {os.getpid()}")
        assert pbx.ports([port], "4711").status == "ok"


@contextmanager
def manager(answer: Callable[[bytes], bytes], greeting: bytes = b"Asterisk Call Manager/11.0.0\r\n") -> Iterator[int]:
    """A stand-in for the manager interface: every action is answered with `answer(action)`."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                link, _ = server.accept()
            except OSError:
                return
            with link:
                link.settimeout(20)
                try:
                    link.sendall(greeting)
                    buffer = b""
                    while b"Logoff" not in buffer and (data := link.recv(4096)):
                        buffer += data
                        while b"\r\n\r\n" in buffer and b"Logoff" not in buffer:
                            action, buffer = buffer.split(b"\r\n\r\n", 1)
                            link.sendall(answer(action))
                except OSError:
                    continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield server.getsockname()[1]
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(10)


def login(secret: str) -> Callable[[bytes], bytes]:
    def answer(action: bytes) -> bytes:
        fields = dict(line.split(": ", 1) for line in action.decode().splitlines() if ": " in line)
        good = fields.get("Secret", secret) == secret
        words = "Response: Success\r\nMessage: fine" if good else "Response: Error\r\nMessage: Authentication failed"
        return f"{words}\r\nActionID: {fields['ActionID']}\r\n\r\n".encode()
    return answer


@pytest.mark.parametrize(("stored", "status"), [("s3cret", "ok"), ("other", "fail")])
def test_the_manager_log_in_is_tried(tmp_path: Path, stored: str, status: str) -> None:
    file = tmp_path / "secrets.json"
    file.write_text(json.dumps({"ami": stored}))
    with manager(login("s3cret")) as port:
        check = pbx.ami(port, file)
    assert check.status == status and "s3cret" not in check.what and stored not in check.what


def test_a_manager_without_our_secrets_and_one_that_is_away_are_told(tmp_path: Path) -> None:
    bad(pbx.ami(free_port(), tmp_path / "none"), "warn", "nothing answers")
    with manager(login("x")) as port:
        bad(pbx.ami(port, tmp_path / "none"), "fail", "no manager password")


def test_a_controller_that_does_not_answer_is_told() -> None:
    port = free_port()
    bad(pbx.agi("127.0.0.1", port), "warn", "nothing answers")
    with socket.create_server(("127.0.0.1", port)):
        assert pbx.agi("127.0.0.1", port).status == "ok"


def test_a_trial_time_is_warned_of() -> None:
    bad(settings.trial(replace(Config(), test_time="2026-01-15T09:00:00+03:00")), "warn", "2026-01-15T09:00:00+03:00")
    assert settings.trial(Config()).status == "ok"


@pytest.mark.parametrize(("day", "missing"), [
    (datetime(2026, 3, 1, tzinfo=UTC), []),
    (datetime(2031, 9, 30, tzinfo=UTC), ["holidays.2031.toml"]),
    (datetime(2031, 10, 1, tzinfo=UTC), ["holidays.2031.toml", "holidays.2032.toml"]),
])
def test_years_without_their_days_off_are_warned_of(day: datetime, missing: list[str]) -> None:
    checks = state.holidays(Config(), day)
    assert [c.what.partition(":")[0] for c in checks if c.status == "warn"] == missing
    assert all(c.remedy for c in checks) or [c.status for c in checks] == ["ok"]
