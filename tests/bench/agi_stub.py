"""Plays Asterisk at full speed: `agi_stub` reads {"port" or "run", "connections", "calls", "commands"} as JSON on its
standard input, makes so many calls, so many at once, and prints what it measured.

Each call is a connection to the port, or a process of its own that has a socket as standard input and output: header,
then every command is answered at once as if the file had been played and key 1 pressed. A call that ends before its
`commands` is an error. Seconds of a command: from the answer before it (or the header) until it has come.
"""

import json
import resource
import select
import socket
import subprocess
import sys
import time
from array import array

HEADER = (
    "agi_network: yes\nagi_network_script: inbound\nagi_request: agi://127.0.0.1/inbound\n"
    "agi_channel: PJSIP/trunk-00000001\nagi_language: ru\nagi_type: PJSIP\nagi_uniqueid: 1795000000.{call}\n"
    "agi_version: 22.10.1\nagi_callerid: +79990000000\nagi_calleridname: unknown\nagi_callingpres: 0\n"
    "agi_callingani2: 0\nagi_callington: 0\nagi_callingtns: 0\nagi_dnid: 88005553535\nagi_rdnis: unknown\n"
    "agi_context: inbound\nagi_extension: 88005553535\nagi_priority: 5\nagi_enhanced: 0.0\nagi_accountcode: \n"
    "agi_threadid: 140000000000000\nagi_arg_1: 1795000000.{call}\nagi_arg_2: +79990000000\nagi_arg_3: 88005553535\n"
    "agi_arg_4: provider-a\n\n"
)
#: By the first letters of a command. A file played by GET DATA ends in silence when nobody was to press a key.
_PLAYED, _DONE, _SILENCE = b"200 result=0 endpos=8000\n", b"200 result=1\n", b"200 result= (timeout)\n"
_NOBODY_IS_ASKED = b" 20 1\n"
_READ = 4096


class Stub:
    """So many calls at once until all of them are made. `latencies` in seconds, in no order."""

    def __init__(self, port: int, run: list[str], commands: int) -> None:
        self._port, self._run, self._commands = port, run, commands
        self._poll = select.epoll()
        # file descriptor -> socket, moment of the last answer, commands so far
        self._calls: dict[int, tuple[socket.socket, list[float]]] = {}
        self._processes: list[subprocess.Popen[bytes]] = []
        self._begun = 0
        self.latencies = array("d")

    def make(self, calls: int, connections: int) -> None:
        """Make all of the calls; RuntimeError when one ends too early, or the other side talks no AGI."""
        for _ in range(min(connections, calls)):
            self._begin()
        clock, answered, over = time.perf_counter, self.latencies.append, 0
        while over < calls:
            for descriptor, _ in self._poll.poll():
                one, state = self._calls[descriptor]
                line = one.recv(_READ)
                if line[-1:] == b"\n":
                    at = clock()
                    if line[0] == 83:  # S
                        reply = _PLAYED if line[1] == 84 else _DONE
                    else:
                        reply = _SILENCE if line.endswith(_NOBODY_IS_ASKED) else _DONE
                    answered(at - state[0])
                    state[1] += 1
                    state[0] = clock()
                    one.send(reply)
                    continue
                if line:
                    raise RuntimeError(f"half a command: {line!r}")
                self._end(descriptor)
                over += 1
                if self._begun < calls:
                    self._begin()
        for process in self._processes:
            process.wait()

    def _begin(self) -> None:
        self._begun += 1
        if self._run:
            one, its = socket.socketpair()
            with its:
                self._processes.append(subprocess.Popen(self._run, stdin=its, stdout=its, stderr=subprocess.DEVNULL))
        else:
            one = socket.create_connection(("127.0.0.1", self._port), 20)
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._calls[one.fileno()] = (one, [time.perf_counter(), 0])
        self._poll.register(one, select.EPOLLIN)
        one.sendall(HEADER.format(call=self._begun).encode())

    def _end(self, descriptor: int) -> None:
        one, state = self._calls.pop(descriptor)
        self._poll.unregister(one)
        one.close()
        if state[1] != self._commands:
            raise RuntimeError(f"a call had {state[1]:.0f} commands, not {self._commands}")


def main() -> None:
    asked = json.load(sys.stdin)
    stub = Stub(asked.get("port", 0), asked.get("run", []), asked["commands"])
    began, processor = time.perf_counter(), time.process_time()
    stub.make(asked["calls"], asked["connections"])
    wall, processor = time.perf_counter() - began, time.process_time() - processor
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    found = sorted(stub.latencies)
    told = {
        "commands": len(found), "wall": wall, "processor": processor,
        "children": children.ru_utime + children.ru_stime,
        "p50": found[len(found) // 2], "p99": found[int(len(found) * 0.99)],
    }  # fmt: skip
    print(json.dumps(told))


if __name__ == "__main__":
    main()
