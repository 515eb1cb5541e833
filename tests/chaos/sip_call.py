"""A SIP call, or a single request, of which every byte is ours."""

import asyncio
import contextlib
import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from tests.chaos.sip_wire import Message, Wire

#: Seconds until a request is sent again over UDP, each pause twice the one before.
_T1 = 0.5


@dataclass(frozen=True)
class Account:
    """Who registers or calls with a password."""

    name: str
    secret: str

    def answer(self, challenge: str, method: str, uri: str) -> str:
        """The value of Authorization for a digest `challenge` (RFC 2617, MD5)."""
        words = dict(re.findall(r'(\w+)="?([^",]*)"?', challenge))
        ours, count = secrets.token_hex(8), "00000001"
        first = _md5(f"{self.name}:{words['realm']}:{self.secret}")
        second = _md5(f"{method}:{uri}")
        proof = _md5(f"{first}:{words['nonce']}:{count}:{ours}:auth:{second}")
        return (f'Digest username="{self.name}", realm="{words["realm"]}", nonce="{words["nonce"]}", uri="{uri}", '
                f'response="{proof}", algorithm=MD5, qop=auth, nc={count}, cnonce="{ours}"'
                + (f', opaque="{words["opaque"]}"' if "opaque" in words else ""))  # fmt: skip


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


def sdp(address: str, port: int) -> bytes:
    """An offer of A-law with RFC 4733 digits."""
    return (
        f"v=0\r\no=- 1 1 IN IP4 {address}\r\ns=-\r\nc=IN IP4 {address}\r\nt=0 0\r\nm=audio {port} RTP/AVP 8 101\r\n"
        "a=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=sendrecv\r\n"
    ).encode()


class Dialog:
    """One call of ours, or one request. `sender` is the value of From (bytes, without a tag).

    `final` is the answer to the INVITE; `ended` is set when the other side, or we, hung up.
    """

    def __init__(self, wire: Wire, uri: str, sender: bytes, account: Account | None = None) -> None:
        self.wire, self.uri, self.sender, self.account = wire, uri, sender, account
        self.call_id, self._tag = secrets.token_hex(10), secrets.token_hex(4)
        self.final: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self.ended, self.hung_up_by_them = asyncio.Event(), False
        self.asked: list[Message] = []
        self.to, self._target, self._routes, self._branch = f"<{uri}>", uri, list[str](), ""
        self._seq, self._waiting = 0, dict[int, asyncio.Future[Message]]()
        self._extra: Mapping[str, str] = {}
        self._body = b""
        wire.listen(self.call_id, self._take)

    async def invite(self, body: bytes, extra: Mapping[str, str] | None = None, limit: float = 10) -> Message:
        """Call; the final answer, acknowledged. `TimeoutError` when there is none."""
        self._extra, self._body = extra or {}, body
        raw = self._request("INVITE", {**self._extra, **({"Content-Type": "application/sdp"} if body else {})}, body)
        return await self._until(self.final, raw, limit)

    async def request(self, method: str, headers: Mapping[str, str] | None = None, body: bytes = b"",
                      limit: float = 5) -> Message:
        """A request (in the dialog, where there is one) and its final answer."""
        raw = self._request(method, headers or {}, body)
        future = self._waiting[self._seq] = asyncio.get_running_loop().create_future()
        answer = await self._until(future, raw, limit)
        if answer.status in (401, 407) and self.account:
            raw = self._request(method, {**(headers or {}), **self._proof(answer, method)}, body)
            future = self._waiting[self._seq] = asyncio.get_running_loop().create_future()
            answer = await self._until(future, raw, limit)
        return answer

    async def hang_up(self, limit: float = 5) -> None:
        """BYE; nothing if the other side did already."""
        if not self.ended.is_set():
            self.ended.set()
            with contextlib.suppress(TimeoutError):
                await self.request("BYE", limit=limit)
        self.wire.forget(self.call_id)

    async def _until(self, future: "asyncio.Future[Message]", raw: bytes, limit: float) -> Message:
        pause = _T1
        async with asyncio.timeout(limit):
            while True:
                self.wire.send(raw)
                done, _ = await asyncio.wait({future}, timeout=pause)
                if done:
                    return future.result()
                pause *= 2

    def _request(self, method: str, headers: Mapping[str, str], body: bytes = b"", seq: int = 0) -> bytes:
        if not seq:
            self._seq += 1
        branch = self._branch = f"z9hG4bK{secrets.token_hex(8)}" if not seq else self._branch
        lines = [f"{method} {self._target} SIP/2.0", f"Via: SIP/2.0/{self.wire.via};branch={branch};rport",
                 "Max-Forwards: 70"]  # fmt: skip
        lines += [f"Route: {route}" for route in self._routes]
        raw = "\r\n".join(lines).encode() + b"\r\nFrom: " + self.sender + f";tag={self._tag}\r\n".encode()
        rest = {"To": self.to, "Call-ID": self.call_id, "CSeq": f"{seq or self._seq} {method}",
                "Contact": f"<sip:caller@{self.wire.contact}>", **headers,
                "Content-Length": str(len(body))}  # fmt: skip
        more = "".join(f"{k}: {v}\r\n" for k, v in rest.items())
        return raw + more.encode("utf-8", "surrogateescape") + b"\r\n" + body

    def _proof(self, challenge: Message, method: str) -> dict[str, str]:
        assert self.account is not None
        proxy = challenge.status == 407
        words = challenge.one("proxy-authenticate" if proxy else "www-authenticate")
        return {"Proxy-Authorization" if proxy else "Authorization": self.account.answer(words, method, self._target)}

    def _take(self, message: Message) -> None:
        if not message.status:
            self._asked(message)
        elif message.status >= 200 and message.method == "INVITE":
            self._answered(message)
        elif message.status >= 200:
            number = message.one("cseq").split(" ")[0]
            future = self._waiting.get(int(number)) if number.isdecimal() else None
            if future is not None and not future.done():
                future.set_result(message)

    def _answered(self, message: Message) -> None:
        seq = int(message.one("cseq").split()[0])
        if message.status < 300:
            self.to = message.one("to")
            self._target = re.sub(r".*<(.*)>.*", r"\1", message.one("contact")) or self._target
            self._routes = list(reversed(message.all("record-route")))
            branch, self._branch = self._branch, f"z9hG4bK{secrets.token_hex(8)}"
            self.wire.send(self._request("ACK", {}, seq=seq))
            self._branch = branch
        else:
            to, self.to = self.to, message.one("to")
            self.wire.send(self._request("ACK", {}, seq=seq))
            self.to = to
        if message.status in (401, 407) and self.account and seq == 1:
            headers = {**self._extra, **self._proof(message, "INVITE"), "Content-Type": "application/sdp"}
            self.wire.send(self._request("INVITE", headers, self._body))
            return
        if not self.final.done():
            self.final.set_result(message)
            if message.status >= 300:
                self.ended.set()

    def _asked(self, message: Message) -> None:
        """The other side asks: everything is granted."""
        if message.method == "ACK":
            return
        self.asked.append(message)
        body = self._body if message.method in ("INVITE", "UPDATE") and message.body else b""
        lines = [f"SIP/2.0 200 OK\r\nVia: {message.one('via')}\r\nFrom: {message.one('from')}\r\n"
                 f"To: {message.one('to')}\r\nCall-ID: {message.one('call-id')}\r\nCSeq: {message.one('cseq')}\r\n"
                 f"Contact: <sip:caller@{self.wire.contact}>\r\n"]  # fmt: skip
        if body:
            lines.append("Content-Type: application/sdp\r\n")
        self.wire.send("".join(lines).encode() + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        if message.method == "BYE" and not self.ended.is_set():
            self.hung_up_by_them = True
            self.ended.set()
