"""A stranger's question and a provider's call, over UDP."""

import re
import socket
import subprocess
import time
from pathlib import Path

from tests.addresses import free_port


def options(host: str, port: int, source: str = "", limit: float = 20) -> int:
    """Ask for the options of a SIP server; the status of its answer. Raises `TimeoutError` when there is none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.settimeout(1)
        line.bind((source, 0))
        line.connect((host, port))
        ours = "{}:{}".format(*line.getsockname())
        asked = (
            f"OPTIONS sip:{host}:{port} SIP/2.0\r\nVia: SIP/2.0/UDP {ours};branch=z9hG4bK{ours};rport\r\n"
            f"Max-Forwards: 70\r\nFrom: <sip:{ours}>;tag=1\r\nTo: <sip:{host}>\r\nCall-ID: {ours}\r\n"
            f"CSeq: 1 OPTIONS\r\nContact: <sip:{ours}>\r\nContent-Length: 0\r\n\r\n".encode()
        )
        until = time.monotonic() + limit
        while True:
            line.send(asked)
            try:
                return int(line.recv(4096).split()[1])
            except TimeoutError:
                if time.monotonic() > until:
                    raise


def called(host: str, port: int, number: str, source: str, folder: Path) -> tuple[str, int]:
    """Call `number` and hang up after two seconds; the address and port that we were told to send sound to."""
    heard = folder / "sip.log"
    argv = ["sipp", "-sn", "uac", "-s", number, "-i", source, "-p", str(free_port()), "-mp", str(free_port()),
            "-m", "1", "-d", "2000", "-timeout", "20", "-nostdin", "-trace_msg", "-message_file", str(heard),
            f"{host}:{port}"]  # fmt: skip
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, errors="replace", check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-500:]
    answer = heard.read_text(errors="replace").partition("SIP/2.0 200 OK")[2]
    address = re.search(r"^c=IN IP4 (\S+)", answer, re.MULTILINE)
    media = re.search(r"^m=audio (\d+)", answer, re.MULTILINE)
    assert address and media, answer[:2000]
    return address[1], int(media[1])
