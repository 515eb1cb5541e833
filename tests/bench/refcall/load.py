"""Callers in numbers: SIPp places the calls and plays each caller's own sound and keys."""

import csv
import os
import signal
import socket
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.refcall.voice import write_pcap

_SCENARIO = Path(__file__).with_name("call.xml")
#: SIPp counts its own media ports on by four from call to call and begins again after 10,000.
_FIRST_MEDIA, _MEDIA_RANGE = 20000, 10000


@dataclass(frozen=True)
class Count:
    """What SIPp says of its calls."""

    placed: int = 0
    current: int = 0
    succeeded: int = 0
    failed: int = 0
    #: when SIPp counted, seconds of the epoch
    at: float = 0.0


class Ears:
    """The media ports of SIPp's callers (the first is its own): the kernel drops what comes there without a word."""

    def __init__(self, host: str) -> None:
        self._sockets = []
        for port in range(_FIRST_MEDIA + 4, _FIRST_MEDIA + _MEDIA_RANGE, 4):
            one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 0)
            one.bind((host, port))
            self._sockets.append(one)

    def close(self) -> None:
        for one in self._sockets:
            one.close()


class Load:
    """One SIPp. `rate` calls a second; with `most`, never more than so many at once.

    `rise`: calls a second more in every second, at most 1.
    `ports`: media ports that others listen on, one after the other, in place of SIPp's own sound and `keys`.
    """

    def __init__(
        self, folder: Path, target: str, service: str, host: str, seconds: float, rate: float,
        keys: Mapping[float, str] | None = None, ports: Sequence[int] = (), most: int = 5000,
        cores: Sequence[int] = (), rise: float = 0.0,
    ) -> None:  # fmt: skip
        self._folder = Path(tempfile.mkdtemp(dir=folder, prefix="sipp-"))
        if keys is not None:
            write_pcap(self._folder / "caller.pcap", keys, seconds)
        sound = '<nop><action><exec play_pcap_audio="caller.pcap"/></action></nop>' if keys is not None else ""
        text = _SCENARIO.read_text("utf-8")
        text = text.replace("m=audio MEDIA ", f"m=audio {'[field1]' if ports else '[auto_media_port]'} ")
        text = text.replace("  SOUND\n", f"  {sound}\n").replace("HOLD_MS", str(round(seconds * 1000)))
        (self._folder / "call.xml").write_text(text, "utf-8")
        lines = [f"{2000000 + n};{ports[n % len(ports)] if ports else 0}" for n in range(len(ports) or 5000)]
        (self._folder / "callers.csv").write_text("SEQUENTIAL\n" + "\n".join(lines) + "\n", "utf-8")
        rising = ["-rate_increase", "1", "-fd", f"{1 / rise:.0f}"] if rise else ["-fd", "1"]
        self._process = subprocess.Popen(
            ["sipp", "-sf", "call.xml", "-inf", "callers.csv", "-s", service, "-i", host, "-mi", host,
             "-mp", str(_FIRST_MEDIA if not ports else 45000), "-r", f"{rate:g}", "-l", str(most),
             "-trace_stat", "-stf", "stat.csv", "-trace_err", "-error_file", "errors.log",
             *rising, "-nostdin", target],
            cwd=self._folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            preexec_fn=(lambda: os.sched_setaffinity(0, cores)) if cores else None,
        )  # fmt: skip

    @property
    def pid(self) -> int:
        return self._process.pid

    def count(self) -> Count:
        """As of the last second or so. Raises RuntimeError when SIPp is gone."""
        try:
            with (self._folder / "stat.csv").open(encoding="utf-8", errors="replace", newline="") as file:
                rows = [row for row in csv.DictReader(file, delimiter=";") if row.get("FailedCall(C)")]
        except FileNotFoundError:
            rows = []
        if not rows:
            if self._process.poll() is not None:
                raise RuntimeError(f"SIPp did not start: {self.errors()}")
            return Count()
        last = rows[-1]
        return Count(int(last["TotalCallCreated"]), int(last["CurrentCall"]), int(last["SuccessfulCall(C)"]),
                     int(last["FailedCall(C)"]), float(last["CurrentTime"].rpartition("\t")[2]))  # fmt: skip

    def errors(self) -> str:
        """The first of its error messages."""
        try:
            return (self._folder / "errors.log").read_text("utf-8", "replace")[:600]
        except OSError:
            return "(nothing written)"

    def stop(self) -> None:
        """No further word: the calls under way are left to whoever hangs them up."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
