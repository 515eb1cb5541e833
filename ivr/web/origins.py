"""Which pages may change something here: our own, by the Origin that the browser says."""

import socket
from ipaddress import ip_address
from urllib.parse import urlsplit


class Origins:
    """`web_url`: the address people open ("https://hotline.example"), "" when it is the server's own.

    Without it the Host that was asked for counts, if it is an address, localhost or this machine's name: any other
    name could be somebody's who lets it point here.
    """

    def __init__(self, web_url: str = "") -> None:
        self._public = _origin(web_url) if web_url else ""
        self.https = self._public.startswith("https://")

    def allows(self, origin: str, host: str) -> bool:
        """Is `origin` ("http://127.0.0.1:8080") one of ours, for a request to `host` ("127.0.0.1:8080")?"""
        if not origin or origin == "null":
            return False
        if self._public and origin.lower() == self._public:
            return True
        return origin.lower() == f"http://{host.lower()}" and _harmless(host)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def _harmless(host: str) -> bool:
    name = urlsplit(f"//{host}").hostname or ""
    if name in ("localhost", socket.gethostname().lower()):
        return True
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
