"""The settings of a deployment: frozen and typed. Defaults < hotline.toml < IVR_* environment < flags.

A secret may also stand in a file of its own, which IVR_<NAME>_FILE names.
All faults are found in one pass and listed with place, value and what is allowed (`ConfigError`).
Adapters receive plain values from here, never this object.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from ivr.config_check import check
from ivr.config_values import Secret as Secret
from ivr.config_values import put, read_file, read_secret, read_tables
from ivr.errors import ConfigError


@dataclass(frozen=True)
class Trunk:
    """A provider. With `host` alone it is recognised by address; with `username` we register there.

    `addresses` (IPs or networks) are the only ones whose calls, and caller identities, are believed.
    `transport`: udp or tls (its calls are taken over nothing else). `media`: rtp or srtp (none without it is taken).
    """

    name: str
    addresses: tuple[str, ...] = ()
    dids: tuple[str, ...] = ()
    host: str = ""
    username: str = ""
    password: Secret = Secret("")
    transport: str = "udp"
    media: str = "rtp"

    @property
    def tls(self) -> bool:
        return self.transport == "tls"

    @property
    def registers(self) -> bool:
        return bool(self.username)


@dataclass(frozen=True)
class Operator:
    """A person who answers; `login` is the SIP user `op-<login>`.

    An empty `secret` is generated at first start; empty `queues` means all of them.
    """

    login: str
    name: str = ""
    queues: tuple[str, ...] = ()
    secret: Secret = Secret("")


def _setting(default: Any, help: str) -> Any:
    return field(default=default, metadata={"help": help})


@dataclass(frozen=True)
class Config:
    """Everything a deployment can set. Times in seconds, ports on loopback unless said otherwise."""

    state_dir: Path = _setting(Path("var"), "where state, logs, secrets and the database live")
    config_file: Path = _setting(Path("hotline.toml"), "the deployment's own settings")
    data_dir: Path | None = _setting(None, "a folder whose files replace those of ivr/data")
    did: str = _setting("88005553535", "the hotline's number as the trunk sends it")
    languages: tuple[str, ...] = _setting(("ru", "en", "tt"), "languages offered, in menu order")
    default_language: str = _setting("ru", "spoken when the caller chooses none")
    asterisk: str = _setting("", "an Asterisk binary to use; empty = the machine's, else provisioned")
    asterisk_cache: Path = _setting(
        Path("~/.cache/ivr-hotline").expanduser(), "where a provisioned Asterisk is kept, for all clones"
    )
    sip_bind: str = _setting("127.0.0.1", "address of the SIP socket (UDP)")
    sip_port: int = _setting(5060, "port of the SIP socket (UDP)")
    sip_tls_port: int = _setting(5061, "port of SIP over TLS (TCP), opened when a trunk has transport = \"tls\"")
    sip_certificate: Path | None = _setting(None, "our certificate for SIP over TLS, with its chain (PEM)")
    sip_key: Path | None = _setting(None, "its private key (PEM, without a password)")
    sip_ca: Path = _setting(Path("/etc/ssl/certs/ca-certificates.crt"), "whose certificates providers must have (PEM)")
    rtp_start: int = _setting(10000, "first RTP port")
    rtp_end: int = _setting(11999, "last RTP port")
    public_address: str = _setting(
        "", "behind NAT or in a container: the address that providers and phones reach SIP and RTP at; empty = sip_bind"
    )
    agi_host: str = _setting("127.0.0.1", "address of the FastAGI controller")
    agi_port: int = _setting(4573, "port of the FastAGI controller")
    asterisk_host: str = _setting(
        "127.0.0.1", "address at which Asterisk takes the controller: its manager and browsers' SIP"
    )
    controller_addresses: tuple[str, ...] = _setting(
        ("127.0.0.1",), "addresses that the controller and the dispatcher come from; Asterisk takes nobody else there"
    )
    ami_port: int = _setting(5038, "port of the manager interface")
    web_host: str = _setting("127.0.0.1", "address of the web server")
    web_port: int = _setting(8080, "port of the web server")
    web_url: str = _setting("", "the address people open, such as https://hotline.example; empty = the server's own")
    web_proxies: tuple[str, ...] = _setting((), "addresses of the proxies in front of the web server")
    ws_port: int = _setting(8088, "port where Asterisk takes browsers' SIP from the web server")
    ice_addresses: tuple[str, ...] = _setting(
        (), "behind NAT: LOCAL=PUBLIC addresses that browsers send their sound to; empty = the machine's own"
    )
    database_url: Secret = _setting(Secret(""), "SQLAlchemy URL; empty = SQLite in the state folder")
    max_calls: int = _setting(500, "calls the controller takes at once; beyond it the dialplan's fallback serves")
    key_timeout: float = _setting(5.0, "seconds of silence before a menu asks again")
    slow_key_timeout: float = _setting(12.0, "the same in slow mode")
    announce_every: int = _setting(60, "seconds between position announcements in a queue")
    ring_timeout: int = _setting(20, "seconds an operator's phone rings")
    record: str = _setting("talk", "talk: talks with operators are recorded, as the greeting says; off: nothing is")
    recordings_days: int = _setting(90, "days that recordings are kept; `ivr retention run` deletes what is older")
    calls_days: int = _setting(400, "days that calls, what they went through, and their ratings are kept")
    contacts_days: int = _setting(1095, "days that what operators wrote down is kept")
    tickets_days: int = _setting(1095, "days that tickets are kept after the last that was done to them")
    callbacks_days: int = _setting(400, "days that callbacks are kept after they were over")
    messages_days: int = _setting(90, "days that messages are kept, sent or not: by then they are of no use")
    places_days: int = _setting(400, "days that the region which a caller chose is remembered")
    counts_days: int = _setting(1830, "days that the counts of queues and operators are kept")
    audit_days: int = _setting(1830, "days that the audit is kept; longer than what it tells of")
    logs_days: int = _setting(30, "days that rotated logs, and wish files that cannot be used, are kept")
    recordings_free_mb: int = _setting(1000, "with less room on the disk (MB) no further talk is recorded")
    wrapup: int = _setting(10, "seconds of rest for an operator after a call")
    alert_wait_s: int = _setting(600, "the board warns of a caller who waits longer, in seconds")
    alert_service_level: int = _setting(80, "the board warns of a service level under so many of a hundred")
    alert_abandoned: int = _setting(5, "the board warns when more of a hundred callers hang up waiting")
    alert_unattended_s: int = _setting(60, "the board warns when callers wait and nobody is free for so many seconds")
    alert_silent_s: int = _setting(15, "the board warns when Asterisk has said nothing for so many seconds")
    short_abandon_s: int = _setting(5, "who hangs up in a queue within so many seconds is no abandoned call")
    callback_trunk: str = _setting("", "the trunk that citizens are called back by; empty = the first trunk")
    network_port: int = _setting(
        5260, "UDP port at which the test network of `ivr call --wait` takes the calls of a hotline without a provider"
    )
    callback_link: str = _setting(
        "", "where a callback can be cancelled or moved, for its SMS; {id} stands for the callback's; empty = no link"
    )
    default_region: str = _setting("77", "two-digit code of the region assumed of callers whose own is unknown")
    test_time: str = _setting("", "for trials only: the moment (ISO 8601 with offset) that routing takes for now")
    log_level: str = _setting("INFO", "DEBUG, INFO, WARNING or ERROR")
    trunks: tuple[Trunk, ...] = (Trunk("local", addresses=("127.0.0.1",)),)
    operators: tuple[Operator, ...] = (Operator("101"), Operator("102"), Operator("103"))

    @property
    def recordings(self) -> Path:
        """The folder of the recordings."""
        return self.state_dir.expanduser().resolve() / "recordings"

    @property
    def database(self) -> str:
        """The SQLAlchemy URL in clear (async driver)."""
        url = self.database_url.reveal()
        return url or f"sqlite:///{(self.state_dir / 'hotline.db').resolve()}"


def calling_trunk(config: Config) -> Trunk | None:
    """The trunk that citizens are called back by; None when there is none that can be called (ourselves is none)."""
    chosen = next((t for t in config.trunks if t.name == config.callback_trunk or not config.callback_trunk), None)
    uri = outbound_uri(config, chosen) if chosen else ""
    ourselves = (uri if uri.count(":") > 1 else f"{uri}:5060") == f"sip:{config.sip_bind}:{config.sip_port}"
    return chosen if uri and not ourselves else None


def outbound_uri(config: Config, trunk: Trunk) -> str:
    """Where calls to this provider are sent: its host, else its only address; "" when neither says it."""
    if trunk.host:
        return f"sip:{trunk.host}"
    place = trunk.addresses[0] if len(trunk.addresses) == 1 else ""
    if not place or "/" in place:
        return ""
    if _at_home(config, trunk):
        return f"sip:{place}:{config.network_port}"
    return f"sip:[{place}]" if ":" in place else f"sip:{place}"


def rings_at_home(config: Config) -> bool:
    """Are the citizens' phones those of the test network of `ivr call --wait`?"""
    trunk = calling_trunk(config)
    return trunk is not None and _at_home(config, trunk)


def _at_home(config: Config, trunk: Trunk) -> bool:
    """A provider whose only address is our own is that network."""
    return not trunk.host and trunk.addresses == (config.sip_bind,) and ":" not in config.sip_bind


def load_config(file: Path | None = None, environ: Mapping[str, str] | None = None, **flags: Any) -> Config:
    """Read, merge and check the settings; raises `ConfigError` with every fault found."""
    environ = os.environ if environ is None else environ
    faults: list[str] = []
    path = file or Path(environ.get("IVR_CONFIG_FILE", "hotline.toml"))
    if file is not None and not path.exists():
        faults.append(f"{path}: no such file")
    table = read_file(path, faults)
    values: dict[str, Any] = {"config_file": path}
    known = {f.name: f for f in fields(Config)}
    for key, raw in table.items():
        if key not in known:
            faults.append(f"{path}: {key}: unknown setting; known are {', '.join(sorted(known))}")
        elif key == "trunks":
            values[key] = read_tables(Trunk, raw, f"{path}: trunks", faults)
        elif key == "operators":
            values[key] = read_tables(Operator, raw, f"{path}: operators", faults)
        else:
            put(values, known[key], raw, f"{path}: {key}", faults)
    places: dict[str, str] = {}
    for name, f in known.items():
        raw = environ.get("IVR_" + name.upper())
        if f.type is Secret and not raw and (place := environ.get(f"IVR_{name.upper()}_FILE")):
            raw = read_secret(Path(place), f"environment: IVR_{name.upper()}_FILE", faults)
        if raw is not None and name not in ("trunks", "operators", "config_file"):
            places[name] = f"environment: IVR_{name.upper()}"
            put(values, f, raw, places[name], faults)
    for name, raw in flags.items():
        if raw is not None:
            places[name] = f"--{name.replace('_', '-')}"
            put(values, known[name], raw, places[name], faults)
    config = Config(**values)
    faults += check(config, path, places)
    if faults:
        raise ConfigError(faults)
    return config
