"""A manager interface that raises events, and browsers that wait for them: `live_world SECONDS EVENTS BROWSERS`.

Prints the manager's port, reads {"base", "cookies"} of the site, prints {"p50", "p99", "most"} of the delays.
"""

import asyncio
import json
import re
import sys
import time

import aiohttp

from ivr.tasks import spawn
from tests.ami.fake import FakeAsterisk, Peer, fake_asterisk, message

#: Each event's caller leaves after so many others, so that as many wait at any time.
_WAITING = 200
_PATIENCE_S = 10.0
_CALL = re.compile(r'"call": ?"1795000000x(\d+)"')


async def main(lasts: float, per_second: int, browsers: int) -> None:
    async with fake_asterisk() as asterisk:
        print(asterisk.port, flush=True)
        site = json.loads(await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline))
        last = int(lasts * per_second / 2) - 1
        async with aiohttp.ClientSession(cookies=site["cookies"]) as http:
            watchers = [Watcher(last) for _ in range(browsers)]
            watching = [spawn(each.watch(http, site["base"]), "browser") for each in watchers]
            await asyncio.gather(*(each.ready.wait() for each in watchers))
            await asterisk.until(lambda: asterisk.done("QueueStatus") > 0, 10)
            sent = await _raise(asterisk, last + 1, per_second)
            await asyncio.wait(watching, timeout=_PATIENCE_S)
            for task in watching:
                task.cancel()
            await asyncio.wait(watching)
    delays = sorted(each.delay(sent[n], n) for each in watchers for n in range(len(sent)))
    print(json.dumps({name: delays[min(len(delays) - 1, int(len(delays) * share))]
                      for name, share in (("p50", 0.5), ("p99", 0.99), ("most", 1.0))}), flush=True)  # fmt: skip
    await asyncio.sleep(0.1)  # the manager's connections end


class Watcher:
    """A browser that looks at the board until the `last` caller is in it."""

    def __init__(self, last: int) -> None:
        self._last = last
        self.ready = asyncio.Event()
        #: when a state came, and the newest caller in it
        self.seen: list[tuple[float, int]] = []

    async def watch(self, http: aiohttp.ClientSession, base: str) -> None:
        async with http.ws_connect(f"{base}/api/live", headers={"Origin": base}, max_msg_size=0) as socket:
            await socket.send_json({"subscribe": ["board"]})
            async for told in socket:
                at = time.monotonic()
                newest = max((int(number) for number in _CALL.findall(told.data)), default=-1)
                self.seen.append((at, newest))
                self.ready.set()
                if newest >= self._last:
                    return

    def delay(self, sent: float, number: int) -> float:
        """Until the first state with this caller, or a later one, came; as long as was waited when none came."""
        return next((at - sent for at, newest in self.seen if newest >= number), _PATIENCE_S)


async def _raise(asterisk: FakeAsterisk, pairs: int, per_second: int) -> list[float]:
    """Send so many joins, each with a leave, evenly; when each was sent."""
    peer: Peer = asterisk.peers[-1]
    sent: list[float] = []
    began = time.monotonic()
    for number in range(pairs):
        await asyncio.sleep(max(0.0, began + number * 2 / per_second - time.monotonic()))
        sent.append(time.monotonic())
        data = _event("QueueCallerJoin", number)
        if number >= _WAITING:
            data += _event("QueueCallerLeave", number - _WAITING)
        peer._writer.write(data)
    return sent


def _event(name: str, number: int) -> bytes:
    who = {"Uniqueid": f"1795000000.{number}", "Channel": f"PJSIP/trunk-{number}"}
    return message(Event=name, Queue="moscow", Timestamp=f"{time.time():.6f}", **who)


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
