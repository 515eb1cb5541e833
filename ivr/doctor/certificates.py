"""The certificate that the hotline shows providers over TLS, and those that theirs are checked by."""

import contextlib
import os
import ssl
from datetime import UTC, datetime
from pathlib import Path

from ivr.config import Config
from ivr.doctor.check import Check, fail, ok, warn

#: Days before its end at which a certificate should have been renewed.
_SOON = 21
_NAME = "tls"
#: X509_V_FLAG_NO_CHECK_TIME of OpenSSL: when it ended is ours to tell.
_NO_CHECK_TIME = 0x200000


def certificates(config: Config, at: datetime) -> Check:
    """Can providers be spoken to over TLS, and for how long?"""
    trunks = [trunk.name for trunk in config.trunks if trunk.tls]
    if not trunks:
        return ok(_NAME, "no trunk uses TLS")
    try:
        ssl.create_default_context(cafile=str(config.sip_ca))
    except (OSError, ssl.SSLError) as error:
        return fail(_NAME, f"{config.sip_ca}: cannot be used ({_reason(error)}): no provider can be checked by it",
                    "apt-get install ca-certificates, or set sip_ca to the certificate of the provider's authority")
    if config.sip_certificate is None or config.sip_key is None:
        return ok(_NAME, f"{', '.join(trunks)}: providers are checked by {config.sip_ca}; we show no certificate")
    if config.sip_key.is_file() and config.sip_key.stat().st_mode & 0o077:
        return fail(_NAME, f"{config.sip_key} can be read by others", f"chmod 600 {config.sip_key}")
    for file in (config.sip_certificate, config.sip_key):
        if not os.access(file, os.R_OK):
            return fail(_NAME, f"{file} cannot be read by this user",
                        f"let the hotline's user read it: chown or setfacl {file}")
    try:
        until = end_of(config.sip_certificate, config.sip_key)
    except (OSError, ssl.SSLError) as error:
        return fail(_NAME, f"{config.sip_certificate}: cannot be used ({_reason(error)})",
                    "put the certificate with its chain, and its key, in their place, then restart the hotline")
    days = (until - at).days
    if until <= at:
        return fail(_NAME, f"{config.sip_certificate} ended on {until:%Y-%m-%d}: providers refuse us",
                    "renew it, then restart the hotline in a quiet hour")
    if days < _SOON:
        return warn(_NAME, f"{config.sip_certificate} ends in {days} days, on {until:%Y-%m-%d}",
                    "renew it, then restart the hotline in a quiet hour")
    return ok(_NAME, f"{', '.join(trunks)}: our certificate is good until {until:%Y-%m-%d}")


def end_of(certificate: Path, key: Path) -> datetime:
    """When the certificate ends, after it was used with its key: by a handshake with ourselves, in memory. Raises
    `ssl.SSLError` when the two do not belong together or cannot be used, `OSError`."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate, key, password=lambda: "")
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.load_verify_locations(certificate)
    # its own word is believed here: it is the one that was put there
    client.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | _NO_CHECK_TIME
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    there = server.wrap_bio(to_server, to_client, server_side=True)
    here = client.wrap_bio(to_client, to_server)
    for side in (here, there, here, there):
        with contextlib.suppress(ssl.SSLWantReadError):
            side.do_handshake()
    told = here.getpeercert()
    if not told:
        raise ssl.SSLError("no handshake")
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(told["notAfter"])), UTC)


def _reason(error: OSError) -> str:
    if isinstance(error, ssl.SSLError):
        return (error.reason or str(error)).lower().replace("_", " ")
    return error.strerror or str(error)
