"""The certificates of SIP over TLS: what is wrong with them is said before providers say it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ivr.config import Config, Trunk
from ivr.doctor.certificates import certificates
from tests.telephony.certificates import authority, make_authority, make_pair, pair

NOW = datetime.now(UTC)
TRUNK = Trunk("gamma", addresses=("10.0.0.9",), transport="tls", media="srtp")


@pytest.fixture
def config(tmp_path: Path) -> Config:
    make_authority(tmp_path)
    make_pair(tmp_path, "hotline", "127.0.0.1", days=60)
    certificate, key = pair(tmp_path, "hotline")
    return Config(trunks=(TRUNK,), sip_certificate=certificate, sip_key=key, sip_ca=authority(tmp_path))


def said(config: Config, at: datetime = NOW) -> tuple[str, str]:
    found = certificates(config, at)
    return found.status, found.what


def test_one_that_is_good_says_until_when(config: Config) -> None:
    status, what = said(config)
    assert (status, f"{datetime.now(UTC) + timedelta(days=60):%Y-%m}" in what) == ("ok", True)


def test_it_is_said_in_time_that_it_ends_and_when_it_has_ended(config: Config) -> None:
    assert said(config, NOW + timedelta(days=38))[0] == "ok"
    status, what = said(config, NOW + timedelta(days=40, hours=12))
    assert (status, "ends in 19 days" in what) == ("warn", True)
    status, what = said(config, NOW + timedelta(days=61))
    assert (status, "providers refuse us" in what) == ("fail", True)


def test_a_key_of_another_certificate_and_nonsense_are_told(config: Config, tmp_path: Path) -> None:
    other = pair(tmp_path, "authority")[1]
    assert said(replace(config, sip_key=other)) == (
        "fail", f"{config.sip_certificate}: cannot be used (key values mismatch)",
    )  # fmt: skip
    assert config.sip_certificate is not None
    config.sip_certificate.write_text("no certificate")
    assert said(config)[0] == "fail"


def test_a_key_that_others_can_read_and_an_authority_that_is_not_there_are_told(config: Config, tmp_path: Path) -> None:
    missing = replace(config, sip_ca=tmp_path / "none.pem")
    assert "no provider can be checked" in said(missing)[1]
    assert config.sip_key is not None
    config.sip_key.chmod(0o644)
    assert said(config) == ("fail", f"{config.sip_key} can be read by others")


def test_who_only_registers_needs_none_and_who_uses_none_is_asked_nothing(config: Config) -> None:
    assert "we show no certificate" in said(replace(config, sip_certificate=None, sip_key=None))[1]
    assert said(Config()) == ("ok", "no trunk uses TLS")
