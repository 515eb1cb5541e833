"""The dispatcher's manager session: pyst2's `Manager`, made safe. For a process that ends soon.

pyst2 takes answers in the order of its questions and waits for them without limit, so after one that is late the
session is given up: nothing that was sent is ever sent again, and no late answer is taken for another's.
"""

import asyncio
import contextlib
import io
import itertools
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from types import MappingProxyType
from typing import Any

from asterisk.manager import Manager, ManagerException

from ivr.errors import PbxError

Message = dict[str, str]
#: The longest line of a message that is taken; what is longer ends the session.
_LONGEST = 64 * 1024
#: Seconds for a connection to be made.
_CONNECTING = 5.0


class LinkLost(PbxError):
    """Asterisk's manager interface did not answer. Whether it did what was asked of it is not known."""


class Refused(PbxError):
    """Asterisk's manager interface refused an action: it did not do it."""


class _Session(Manager):  # type: ignore[misc]
    """Reads messages as they are on the wire: one ends at an empty line, whatever is written in it."""

    title: str | None
    on_end: Callable[[], None] = staticmethod(lambda: None)

    def connect(self, host: str, port: int) -> None:
        """As pyst2's, with nothing left open when it fails."""
        with socket.create_connection((host, port), _CONNECTING) as made:
            made.settimeout(None)
            self._sock = made.makefile(mode="rwb", buffering=0)
        self._connected.set()
        self._running.set()
        self.message_thread.start()
        self.event_dispatch_thread.start()
        self._response_queue.get()

    def __del__(self) -> None:
        """pyst2 says goodbye here and waits for the answer."""

    def _receive_data(self) -> None:
        try:
            lines: list[str] = []
            with io.BufferedReader(self._sock) as reader:
                while (raw := reader.readline(_LONGEST)).endswith(b"\n") and self._connected.is_set():
                    line = raw.decode("utf-8", "replace")
                    if self.title is None:
                        self.title = line.strip()
                        self._message_queue.put(["Response: Greeting\r\n"])
                    elif line.strip():
                        if not line.startswith("ChanVariable"):  # Python 2 only, in pyst2
                            lines.append(line)
                    elif lines:
                        self._message_queue.put(lines)
                        lines = []
        except (OSError, ValueError):
            pass
        self._connected.clear()
        self._message_queue.put(None)
        self.on_end()

    def hang_up(self) -> None:
        """End the connection now, without a word."""
        self._connected.clear()
        with contextlib.suppress(Exception):
            file: Any = self._sock
            file._sock.shutdown(socket.SHUT_RDWR)
        self._message_queue.put(None)
        self._event_queue.put(None)
        # whoever waits for an answer: there is none
        self._response_queue.put(None)


class Link:
    """One session. `on_event` is called in the loop, in order. Times in seconds."""

    def __init__(self, patience: float = 5.0) -> None:
        self._patience = patience
        self._ids = itertools.count(1)
        self._lists: dict[str, list[Message]] = {}
        self._complete: dict[str, asyncio.Event] = {}
        self._session: _Session | None = None
        self._one = asyncio.Lock()
        self._loop = asyncio.get_running_loop()
        self.lost = asyncio.Event()
        self.on_event: Callable[[Message], None] = lambda _: None

    async def connect(self, port: int, user: str, secret: str, host: str = "127.0.0.1") -> None:
        """Connect to Asterisk's manager and log in. Raises `LinkLost` or `Refused`."""
        session = _Session()
        session.on_end = lambda: self._call(self._gone)
        session.register_event("*", self._from_thread)
        self._session = session
        try:
            await self._in_thread(lambda: session.connect(host, port))
            await self.action("Login", Username=user, Secret=secret)
        except BaseException:
            self.close()
            raise

    async def action(self, name: str, /, variables: Mapping[str, str] = MappingProxyType({}), **fields: Any) -> Message:
        """Do one action; its answer. Raises `Refused` (not done) or `LinkLost` (perhaps done; the session is over)."""
        # Asterisk takes what follows a comma for the next variable
        if bad := [key for key, value in variables.items() if "," in value]:
            raise Refused(
                f"manager action {name}: variable {bad[0]} holds a comma: it is not sent"
            )
        pairs = {**fields, **{f"variable {k}": v for k, v in variables.items()}}
        for key, value in pairs.items():
            if any(c in value for c in "\r\n\0"):
                raise Refused(f"manager action {name}: {key} holds a line break: it is not sent; look at who sets it")
        action: dict[str, Any] = {"Action": name, **fields}
        if variables:
            action["Variable"] = [f"{key}={value}" for key, value in variables.items()]
        action.setdefault("ActionID", f"d{next(self._ids)}")
        async with self._one:
            answer: Message = await self._in_thread(lambda: self._send(action))
        if answer.get("Response") == "Error":
            raise Refused(f"Asterisk refused the manager action {name}: {answer.get('Message', '')[:80]}")
        return answer

    async def listing(self, name: str, **fields: str) -> Sequence[Message]:
        """Do an action that answers with a list: the events of that list. Raises as `action`."""
        number = f"d{next(self._ids)}"
        self._lists[number], self._complete[number] = [], asyncio.Event()
        try:
            await self.action(name, ActionID=number, **dict[str, Any](fields))
            try:
                async with asyncio.timeout(self._patience):
                    await self._complete[number].wait()
            except TimeoutError:
                self.close()
                raise LinkLost from None
            if self.lost.is_set():
                raise LinkLost
            return self._lists[number]
        finally:
            self._lists.pop(number, None)
            self._complete.pop(number, None)

    def close(self) -> None:
        """End the session."""
        if self._session is not None:
            self._session.hang_up()
            self._session = None
        self._gone()

    def _send(self, action: dict[str, Any]) -> Message:
        if self._session is None:
            raise LinkLost
        answer = self._session.send_action(action)
        return {str(k): str(v) for k, v in answer.headers.items()}

    async def _in_thread(self, work: Callable[[], Any]) -> Any:
        """`work` in a thread that nobody waits for at the end: pyst2 may never come back."""
        done: Future[Any] = Future()

        done.set_running_or_notify_cancel()  # who gives up does not make the thread's answer a fault

        def run() -> None:
            try:
                done.set_result(work())
            except (ManagerException, OSError, ValueError) as error:
                done.set_exception(LinkLost(f"Asterisk's manager interface: {error or type(error).__name__}"))
            except BaseException as error:
                done.set_exception(error)

        threading.Thread(target=run, name="dialler", daemon=True).start()
        try:
            async with asyncio.timeout(self._patience):
                return await asyncio.wrap_future(done)
        except TimeoutError:
            self.close()
            raise LinkLost from None
        except LinkLost:
            self.close()
            raise

    def _from_thread(self, event: Any, _manager: object) -> None:
        message = {str(k): str(v) for k, v in event.headers.items()}
        self._call(lambda: self._take(message))

    def _call(self, what: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(what)

    def _take(self, message: Message) -> None:
        number = message.get("ActionID", "")
        if number not in self._lists:
            self.on_event(message)
        elif message.get("EventList", "").lower() in ("complete", "cancelled"):
            self._complete[number].set()
        else:
            self._lists[number].append(message)

    def _gone(self) -> None:
        self.lost.set()
        for complete in self._complete.values():
            complete.set()
