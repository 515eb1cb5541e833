"""The configuration files of the telephone network's Asterisk."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ivr.pbx.paths import AsteriskInstall, InstancePaths


@dataclass(frozen=True)
class Secure:
    """A provider at `address` that speaks TLS (`port`) and SRTP: its `certificate` and `key`, the `ca` that it asks the
    hotline's certificate of; `hotline_port` is the hotline's for TLS, which registers as "<account>-tls" there."""

    address: str
    certificate: Path
    key: Path
    ca: Path
    port: int = 5061
    hotline_port: int = 5061


@dataclass(frozen=True)
class Exchange:
    """The network as seen by the hotline. All addresses are loopback; `phones`: operator login -> SIP secret.

    Provider A is known to the hotline by `provider_a`; at `provider_b` the hotline registers as
    `account`/`password`; calls from `stranger` are nobody's.
    """

    hotline: str = "127.0.0.1"
    hotline_port: int = 5060
    provider_a: str = "127.0.0.2"
    provider_b: str = "127.0.0.3"
    stranger: str = "127.0.0.4"
    phones_at: str = "127.0.0.5"
    port: int = 5060
    rtp_start: int = 20000
    rtp_end: int = 21999
    manager_port: int = 5039
    manager_secret: str = "network"  # noqa: S105
    account: str = "hotline"
    password: str = "provider-b-password"  # noqa: S105
    codecs: tuple[str, ...] = ("alaw",)
    phones: Mapping[str, str] = field(default_factory=dict)
    #: the citizens' phones ring when the hotline calls provider A
    citizens: bool = False
    #: provider C
    secure: Secure | None = None


def configuration(exchange: Exchange, paths: InstancePaths, install: AsteriskInstall, record: Path) -> dict[str, str]:
    """File name -> text. Recordings go to `record`."""
    return {
        "asterisk.conf": _asterisk(paths, install),
        "modules.conf": "[modules]\nautoload = no\n" + "".join(f"load = {name}.so\n" for name in _MODULES.split()),
        "logger.conf": "[general]\ndateformat = %F %T.%3q\n[logfiles]\nmessages.log => notice,warning,error\n",
        "manager.conf": f"[general]\nenabled = yes\nbindaddr = 127.0.0.1\nport = {exchange.manager_port}\n"
                        f"[network]\nsecret = {exchange.manager_secret}\nread = all\nwrite = all\n",
        "rtp.conf": f"[general]\nrtpstart = {exchange.rtp_start}\nrtpend = {exchange.rtp_end}\nicesupport = no\n",
        "cdr.conf": "[general]\nenable = no\n",
        "cel.conf": "[general]\nenable = no\n",
        "http.conf": "[general]\nenabled = no\n",
        "ccss.conf": "[general]\n",
        "acl.conf": "; none\n",
        "udptl.conf": "[general]\nuse_even_ports = no\n",
        "pjproject.conf": "; defaults\n",
        "features.conf": "[general]\npickupexten =\n",
        "indications.conf": _INDICATIONS,
        "pjsip.conf": _pjsip(exchange),
        "extensions.conf": _EXTENSIONS.replace("RECORD", str(record))
                           .replace("HOTLINE", f"{exchange.hotline}:{exchange.hotline_port}"),
    }


def _asterisk(paths: InstancePaths, install: AsteriskInstall) -> str:
    directories = {
        "astetcdir": paths.etc, "astmoddir": install.modules, "astvarlibdir": paths.lib, "astdbdir": paths.lib,
        "astkeydir": paths.lib, "astdatadir": paths.data, "astagidir": paths.agi_bin, "astspooldir": paths.spool,
        "astrundir": paths.run, "astlogdir": paths.log,
    }
    # like a real phone, send sound all the time
    return ("[directories]\n" + "".join(f"{k} => {v}\n" for k, v in directories.items())
            + "[options]\ntransmit_silence = yes\nnocolor = yes\n")


def _pjsip(exchange: Exchange) -> str:
    hotline = f"sip:{exchange.hotline}:{exchange.hotline_port}"
    common = f"type = endpoint\ndisallow = all\nallow = {','.join(exchange.codecs)}\ndirect_media = no\n" \
             "dtmf_mode = rfc4733\nbind_rtp_to_media_address = yes\n"
    places = {"a": exchange.provider_a, "b": exchange.provider_b, "stranger": exchange.stranger,
              "phones": exchange.phones_at}
    parts = ["[global]\ntype = global\nuser_agent = network\nendpoint_identifier_order = auth_username,username,ip\n"]
    for name, address in places.items():
        parts.append(f"[net-{name}]\ntype = transport\nprotocol = udp\nbind = {address}:{exchange.port}\n")
        if name != "phones":
            aors = "" if name == "b" else f"aors = {name}\n"
            parts.append(f"[{name}]\n{common}transport = net-{name}\ncontext = nowhere\nsend_pai = yes\n"
                         f"media_address = {address}\n{aors}")
            if name != "b":
                parts.append(f"[{name}]\ntype = aor\ncontact = {hotline}\n")
    parts.append(f"[{exchange.account}]\n{common}transport = net-b\ncontext = nowhere\nsend_pai = yes\n"
                 f"media_address = {exchange.provider_b}\n"
                 f"auth = {exchange.account}\naors = {exchange.account}\n"
                 f"[{exchange.account}]\ntype = auth\nauth_type = userpass\nusername = {exchange.account}\n"
                 f"password = {exchange.password}\n"
                 f"[{exchange.account}]\ntype = aor\nmax_contacts = 1\nremove_existing = yes\n"
                 "minimum_expiration = 10\n")
    if exchange.secure:
        parts.append(_secure(exchange, exchange.secure, common))
    if exchange.citizens:
        parts.append(f"[citizens]\n{common}transport = net-a\ncontext = citizens\nidentify_by = ip\n"
                     f"media_address = {exchange.provider_a}\n"
                     f"[citizens]\ntype = identify\nendpoint = citizens\nmatch = {exchange.hotline}\n")
    for login, secret in exchange.phones.items():
        phone = f"phone-{login}"
        parts.append(
            f"[{phone}]\n{common}transport = net-phones\ncontext = phones\noutbound_auth = {phone}\naors = {phone}\n"
            f"media_address = {exchange.phones_at}\nfrom_user = op-{login}\nset_var = PHONE={login}\nidentify_by = ip\n"
            f"[{phone}]\ntype = aor\ncontact = {hotline}\n"
            f"[{phone}]\ntype = auth\nauth_type = userpass\nusername = op-{login}\npassword = {secret}\n"
            f"[{phone}]\ntype = registration\ntransport = net-phones\noutbound_auth = {phone}\n"
            f"server_uri = {hotline}\nclient_uri = sip:op-{login}@{exchange.hotline}:{exchange.hotline_port}\n"
            f"contact_user = op-{login}\nline = yes\nendpoint = {phone}\nretry_interval = 2\nexpiration = 60\n"
            "auth_rejection_permanent = no\n")
    return "\n".join(parts)


def _secure(exchange: Exchange, provider: Secure, common: str) -> str:
    """Provider C: as it should be (c), without SRTP (c-rtp), not by TLS (c-udp)."""
    tls = f"sip:{exchange.hotline}:{provider.hotline_port}\\;transport=tls"
    udp = f"sip:{exchange.hotline}:{exchange.hotline_port}"
    srtp = "media_encryption = sdes\n"
    account = f"{exchange.account}-tls"
    parts = [
        f"[net-c-udp]\ntype = transport\nprotocol = udp\nbind = {provider.address}:{exchange.port}\n"
        f"[net-c]\ntype = transport\nprotocol = tls\nbind = {provider.address}:{provider.port}\n"
        f"method = tlsv1_2\ncert_file = {provider.certificate}\npriv_key_file = {provider.key}\n"
        f"ca_list_file = {provider.ca}\nverify_server = yes\n"
        f"[{account}]\n{common}transport = net-c\ncontext = nowhere\nsend_pai = yes\n{srtp}"
        f"media_address = {provider.address}\nauth = {account}\naors = {account}\n"
        f"[{account}]\ntype = auth\nauth_type = userpass\nusername = {account}\npassword = {exchange.password}\n"
        f"[{account}]\ntype = aor\nmax_contacts = 1\nremove_existing = yes\nminimum_expiration = 10\n"
    ]
    for name, transport, contact, more in (
        ("c", "net-c", tls, srtp), ("c-rtp", "net-c", tls, ""), ("c-udp", "net-c-udp", udp, srtp),
    ):  # fmt: skip
        parts.append(f"[{name}]\n{common}transport = {transport}\ncontext = nowhere\nsend_pai = yes\n{more}"
                     f"media_address = {provider.address}\naors = {name}\n"
                     f"[{name}]\ntype = aor\ncontact = {contact}\n")  # fmt: skip
    return "".join(parts)


_MODULES = """res_timing_timerfd res_sorcery_config res_sorcery_memory res_sorcery_astdb res_crypto pbx_config
codec_alaw codec_ulaw codec_a_mu codec_g722 codec_resample format_pcm format_sln format_wav
res_rtp_asterisk res_pjproject res_pjsip res_pjsip_session res_pjsip_pubsub res_pjsip_sdp_rtp
res_pjsip_caller_id res_pjsip_nat
res_pjsip_rfc3326 res_pjsip_refer res_pjsip_registrar res_pjsip_authenticator_digest
res_pjsip_outbound_authenticator_digest
res_pjsip_outbound_registration res_pjsip_endpoint_identifier_ip res_pjsip_endpoint_identifier_user
res_srtp
res_pjsip_logger chan_pjsip bridge_simple app_playback app_mixmonitor app_userevent app_senddtmf app_stack app_transfer
func_callerid func_channel func_logic func_global func_timeout app_waituntil res_audiosocket app_audiosocket"""

_INDICATIONS = """[general]
country = ru
[ru]
description = Russian Federation
ringcadence = 1000,4000
dial = 425
busy = 425/350,0/350
ring = 425/1000,0/4000
congestion = 425/175,0/175
callwaiting = 425/200,0/5000
dialrecall = 425/400,0/40
record = 1400/400,0/15000
info = 950/330,1400/330,1800/330,0/1000
stutter = 425
"""

# Wait() reads what comes in, so the recording runs; `speak` returns to it when the sound is over.
_EXTENSIONS = """[general]
writeprotect = yes

; phones of citizens: what one does is in the global MODE_<number without +>, else ANYBODY
[citizens]
exten => _+7XXXXXXXXXX,1,Set(NUMBER=${EXTEN:1})
 same => n,UserEvent(CitizenRings,Citizen: ${EXTEN},Call: ${UNIQUEID},Number: ${CALLERID(num)})
 same => n,Set(MODE=${GLOBAL(MODE_${NUMBER})})
 same => n,Goto(${IF($["${MODE}" = ""]?${GLOBAL(ANYBODY)}:${MODE})},1)
exten => answer,1,Set(NET_ID=citizen-${UNIQUEID})
 same => n,MixMonitor(RECORD/${NET_ID}.wav,r(RECORD/${NET_ID}-heard.wav)t(RECORD/${NET_ID}-said.wav))
 same => n,Answer()
 same => n,UserEvent(CitizenUp,Citizen: +${NUMBER},Call: ${UNIQUEID})
 same => n,Wait(86400)
exten => slow,1,Ringing()
 same => n,Wait(1)
 same => n,Goto(answer,1)
exten => live,1,Ringing()
 same => n,Wait(1)
 same => n,Answer()
 same => n,UserEvent(CitizenUp,Citizen: +${NUMBER},Call: ${UNIQUEID})
 same => n,AudioSocket(${GLOBAL(NET_LIVE)},127.0.0.1:${GLOBAL(NET_PORT)})
 same => n,Hangup()
exten => presses,1,Ringing()
 same => n,Wait(0.5)
 same => n,Answer()
 same => n,UserEvent(CitizenUp,Citizen: +${NUMBER},Call: ${UNIQUEID})
 same => n,Wait(1)
 same => n,SendDTMF(1)
 same => n,Wait(86400)
exten => visits,1,Ringing()
 same => n,Wait(0.3)
 same => n,Answer()
 same => n,Wait(1.2)
 same => n,SendDTMF(1)
 same => n,Wait(8)
 same => n,Hangup(16)
exten => ring,1,Ringing()
 same => n,Wait(86400)
exten => busy,1,Hangup(17)
exten => reject,1,Ringing()
 same => n,Wait(0.5)
 same => n,Hangup(21)
exten => off,1,Hangup(20)
exten => nobody,1,Hangup(1)
exten => jammed,1,Hangup(34)
exten => machine,1,Answer()
 same => n,UserEvent(CitizenUp,Citizen: +${NUMBER},Call: ${UNIQUEID})
 same => n,Playback(${GLOBAL(GREETING)})
 same => n,Wait(86400)
exten => divert,1,Transfer(PJSIP/sip:${CALLERID(num)}@HOTLINE)
 same => n,Hangup(16)
exten => drop,1,Answer()
 same => n,UserEvent(CitizenUp,Citizen: +${NUMBER},Call: ${UNIQUEID})
 same => n,Wait(0.5)
 same => n,Hangup(16)

[nowhere]

[citizen]
exten => s,1,MixMonitor(RECORD/${NET_ID}.wav,r(RECORD/${NET_ID}-heard.wav)t(RECORD/${NET_ID}-said.wav))
 same => n,Wait(86400)
 same => n,Hangup()
exten => speak,1,Playback(${NET_SPEAK})
 same => n,UserEvent(Spoke,Call: ${UNIQUEID})
 same => n,Wait(86400)
 same => n,Hangup()
; what is heard goes to a listener as it comes, nothing is recorded
exten => live,1,AudioSocket(${NET_LIVE},127.0.0.1:${NET_PORT})
 same => n,Hangup()

[phones]
exten => _op-.,1,UserEvent(Ringing,Phone: ${PHONE},Call: ${UNIQUEID},Shown: ${CALLERID(name)},Number: ${CALLERID(num)})
 same => n,Goto(${GLOBAL(MODE_${PHONE})},1)
exten => reject,1,Hangup(21)
exten => busy,1,Hangup(17)
exten => ring,1,Ringing()
 same => n,Wait(86400)
exten => slow,1,Ringing()
 same => n,Wait(2)
 same => n,Goto(answer,1)
exten => answer,1,Set(NET_ID=phone-${PHONE}-${UNIQUEID})
 same => n,MixMonitor(RECORD/${NET_ID}.wav,r(RECORD/${NET_ID}-heard.wav)t(RECORD/${NET_ID}-said.wav))
 same => n,Answer()
 ; who called has taken the answer by then
 same => n,Wait(0.3)
 same => n,UserEvent(PhoneUp,Phone: ${PHONE},Call: ${UNIQUEID})
 same => n(more),Playback(${GLOBAL(SOUND_${PHONE})})
 same => n,Goto(more)
; pass the other side on (SIP REFER)
exten => pass,1,Transfer(PJSIP/${NET_PASS})
 same => n,UserEvent(Passed,Call: ${UNIQUEID},Status: ${TRANSFERSTATUS})
 same => n,Wait(5)
 same => n,Hangup()
"""
