"""Calls from the browser: where can their sound be sent, may they use the microphone?"""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from urllib.parse import urlsplit

from ivr.config import Config
from ivr.doctor.check import Check, ok, warn
from ivr.pbx.ports import is_here

Address = IPv4Address | IPv6Address
_MAKE = ("connect it to a network; for trials, as root: ip link add hotline0 type veth peer name hotline1; "
         "ip addr add 10.99.0.1/24 dev hotline0; ip link set hotline0 up; ip link set hotline1 up")


def outer_addresses(proc: Path = Path("/proc/net")) -> list[Address]:
    """The machine's addresses that are neither loopback nor link-local."""
    found: set[Address] = set()
    four = re.findall(r"\|-- (\S+)\n\s+/32 host LOCAL", _text(proc / "fib_trie"))
    found |= {ip_address(address) for address in four}
    for line in _text(proc / "if_inet6").splitlines():
        found.add(ip_address(bytes.fromhex(line.split()[0])))
    return sorted((a for a in found if not (a.is_loopback or a.is_link_local)), key=str)


def sound(config: Config, addresses: list[Address] | None = None) -> Check:
    """Can a browser's sound reach Asterisk? Neither of the two uses loopback addresses for it."""
    public = dict(pair.split("=", 1) for pair in config.ice_addresses)
    if is_here(config.asterisk_host):
        addresses = outer_addresses() if addresses is None else addresses
        if not addresses:
            return warn("browsers", "this machine has loopback addresses only: calls from the browser stay without "
                        "sound", _MAKE)
        here = {str(address) for address in addresses}
        if strange := [local for local in public if local not in here]:
            return warn("browsers", f"ice_addresses: {strange[0]} is no address of this machine",
                        f"its addresses are {', '.join(sorted(here))}")
        told = [ip_address(public.get(str(address), str(address))) for address in addresses]
    else:
        # the addresses of Asterisk's machine cannot be seen from here: those that the settings name are believed
        told = [ip_address(address) for address in public.values() or (config.sip_bind,)]
    outside = not ip_address(config.web_host).is_loopback
    if outside and not public and not any(address.is_global for address in told):
        return warn("browsers", "the pages are open to others, but the machine has no public address for their sound",
                    "behind NAT set ice_addresses = [\"LOCAL=PUBLIC\"] and let UDP "
                    f"{config.rtp_start} to {config.rtp_end} through; in the same network nothing need be done")
    where = ", ".join(map(str, told))
    if outside and all(address.is_loopback for address in told):
        return warn("browsers", f"sound is sent to {where}: browsers of other machines stay without",
                    "set the public half of ice_addresses (in containers: IVR_PUBLIC_ADDRESS) to what they reach")
    return ok("browsers", f"sound goes to {where}, UDP {config.rtp_start} to {config.rtp_end}")


def microphone(config: Config) -> Check:
    """Browsers let a page use the microphone on this very machine, or over https."""
    if ip_address(config.web_host).is_loopback or urlsplit(config.web_url).scheme == "https":
        return ok("microphone", "browsers may use it")
    return warn("microphone", f"the pages are on {config.web_host} without https: no browser elsewhere lets them use "
                "the microphone", "put a TLS proxy before the web server and name its address in web_url")


def _text(file: Path) -> str:
    try:
        return file.read_text("ascii", "replace")
    except OSError:
        return ""
