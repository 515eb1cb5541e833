"""What the templates are filled from: plain values, already in the form that Asterisk's files want."""

import re
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from ipaddress import ip_network
from pathlib import Path

from ivr.config import Config, calling_trunk, outbound_uri
from ivr.config import Trunk as TrunkSetting
from ivr.domain.queue_plan import QueuePlan, QueueRule
from ivr.pbx.paths import InstancePaths
from ivr.pbx.secrets import SUPERVISORS, PbxSecrets

REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class TrunkPlan:
    """One provider. `dids`: number as dialled -> the number as the settings name it (digits only)."""

    name: str
    addresses: tuple[str, ...]
    dids: Mapping[str, str]
    server_uri: str = ""
    client_uri: str = ""
    auth_user: str = ""
    password: str = ""
    contact_user: str = ""
    #: Where calls back are sent to; "" for a trunk that is not called.
    outbound: str = ""
    tls: bool = False
    srtp: bool = False


@dataclass(frozen=True)
class TlsPlan:
    """SIP over TLS. `certificate` and `key`: "" where providers need not call us over a connection of theirs."""

    port: int
    certificate: str
    key: str
    ca: str


@dataclass(frozen=True)
class OperatorPlan:
    """One operator's phones, a SIP phone and the one in the browser; `queues` are those that *11 logs in to."""

    login: str
    name: str
    secret: str
    browser_secret: str
    queues: tuple[str, ...]


@dataclass(frozen=True)
class PbxPlan:
    """Everything the templates use. `directories` is empty for an Asterisk that has its own."""

    directories: Mapping[str, str]
    sip_bind: str
    sip_port: int
    rtp_start: int
    rtp_end: int
    agi: str
    asterisk_host: str
    #: Who may come there: addresses of controller and dispatcher, as networks of one.
    controllers: tuple[str, ...]
    ami_port: int
    ami_secret: str
    language: str
    trunks: tuple[TrunkPlan, ...]
    operators: tuple[OperatorPlan, ...]
    queues: tuple[QueueRule, ...]
    announce_every: int
    ring_timeout: int
    wrapup: int
    wish_script: str
    wish_command: str
    music: str
    dispatcher_secret: str = ""
    ws_port: int = 8088
    #: What providers and phones are told in place of `sip_bind`; "": that one.
    public_address: str = ""
    #: None: no trunk wants it.
    tls: TlsPlan | None = None
    #: (local, public) addresses for browsers' sound, where they differ.
    ice_addresses: tuple[tuple[str, str], ...] = ()
    #: Opens Asterisk to the web server's SIP, see pjsip.conf.
    door: str = ""
    #: Supervisors' browser phones: name -> secret.
    supervisors: Mapping[str, str] = field(default_factory=dict)
    #: The number that callers from a browser have dialled, digits only.
    did: str = ""
    #: The trunk that citizens are called back by; "": nobody is.
    callback_trunk: str = ""
    #: The folder that talks are recorded in; "": they are not.
    recordings: str = ""
    #: Who pauses recordings; "": nobody can.
    recorder_secret: str = ""
    #: Seconds that a citizen's phone rings.
    callback_ring: int = 32
    #: Seconds that operators are called for a callback where they are called before the citizen.
    callback_operator: int = 40


def make_plan(config: Config, secrets: PbxSecrets, queues: QueuePlan, paths: InstancePaths | None,
              etc: Path | None = None) -> PbxPlan:
    """The plan of a private Asterisk under `paths`, or (`paths` None) of a system-wide one configured in `etc`."""
    host = f"[{config.agi_host}]" if ":" in config.agi_host else config.agi_host
    calling = calling_trunk(config)
    script_dir = paths.agi_bin if paths else (etc or Path("/etc/asterisk")) / "agi-bin"
    return PbxPlan(
        directories=_directories(paths) if paths else {},
        sip_bind=f"[{config.sip_bind}]" if ":" in config.sip_bind else config.sip_bind,
        sip_port=config.sip_port,
        rtp_start=config.rtp_start,
        rtp_end=config.rtp_end,
        agi=f"agi://{host}:{config.agi_port}" + (f"/{secrets.agi}" if secrets.agi else ""),
        asterisk_host=config.asterisk_host,
        controllers=tuple(str(ip_network(address)) for address in config.controller_addresses),
        ami_port=config.ami_port,
        ami_secret=secrets.ami,
        language=config.default_language,
        trunks=tuple(
            replace(_trunk(trunk, config.did), outbound=outbound_uri(config, trunk) if trunk == calling else "")
            for trunk in config.trunks
        ),
        operators=tuple(
            OperatorPlan(o.login, o.name or o.login, secrets.operators[o.login], secrets.browsers[f"web-{o.login}"],
                         queues.of_operator(o.queues))
            for o in config.operators
        ),
        queues=queues.queues,
        announce_every=config.announce_every,
        ring_timeout=config.ring_timeout,
        wrapup=config.wrapup,
        wish_script=str(script_dir / "callback-wish"),
        wish_command=shlex.join([sys.executable, str(REPOSITORY / "dialplan" / "agi-bin" / "callback_wish.py"),
                                 str(config.state_dir.expanduser().resolve() / "spool" / "wishes")]),
        music=str(paths.data / "moh") if paths else "moh",
        dispatcher_secret=secrets.dispatcher,
        ws_port=config.ws_port,
        public_address=config.public_address,
        tls=_tls(config),
        ice_addresses=tuple((local, public) for local, _, public in (a.partition("=") for a in config.ice_addresses)),
        door=secrets.door,
        supervisors={name: secrets.browsers[name] for name in SUPERVISORS},
        did=config.did.lstrip("+"),
        callback_trunk=calling.name if calling else "",
        recordings=str(config.recordings) if config.record == "talk" else "",
        recorder_secret=secrets.recorder if config.record == "talk" else "",
    )


def spellings(did: str) -> tuple[str, ...]:
    """The forms in which providers send a number: of a Russian one 8…, 7… and +7…, of any other as it is."""
    digits = did.lstrip("+")
    if re.fullmatch(r"[78][0-9]{10}", digits):
        return tuple(f"{prefix}{digits[1:]}" for prefix in ("8", "7", "+7"))
    return tuple(dict.fromkeys((digits, f"+{digits}", did)))


def _trunk(trunk: TrunkSetting, did: str) -> TrunkPlan:
    numbers = trunk.dids or (did,)
    dids = {spelled: number.lstrip("+") for number in numbers for spelled in spellings(number)}
    srtp = trunk.media == "srtp"
    if not trunk.registers:
        return TrunkPlan(trunk.name, trunk.addresses, dids, tls=trunk.tls, srtp=srtp)
    user, _, domain = trunk.username.partition("@")
    return TrunkPlan(
        trunk.name, trunk.addresses, dids,
        server_uri=f"sip:{trunk.host}",
        client_uri=f"sip:{user}@{domain or trunk.host}",
        auth_user=user,
        password=trunk.password.reveal(),
        # the provider sends calls to this user of our contact
        contact_user=numbers[0].lstrip("+"),
        tls=trunk.tls,
        srtp=srtp,
    )


def _tls(config: Config) -> TlsPlan | None:
    if not any(trunk.tls for trunk in config.trunks):
        return None
    certificate, key = config.sip_certificate, config.sip_key
    return TlsPlan(
        config.sip_tls_port,
        str(certificate.absolute()) if certificate else "",
        str(key.absolute()) if key else "",
        str(config.sip_ca.absolute()),
    )


def _directories(paths: InstancePaths) -> dict[str, str]:
    return {
        "astetcdir": str(paths.etc), "astvarlibdir": str(paths.lib), "astdbdir": str(paths.lib),
        "astkeydir": str(paths.keys.parent), "astdatadir": str(paths.data), "astagidir": str(paths.agi_bin),
        "astspooldir": str(paths.spool), "astrundir": str(paths.run), "astlogdir": str(paths.log),
    }
