"""A small app_queue for tests: does what it is told, raises the events that Asterisk raises, in Asterisk's order,
and answers QueueStatus."""

from dataclasses import dataclass, field

from ivr.domain.live_types import Message

QUEUES = ("east", "west", "common")


@dataclass
class Phone:
    name: str
    queues: tuple[str, ...]
    status: int = 1
    paused: bool = False
    reason: str = ""
    call: str = ""


@dataclass
class QueueModel:
    """Names of fields in lower case, as the reducer takes them. Every operation may be asked for at any time."""

    now: int = 1_800_000_000
    events: list[Message] = field(default_factory=list)
    lines: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in QUEUES})
    phones: dict[str, Phone] = field(default_factory=dict)
    joined: dict[str, int] = field(default_factory=dict)
    count: int = 0

    def join(self, queue: str, position: int = 0) -> str:
        """A new caller; returns his unique id."""
        self.count += 1
        self._enter(f"{self.now}.{self.count}", queue, position)
        return f"{self.now}.{self.count}"

    def answer(self, queue: str, who: int = 0) -> None:
        """The first caller is connected to the `who`-th free phone of the queue."""
        free = [p for p in self.phones.values() if queue in p.queues and p.status == 1 and not p.paused]
        if not self.lines[queue] or not free:
            return
        phone, uniqueid = free[who % len(free)], self.lines[queue][0]
        self._raise("AgentCalled", queue=queue, uniqueid=uniqueid, **self._of(phone))
        self._set(phone, 6)
        self._leave(uniqueid, queue)
        phone.call = uniqueid
        self._set(phone, 2)
        waited = self.now - self.joined[uniqueid]
        self._raise(
            "AgentConnect", queue=queue, uniqueid=uniqueid, channel=f"PJSIP/{uniqueid}", holdtime=str(waited),
            ringtime="1", destuniqueid=f"d{uniqueid}", **self._of(phone),
        )  # fmt: skip

    def hang_up(self, who: int) -> None:
        """The `who`-th phone ends its call, or somebody who waits goes."""
        talking = [p for p in self.phones.values() if p.call]
        if talking:
            phone = talking[who % len(talking)]
            uniqueid, phone.call = phone.call, ""
            self._raise("AgentComplete", queue=phone.queues[0], uniqueid=uniqueid, talktime="5", **self._of(phone))
            self._set(phone, 1)
            self._raise("Hangup", uniqueid=uniqueid, channel=f"PJSIP/{uniqueid}")

    def abandon(self, queue: str, who: int = 0) -> None:
        if self.lines[queue]:
            uniqueid = self._lose(queue, who)
            self._raise("Hangup", uniqueid=uniqueid, channel=f"PJSIP/{uniqueid}")

    def move(self, queue: str, other: str, who: int = 0) -> None:
        """Time over in one queue (Asterisk says "abandon" of it, too), on into another."""
        if self.lines[queue]:
            self._enter(self._lose(queue, who), other, 1)

    def log_in(self, name: str, queues: tuple[str, ...]) -> None:
        if name not in self.phones and queues:
            phone = self.phones[name] = Phone(name, queues)
            for queue in queues:
                self._raise("QueueMemberAdded", queue=queue, **self._member(phone))

    def log_out(self, name: str) -> None:
        if name in self.phones and not self.phones[name].call:
            phone = self.phones.pop(name)
            for queue in phone.queues:
                self._raise("QueueMemberRemoved", queue=queue, **self._member(phone))

    def pause(self, name: str, on: bool, reason: str = "") -> None:
        if name in self.phones:
            phone = self.phones[name]
            phone.paused, phone.reason = on, reason if on else ""
            for queue in phone.queues:
                self._raise("QueueMemberPause", queue=queue, **self._member(phone))

    def unplug(self, name: str, status: int) -> None:
        if name in self.phones and not self.phones[name].call:
            self._set(self.phones[name], status)

    def queue_status(self) -> list[Message]:
        """The answer to QueueStatus."""
        told: list[Message] = []
        for queue in QUEUES:
            told.append({"event": "QueueParams", "queue": queue})
            for phone in self.phones.values():
                if queue in phone.queues:
                    member = self._member(phone)
                    names = {"name": member.pop("membername"), "location": member.pop("interface")}
                    told.append({"event": "QueueMember", "queue": queue, **names, **member})
            for place, uniqueid in enumerate(self.lines[queue], 1):
                told.append(
                    {"event": "QueueEntry", "queue": queue, "uniqueid": uniqueid, "channel": f"PJSIP/{uniqueid}",
                     "position": str(place), "wait": str(self.now - self.joined[uniqueid])}
                )  # fmt: skip
        return told

    def _enter(self, uniqueid: str, queue: str, position: int) -> None:
        line = self.lines[queue]
        place = position if 0 < position <= len(line) else len(line) + 1
        line.insert(place - 1, uniqueid)
        self.joined[uniqueid] = self.now
        self._raise(
            "QueueCallerJoin", queue=queue, uniqueid=uniqueid, channel=f"PJSIP/{uniqueid}", position=str(place)
        )

    def _leave(self, uniqueid: str, queue: str) -> None:
        self.lines[queue].remove(uniqueid)
        self._raise("QueueCallerLeave", queue=queue, uniqueid=uniqueid, channel=f"PJSIP/{uniqueid}")

    def _lose(self, queue: str, who: int) -> str:
        uniqueid = self.lines[queue][who % len(self.lines[queue])]
        self._raise("QueueCallerAbandon", queue=queue, uniqueid=uniqueid, channel=f"PJSIP/{uniqueid}", holdtime="3")
        self._leave(uniqueid, queue)
        return uniqueid

    def _set(self, phone: Phone, status: int) -> None:
        phone.status = status
        for queue in phone.queues:
            self._raise("QueueMemberStatus", queue=queue, **self._member(phone))

    def _of(self, phone: Phone) -> dict[str, str]:
        return {"membername": f"op-{phone.name}", "interface": f"PJSIP/op-{phone.name}"}

    def _member(self, phone: Phone) -> dict[str, str]:
        return {
            **self._of(phone), "status": str(phone.status), "paused": str(int(phone.paused)),
            "pausedreason": phone.reason, "incall": str(int(bool(phone.call))),
        }  # fmt: skip

    def _raise(self, event: str, **fields: str) -> None:
        self.now += 1
        self.events.append({"event": event, "timestamp": f"{self.now}.5", **fields})
