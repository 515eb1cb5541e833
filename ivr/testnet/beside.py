"""A telephone network beside the hotline of these settings: addresses and ports that it believes and that are free."""

import fcntl
import ipaddress
import os
import secrets
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ivr.config import Config, Trunk, rings_at_home
from ivr.errors import PbxError
from ivr.pbx.ports import Port, fault_of
from ivr.testnet.configuration import Exchange

#: For what the network has besides the provider: nobody believes these.
_REST = ("127.77.0.3", "127.77.0.4", "127.77.0.5")
_SIP_PORTS = range(5260, 5400, 2)
_RTP_START = 24000
_RTP_SIZE = 400
_NETWORKS = 9


def exchange_for(config: Config, phones: Mapping[str, str], citizens: bool = False) -> tuple[Exchange, str]:
    """The network, and the number to dial. Raises `PbxError` when no trunk believes a loopback address.

    `citizens`: with the phones that the hotline calls back; `PbxError` when it calls elsewhere.
    """
    if ":" in config.sip_bind:
        raise PbxError(f"sip_bind {config.sip_bind}: the test network speaks IPv4 only; set sip_bind to 127.0.0.1")
    trunk, address = _believed(config)
    hotline = "127.0.0.1" if config.sip_bind == "0.0.0.0" else config.sip_bind
    places = (address, *_REST)
    if citizens:
        sip = _called_at(config)
    else:
        # two that start at the same moment would both find the first one free
        begin = os.getpid() % len(_SIP_PORTS)
        ports = (*_SIP_PORTS[begin:], *_SIP_PORTS[:begin])
        free = (n for n in ports if n != config.network_port and not _faults(places, n))
        sip = next(free, 0)
    if not sip:
        raise PbxError(f"no free UDP port from {_SIP_PORTS[0]} to {_SIP_PORTS[-1]} for the test network")
    rtp = _RTP_START
    if config.rtp_start < rtp + _RTP_SIZE and config.rtp_end >= rtp:  # the hotline has its own there
        above = config.rtp_end + 2 - config.rtp_end % 2
        rtp = above if above + _RTP_SIZE < 65536 else max(1024, config.rtp_start - _RTP_SIZE)
    exchange = Exchange(
        hotline=hotline, hotline_port=config.sip_port, provider_a=address, port=sip, manager_port=_free_port(),
        manager_secret=secrets.token_urlsafe(18), password=secrets.token_urlsafe(18), rtp_start=rtp,
        rtp_end=rtp + _RTP_SIZE - 1, phones=phones,
        provider_b=_REST[0], stranger=_REST[1], phones_at=_REST[2], citizens=citizens,
    )  # fmt: skip
    return exchange, (trunk.dids or (config.did,))[0]


@contextmanager
def network_folder(state_dir: Path) -> Iterator[Path]:
    """A folder below `state_dir` for one network, ours until the end; several calls at once get one each."""
    for number in range(1, _NETWORKS + 1):
        folder = state_dir / ("network" if number == 1 else f"network-{number}")
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = (folder / "lock").open("a")
        except OSError as error:
            raise PbxError(f"{folder}: {error.strerror}; is this the state folder of your hotline?") from None
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield folder
            return
    raise PbxError(f"{state_dir}: {_NETWORKS} calls are being made already; end one of them")


def _called_at(config: Config) -> int:
    """The port that the hotline sends its calls to; raises `PbxError` when these leave this machine."""
    if not rings_at_home(config):
        raise PbxError(
            "this hotline calls citizens back through a provider, so their own phones ring; the test network's phones "
            f"ring with a trunk of its own: [[trunks]] name = \"local\" addresses = [\"{config.sip_bind}\"]"
        )
    if faults := _faults((config.sip_bind, *_REST), config.network_port):
        raise PbxError(faults[0])
    return config.network_port


def _faults(places: tuple[str, ...], port: int) -> list[str]:
    found = (fault_of(Port("network_port", host, port, udp=True)) for host in places)
    return [fault for fault in found if fault is not None]


def _believed(config: Config) -> tuple[Trunk, str]:
    for trunk in config.trunks:
        for text in trunk.addresses:
            try:
                network = ipaddress.ip_network(text, strict=False)
            except ValueError:
                continue
            if network.version == 4 and network.is_loopback:
                alone = network.num_addresses == 1
                return trunk, str(network.network_address if alone else network.network_address + 1)
    raise PbxError(
        "no trunk believes calls from this machine, so no test call can be made; add to "
        f'{config.config_file}: [[trunks]] name = "local" addresses = ["127.0.0.1"], and restart the hotline'
    )


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])
