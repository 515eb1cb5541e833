"""The settings: what is valid and still unwise."""

from ipaddress import ip_address, ip_network

from ivr.config import Config
from ivr.doctor.check import Check, ok, warn


def trunks(config: Config) -> Check:
    """Whose calls and caller identities are believed?"""
    for trunk in config.trunks:
        for address in trunk.addresses:
            network = ip_network(address, strict=False)
            if network.prefixlen == 0:
                return warn("trunks", f"trunk {trunk.name}: {address} is the whole world: anybody can claim any number",
                            "list the addresses of the provider only")
            if network.num_addresses > 65536:
                return warn("trunks", f"trunk {trunk.name}: {address} is {network.num_addresses} addresses",
                            "list the addresses of the provider only")
    outside = [t.name for t in config.trunks if t.registers
               or any(not ip_network(a, strict=False).is_loopback for a in t.addresses)]
    if outside and ip_address(config.sip_bind).is_loopback:
        return warn("trunks", f"trunk {outside[0]} is outside, but SIP listens on {config.sip_bind} only",
                    "set sip_bind to the address that the provider reaches")
    return ok("trunks", ", ".join(f"{t.name} ({'registers' if t.registers else ' '.join(t.addresses)})"
                                  for t in config.trunks) or "none")


def trial(config: Config) -> Check:
    """Is the clock of routing the real one?"""
    if config.test_time:
        return warn("test time", f"calls are routed, and callers told the time, as if it were {config.test_time}",
                    "take test_time (IVR_TEST_TIME) out of the settings when the trial is over")
    return ok("test time", "not set: routing takes the real clock")


def exposure(config: Config) -> Check:
    """What can be reached from outside?"""
    public = [f"{name} {value}" for name in ("agi_host", "asterisk_host", "web_host", "sip_bind")
              if not _inside(value := getattr(config, name))]
    if any(p.startswith("agi_host") for p in public):
        return warn("exposure", f"FastAGI and its password are heard in clear beyond this machine: {public[0]}",
                    "set agi_host = 127.0.0.1")
    if any(p.startswith("asterisk_host") for p in public):
        return warn("exposure", f"Asterisk's manager speaks in clear and listens beyond this machine: {public[0]}",
                    "set asterisk_host = 127.0.0.1, or an address of a network of their own")
    if public:
        return warn("exposure", f"can be reached from outside: {', '.join(public)}",
                    "let the firewall pass SIP from the provider only and put a TLS proxy before the web")
    return ok("exposure", "nothing listens on a public address")


def elsewhere(config: Config, name: str, setting: str) -> Check:
    """The address in `setting` is none of this machine's: is that part on a machine of its own, or is it mistyped?"""
    address = getattr(config, setting)
    if not all(ip_address(one).is_loopback for one in config.controller_addresses):
        return ok(name, f"not here: at {address} ({setting})")
    return warn(name, f"{setting} {address} is no address of this machine: what listens there is not looked at",
                f"correct {setting}, or set controller_addresses where Asterisk and the controller are apart")


def sound(config: Config) -> Check:
    """Does the world know where to send the sound of calls?"""
    told = config.public_address or config.sip_bind
    far = [t.name for t in config.trunks if any(ip_network(a, strict=False).is_global for a in t.addresses)]
    here = ip_address(told)
    if far and here.is_private and not (here.is_loopback or here.is_unspecified):
        return warn("sound", f"trunk {far[0]} is told to send sound to {told}, which it cannot reach",
                    "set public_address to the address that the world sees, and let SIP and RTP through to here")
    return ok("sound", f"providers and phones are told {told}" if config.public_address else "no NAT that we know of")


def _inside(address: str) -> bool:
    parsed = ip_address(address)
    return parsed.is_loopback or (parsed.is_private and not parsed.is_unspecified)
