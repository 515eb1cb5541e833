from pathlib import Path

import pytest

from ivr.config import Secret, load_config
from ivr.errors import ConfigError


def test_defaults_bind_to_loopback_only() -> None:
    config = load_config(environ={})
    assert {config.sip_bind, config.agi_host, config.web_host, config.asterisk_host} == {"127.0.0.1"}
    assert config.controller_addresses == ("127.0.0.1",)


def test_flags_win_over_environment_over_file(tmp_path: Path) -> None:
    file = tmp_path / "hotline.toml"
    file.write_text("sip_port = 1111\nagi_port = 1112\nweb_port = 1113\n")
    config = load_config(file, {"IVR_AGI_PORT": "2222", "IVR_WEB_PORT": "2223"}, web_port=3333)
    assert (config.sip_port, config.agi_port, config.web_port) == (1111, 2222, 3333)


def test_all_faults_are_listed_at_once_with_file_key_and_what_is_allowed(tmp_path: Path) -> None:
    file = tmp_path / "hotline.toml"
    file.write_text(
        'sip_port = 99999\ndid = "call me"\ncolour = "red"\nlanguages = ["ru", 5]\nkey_timeout = true\n'
        '[[trunks]]\nname = "Bad Name"\naddresses = ["300.1.1.1"]\n[[operators]]\nlogin = "x"\n'
    )
    with pytest.raises(ConfigError) as caught:
        load_config(file, {"IVR_WEB_PORT": "http"})
    text = str(caught.value)
    for part in (
        "sip_port",
        "1 to 65535",
        "did",
        "colour",
        "unknown setting",
        "languages",
        "key_timeout",
        "IVR_WEB_PORT",
        "Bad Name",
        "300.1.1.1",
        "login",
    ):
        assert part in text
    assert len(caught.value.faults) >= 9


def test_broken_toml_names_the_file(tmp_path: Path) -> None:
    file = tmp_path / "hotline.toml"
    file.write_text("did = [")
    with pytest.raises(ConfigError, match=r"hotline\.toml"):
        load_config(file, {})


def test_a_missing_file_that_was_asked_for_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        load_config(tmp_path / "absent.toml", {})


def test_a_secret_never_shows_itself() -> None:
    secret = Secret("topsecret")
    assert "topsecret" not in f"{secret} {secret!r} {secret!s} {[secret]} {secret:>20}"
    assert "topsecret" not in "%s" % secret  # noqa: UP031
    assert secret.reveal() == "topsecret"


def test_a_secret_from_the_environment_is_not_shown_in_the_configuration() -> None:
    config = load_config(environ={"IVR_DATABASE_URL": "postgresql+asyncpg://u:pw12345@h/db"})
    assert "pw12345" not in repr(config)
    assert config.database == "postgresql+asyncpg://u:pw12345@h/db"


def test_values_that_could_add_lines_to_the_pbx_configuration_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "hotline.toml"
    file.write_text(
        '[[trunks]]\nname = "p"\nhost = "a.example\\nauth=none"\nusername = "u"\npassword = "p;x"\n'
        '[[operators]]\nlogin = "101"\nname = "A\\nB"\nsecret = "a b"\n'
    )
    with pytest.raises(ConfigError) as caught:
        load_config(file, {})
    assert len(caught.value.faults) >= 4


def test_a_secret_may_stand_in_a_file_and_the_variable_itself_comes_first(tmp_path: Path) -> None:
    file = tmp_path / "url"
    file.write_text("postgresql://u:pw12345@h/db\n")
    named = {"IVR_DATABASE_URL_FILE": str(file)}
    assert load_config(environ=named).database == "postgresql://u:pw12345@h/db"
    assert load_config(environ={**named, "IVR_DATABASE_URL": ""}).database == "postgresql://u:pw12345@h/db"
    assert load_config(environ={**named, "IVR_DATABASE_URL": "sqlite:///x.db"}).database == "sqlite:///x.db"


def test_a_secret_s_file_that_cannot_be_read_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"IVR_DATABASE_URL_FILE: .*absent cannot be read: No such file"):
        load_config(environ={"IVR_DATABASE_URL_FILE": str(tmp_path / "absent")})


def test_what_is_no_secret_is_not_looked_for_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "port").write_text("99")
    assert load_config(environ={"IVR_SIP_PORT_FILE": str(tmp_path / "port")}).sip_port == 5060


def test_a_trunk_over_tls_needs_what_belongs_to_it(tmp_path: Path) -> None:
    file = tmp_path / "hotline.toml"
    begin = '[[trunks]]\nname = "p"\naddresses = ["10.0.0.9"]\n'

    def faults(more: str, first: str = "") -> str:
        file.write_text(first + begin + more)
        with pytest.raises(ConfigError) as caught:
            load_config(file, {})
        return "\n".join(caught.value.faults)

    assert "'tcp' is not udp or tls" in faults('transport = "tcp"')
    assert "'on' is not rtp or srtp" in faults('media = "on"')
    assert 'srtp needs transport = "tls"' in faults('media = "srtp"')
    assert "needs sip_certificate and sip_key" in faults('transport = "tls"')
    assert "not an existing file" in faults('transport = "tls"', 'sip_certificate = "/none"\nsip_key = "/none"\n')
    assert "set together with sip_certificate" in faults("", f'sip_key = "{file}"\n')
    file.write_text(f'sip_certificate = "{file}"\nsip_key = "{file}"\nsip_ca = "{file}"\n{begin}'
                    'transport = "tls"\nmedia = "srtp"\n')  # fmt: skip
    assert load_config(file, {}).trunks[0].tls
    with pytest.raises(ConfigError, match="another port than sip_port"):
        load_config(file, {"IVR_SIP_PORT": "5061"})
