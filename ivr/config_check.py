"""What makes the settings of a deployment usable. All faults, in plain words."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from ipaddress import ip_address, ip_network
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

from ivr.domain.calendar_clock import FIRST_YEAR, LAST_YEAR, reckoned

if TYPE_CHECKING:
    from ivr.config import Config

#: Settings that say how long something is kept.
KEPT_DAYS = (
    "calls_days", "contacts_days", "tickets_days", "callbacks_days", "messages_days", "places_days", "counts_days",
    "audit_days", "logs_days",
)  # fmt: skip
_PORTS = (
    "sip_port", "sip_tls_port", "agi_port", "ami_port", "web_port", "ws_port", "network_port", "rtp_start", "rtp_end",
)  # fmt: skip
_DATABASE = re.compile(r"(sqlite|postgres|postgresql)(\+\w+)?://")
_NAME = re.compile(r"[a-z][a-z0-9-]{0,30}\Z")
_DID = re.compile(r"\+?[0-9]{3,15}\Z")
_LINK = re.compile(r"(?=.{1,100}\Z)https://[^\s{}]+\{id\}[^\s{}]*\Z")
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?/?\Z", re.IGNORECASE)
_LANGUAGE = re.compile(r"[a-z]{2,3}\Z")


def check(config: "Config", path: Path, places: Mapping[str, str] | None = None) -> list[str]:
    """Every fault of the merged settings, each as one line: place, value, what is allowed.

    `places`: where a setting came from that is not of the file `path` ("--sip-port").
    """
    faults: list[str] = []
    file = str(path) if path.exists() else "settings"
    places = places or {}

    def need(good: bool, key: str, allowed: str) -> None:
        if not good:
            value = getattr(config, key, None)
            shown = repr(str(value) if isinstance(value, Path) else value)
            faults.append(f"{places.get(key, f'{file}: {key}')}: {shown} is not {allowed}")

    for key in _PORTS:
        need(1 <= getattr(config, key) <= 65535, key, "a port (1 to 65535)")
    need(config.network_port != config.sip_port, "network_port", "another port than sip_port")
    need(config.rtp_end - config.rtp_start >= 3, "rtp_end", "at least rtp_start + 3")
    for key in ("sip_bind", "agi_host", "web_host", "asterisk_host"):
        need(_is_address(getattr(config, key)), key, "an IP address")
    need(not config.public_address or _is_address(config.public_address), "public_address", "an IP address, or empty")
    known = bool(config.controller_addresses) and all(map(_is_address, config.controller_addresses))
    need(known, "controller_addresses", "a list of IP addresses")
    need(
        all(_is_pair(pair) for pair in config.ice_addresses),
        "ice_addresses",
        "a list of pairs such as 192.168.1.10=203.0.113.10",
    )
    need(bool(_DID.match(config.did)), "did", "3 to 15 digits, as the trunk sends them")
    need(
        all(_LANGUAGE.match(c) for c in config.languages) and bool(config.languages),
        "languages",
        "a list of language codes such as ru, en, tt",
    )
    need(config.default_language in config.languages, "default_language", "one of `languages`")
    need(1 <= config.max_calls <= 10000, "max_calls", "between 1 and 10000")
    for key in ("key_timeout", "slow_key_timeout"):
        need(1 <= getattr(config, key) <= 60, key, "between 1 and 60 seconds")
    need(config.record in ("talk", "off"), "record", "talk or off")
    # it becomes part of an argument in the dialplan
    place = str(config.state_dir.expanduser().resolve())
    plain = config.record == "off" or not re.search(r"[,()$\"]", place)
    need(plain, "state_dir", f'a folder in whose path ({place}) are none of , ( ) $ "; or set record = "off"')
    need(1 <= config.recordings_days <= 3650, "recordings_days", "between 1 and 3650 days")
    for key in KEPT_DAYS:
        need(2 <= getattr(config, key) <= 36_500, key, "between 2 and 36500 days")
    need(config.calls_days >= config.recordings_days, "calls_days", "at least recordings_days: they are found by calls")
    longest = max(getattr(config, key) for key in ("recordings_days", *KEPT_DAYS) if key != "counts_days")
    need(config.audit_days >= longest, "audit_days", f"at least {longest} days, as long as all that it tells of")
    need(0 <= config.recordings_free_mb <= 10**6, "recordings_free_mb", "between 0 and 1000000 MB")
    need(15 <= config.announce_every <= 600, "announce_every", "between 15 and 600 seconds")
    need(5 <= config.ring_timeout <= 120, "ring_timeout", "between 5 and 120 seconds")
    for key in ("alert_wait_s", "alert_unattended_s", "alert_silent_s"):
        need(1 <= getattr(config, key) <= 86_400, key, "between 1 and 86400 seconds")
    for key in ("alert_service_level", "alert_abandoned"):
        need(0 <= getattr(config, key) <= 100, key, "between 0 and 100")
    need(0 <= config.short_abandon_s <= 60, "short_abandon_s", "between 0 and 60 seconds")
    need(0 <= config.wrapup <= 600, "wrapup", "between 0 and 600 seconds")
    need(
        not config.callback_trunk or config.callback_trunk in {t.name for t in config.trunks},
        "callback_trunk",
        "the name of one of [[trunks]], or empty",
    )
    need(
        not config.web_url or bool(_ORIGIN.match(config.web_url)),
        "web_url",
        "an address such as https://hotline.example without a path, or empty",
    )
    need(all(_is_address(a) for a in config.web_proxies), "web_proxies", "a list of IP addresses")
    need(
        not config.callback_link or bool(_LINK.match(config.callback_link)),
        "callback_link",
        "an https:// address of at most 100 characters with {id} in it, or empty",
    )
    need(bool(re.fullmatch(r"[0-9]{2}", config.default_region)), "default_region", "a region's code of two digits")
    need(
        not config.test_time or _is_moment(config.test_time),
        "test_time",
        f"a moment with its offset such as 2026-01-15T09:00:00+03:00 (years {FIRST_YEAR} to {LAST_YEAR}), or empty",
    )
    need(
        config.log_level in ("DEBUG", "INFO", "WARNING", "ERROR"),
        "log_level",
        "DEBUG, INFO, WARNING or ERROR",
    )
    need(config.data_dir is None or config.data_dir.is_dir(), "data_dir", "an existing folder")
    url = config.database_url.reveal()
    need(
        not url or bool(_DATABASE.match(url)), "database_url", "sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME"
    )
    tls = any(trunk.tls for trunk in config.trunks)
    need(not tls or config.sip_tls_port != config.sip_port, "sip_tls_port",
         "another port than sip_port: by it a call over UDP is known")  # fmt: skip
    for key in ("sip_certificate", "sip_key", "sip_ca") if tls else ():
        file_ = getattr(config, key)
        need(file_ is None or file_.is_file(), key, "an existing file")
    need((config.sip_certificate is None) is (config.sip_key is None), "sip_key", "set together with sip_certificate")
    for one, other in combinations(("agi_port", "ami_port", "web_port", "ws_port", "sip_tls_port"), 2):
        if (number := getattr(config, one)) == getattr(config, other):
            where = places.get(other) or places.get(one, file)
            faults.append(f"{where}: {one} and {other} are both {number}; each needs its own port")
    faults += _check_trunks(config, file) + _check_operators(config, file)
    return faults


def _check_trunks(config: "Config", file: str) -> list[str]:
    faults = _doubled((t.name for t in config.trunks), f"{file}: trunk", "name")
    for trunk in config.trunks:
        where = f"{file}: trunk {trunk.name!r}"
        if not _NAME.match(trunk.name):
            faults.append(f"{where}: name: small letters, digits and '-', starting with a letter")
        if not trunk.addresses and not trunk.registers:
            faults.append(f"{where}: needs `addresses`, or `host`, `username` and `password` to register")
        if trunk.registers and not (trunk.host and trunk.password):
            faults.append(f"{where}: a registration needs `host`, `username` and `password`")
        if not re.match(r"[A-Za-z0-9.:_-]*\Z", trunk.host) or not re.match(r"[\w.@+-]*\Z", trunk.username):
            faults.append(f"{where}: host and username: letters, digits and . - _ only")
        if re.search(r"[;,\\\s]", trunk.password.reveal()):
            faults.append(f"{where}: password: no blanks, ; , or \\")
        if trunk.transport not in ("udp", "tls"):
            faults.append(f"{where}: transport: {trunk.transport!r} is not udp or tls")
        if trunk.media not in ("rtp", "srtp"):
            faults.append(f"{where}: media: {trunk.media!r} is not rtp or srtp")
        if trunk.media == "srtp" and not trunk.tls:
            faults.append(f'{where}: media: srtp needs transport = "tls": its keys stand in the signalling')
        if trunk.tls and trunk.addresses and config.sip_certificate is None:
            faults.append(f"{where}: transport: tls from `addresses` needs sip_certificate and sip_key, which we show")
        faults += [
            f"{where}: addresses: {a!r} is not an IP address or network" for a in trunk.addresses if not _is_network(a)
        ]
        faults += [f"{where}: dids: {d!r} is not 3 to 15 digits" for d in trunk.dids if not _DID.match(d)]
    return faults


def _check_operators(config: "Config", file: str) -> list[str]:
    faults = _doubled((o.login for o in config.operators), f"{file}: operator", "login")
    for operator in config.operators:
        where = f"{file}: operator {operator.login!r}"
        if not re.match(r"[0-9]{2,6}\Z", operator.login):
            faults.append(f"{where}: login: 2 to 6 digits")
        if re.search(r'[;"<>\\\r\n]', operator.name):
            faults.append(f'{where}: name: no ; " < > or \\')
        if re.search(r"[;,\\\s]", operator.secret.reveal()):
            faults.append(f"{where}: secret: no blanks, ; , or \\")
    return faults


def _doubled(names: Iterable[str], where: str, key: str) -> list[str]:
    """One line for each name that is there more than once."""
    return [
        f"{where} {name!r}: {key}: used {'twice' if count == 2 else f'{count} times'}"
        for name, count in Counter(names).items()
        if count > 1
    ]


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_pair(text: str) -> bool:
    local, equals, public = text.partition("=")
    return bool(equals) and _is_address(local) and _is_address(public)


def _is_moment(text: str) -> bool:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return False
    return at.tzinfo is not None and reckoned(at)


def _is_network(text: str) -> bool:
    try:
        ip_network(text, strict=False)
    except ValueError:
        return False
    return True
