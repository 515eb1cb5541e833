"""The telephone network: starts its Asterisk, places calls, keeps the operators' phones."""

import asyncio
import math
import secrets
import struct
import wave
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from ivr.errors import PbxError
from ivr.pbx.child import Child
from ivr.pbx.instance import Instance
from ivr.pbx.paths import AsteriskInstall, InstancePaths
from ivr.pbx.process import Asterisk
from ivr.testnet.calls import NetworkCall
from ivr.testnet.citizens import Citizens
from ivr.testnet.configuration import Exchange, configuration
from ivr.testnet.live import LiveSound
from ivr.testnet.manager import Manager, Message
from ivr.testnet.phones import OperatorPhone

#: Channel to dial for each way in; `{did}` is the number called.
_WAYS = {
    "a": "PJSIP/{did}@a", "b": "PJSIP/{account}", "stranger": "PJSIP/{did}@stranger", "b-tls": "PJSIP/{account}-tls",
    **{name: f"PJSIP/{{did}}@{name}" for name in ("c", "c-rtp", "c-udp")},
}  # fmt: skip


class TelephoneNetwork:
    """`async with TelephoneNetwork(install, folder, Exchange(...)) as network: call = await network.call(...)`."""

    def __init__(self, install: AsteriskInstall, folder: Path, exchange: Exchange) -> None:
        self.exchange = exchange
        self.folder = folder.resolve()
        self.recordings = self.folder / "recordings"
        self.phones: Mapping[str, OperatorPhone] = {}
        self._install = install
        self._paths = InstancePaths(self.folder / "asterisk", self.folder / "sounds")
        self._asterisk = Asterisk(install, self._paths)
        self._child: Child | None = None
        self._citizens: Citizens | None = None
        self._manager: Manager | None = None
        self._calls: dict[str, NetworkCall] = {}
        self._registered = {f"{exchange.account}{end}": asyncio.Event() for end in ("", "-tls")}

    async def __aenter__(self) -> "TelephoneNetwork":
        self.recordings.mkdir(parents=True, exist_ok=True)
        files = configuration(self.exchange, self._paths, self._install, self.recordings)
        Instance(self._paths, self._install).write(files)
        if (left := self._asterisk.left_over()) is not None:
            await self._asterisk.stop(left, patience=0)
        try:
            self._child = await self._asterisk.start()
            self._manager = await Manager.connect(
                self.exchange.manager_port, "network", self.exchange.manager_secret)
            self._manager.listeners.append(self._take)
            self._citizens = Citizens(self._manager)
            await self._citizens.all_behave("answer")
            self.phones = {
                login: OperatorPhone(login, self._manager, lambda to, number: self._place(to, number))
                for login in self.exchange.phones
            }
            for number, phone in enumerate(self.phones.values()):
                await phone.behave("answer")
                await phone.plays(self.tone(440 + 110 * number, 1.0))
        except BaseException:
            await self.__aexit__(None, None, None)
            raise
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None,
                        trace: TracebackType | None) -> None:
        if self._manager:
            await self._manager.close()
        if self._child:
            await self._asterisk.stop(self._child, patience=0)

    async def call(
        self, from_number: str, did: str, trunk: str = "a", live: LiveSound | None = None
    ) -> NetworkCall:
        """A citizen calls; returns while it still rings (await `.answered()`).

        `trunk`: "a" (known by address), "b" (where the hotline is registered; `did` is what it registered with)
        or "stranger" (an address nobody knows); of provider C (`Exchange.secure`) "c", "b-tls" where the hotline has
        registered, and what it does wrong: "c-rtp", "c-udp".
        `live` gets the sound instead of a recording.
        """
        return await self._place(_WAYS[trunk].format(did=did, account=self.exchange.account), from_number, live)

    @property
    def citizens(self) -> Citizens:
        """The phones that ring when the hotline calls (`Exchange.citizens`)."""
        if self._citizens is None:
            raise PbxError("test network: is not started")
        return self._citizens

    async def registered(self, limit: float = 20, tls: bool = False) -> None:
        """Wait until the hotline has registered at provider B; `tls`: at provider C."""
        account = f"{self.exchange.account}-tls" if tls else self.exchange.account
        async with asyncio.timeout(limit):
            while not self._registered[account].is_set():
                shown = await self._asterisk.command(f"pjsip show aor {account}")
                if f"{account}/sip:" in (shown or ""):
                    return
                try:
                    async with asyncio.timeout(1):
                        await self._registered[account].wait()
                except TimeoutError:
                    continue

    async def console(self, command: str) -> str:
        """What the network's Asterisk answers on its console."""
        return await self._asterisk.command(command) or ""

    def tone(self, hertz: float, seconds: float) -> Path:
        """A sine as an 8-kHz 16-bit wav file, half of full scale."""
        file = self.folder / f"tone-{hertz:g}-{seconds:g}.wav"
        if not file.exists():
            count = int(8000 * seconds)
            samples = (int(16384 * math.sin(2 * math.pi * hertz * n / 8000)) for n in range(count))
            with wave.open(str(file), "wb") as out:
                out.setnchannels(1)
                out.setsampwidth(2)
                out.setframerate(8000)
                out.writeframes(struct.pack(f"<{count}h", *samples))
        return file

    async def _place(self, channel: str, from_number: str, live: LiveSound | None = None) -> NetworkCall:
        if self._manager is None:
            raise PbxError("test network: is not started")
        unique = f"net-{secrets.token_hex(6)}"
        call = self._calls[unique] = NetworkCall(self._manager, unique, self.recordings, unique)
        await self._manager.action(
            "Originate", Channel=channel, ChannelId=unique, Context="citizen", Priority="1",
            Exten="live" if live else "s",
            CallerID=f"<{from_number}>", Async="true", Timeout="60000", Codecs=",".join(self.exchange.codecs),
            variables={"NET_ID": unique, **(live.variables if live else {})})
        return call

    def _take(self, event: Message) -> None:
        name = event["Event"]
        if name == "Registry":
            for login, phone in self.phones.items():
                if f"op-{login}@" in event.get("Username", ""):
                    phone.take(event)
        elif name == "ContactStatus" and event.get("AOR") in self._registered:
            self._registered[event["AOR"]].set()
        elif name == "OriginateResponse" and event.get("Response") == "Failure":
            # a call that got a channel is ended by that channel's own event, which knows the cause
            if (call := self._calls.get(event.get("Uniqueid", ""))) and not call.channel:
                call.failed("could not be placed")
        elif name == "UserEvent" and "Citizen" in event:
            self._citizen(event)
        elif name == "UserEvent" and event.get("Phone") in self.phones:
            phone, call = self.phones[event["Phone"]], None
            if event["UserEvent"] == "PhoneUp":
                unique = event["Call"]
                call = NetworkCall(phone._manager, unique, self.recordings, f"phone-{phone.login}-{unique}")
                call.channel = event["Channel"]
                call.up()
                self._calls[unique] = call
            phone.take(event, call)
        elif call := self._calls.get(event.get("Uniqueid", "")):
            call.take(event)

    def _citizen(self, event: Message) -> None:
        call = None
        if event["UserEvent"] == "CitizenUp" and self._manager is not None:
            unique = event["Call"]
            call = self._calls[unique] = NetworkCall(self._manager, unique, self.recordings, f"citizen-{unique}")
            call.channel = event["Channel"]
            call.up()
        self.citizens.take(event, call)
