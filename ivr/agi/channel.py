"""A live call over AGI, as the services know it (`ivr.services.ports.Channel`).

The last sound is a `GET DATA`, with the caller's time to answer; those before it are a few `Background`, where one key
is asked for and nothing of it private, else a `GET DATA` each (it takes one file only: Asterisk 22 reads `a&b` as one
name). So a long menu is a few round trips. Keys come back in the answers, never in a channel variable, so no VarSet
event shows them. Between two commands Asterisk drops keys, so nothing is done there.
"""

import logging
import re
from collections.abc import Iterator, Mapping, Sequence

from ivr.agi import protocol
from ivr.agi.link import AgiLink
from ivr.agi.playable import Playable
from ivr.agi.protocol import AgiError, Kind, Reply
from ivr.errors import CallerHungUp
from ivr.flow.commands import Sounds
from ivr.services import variables
from ivr.services.ports import Handover

log = logging.getLogger(__name__)
#: Seconds that the sounds of one command may play; beyond that Asterisk is taken for frozen.
PLAYING_LIMIT = 180.0
_KEYS = frozenset("0123456789*#ABCD")
_SHORT_MS = 20
#: Values that `MSet`, which splits at commas and takes quotes off, leaves as they are.
_PLAIN = re.compile(r"[A-Za-z0-9_.:&+-]*")
#: Asterisk takes 24 pairs, and forgets the rest without a word.
_MOST_AT_ONCE = 24
#: Sounds (short silences are none), and bytes of names, in one command. Asterisk notices that the controller is gone
#: when a `Background` ends: some seconds later, then, and at any key.
_MOST_SOUNDS, _MOST_NAMES = 6, 1500
_SILENCE = "ivr/pause/"


class AgiChannel:
    """One call. `headers` are the `agi_*` variables, `args` what the dialplan passed to AGI().

    The dialplan calls AGI(agi://host:port/<route>,IVR_CALL_ID,IVR_CALLER,IVR_DID,IVR_TRUNK,IVR_LANGUAGE);
    missing ones read as "". `playable`: what the calls of this Asterisk have in common.
    """

    def __init__(self, link: AgiLink, headers: Mapping[str, str], playable: Playable | None = None) -> None:
        self._link = link
        self.headers = dict(headers)
        self.args = protocol.arguments(self.headers)
        self._playable = playable or Playable()
        #: the channel's; of one who has waited it has a suffix
        self._spoken = self.headers.get("agi_language", "")
        padded = (*self.args, "", "", "", "", "")
        first, self.caller, self.did, self.trunk, self.language = padded[:5]
        self.call_id: str = first or self.headers.get("agi_uniqueid", "")

    async def ask(self, sounds: Sounds, max_digits: int, timeout: float, private: bool) -> str:
        """Play, collect, return the keys ("" on silence). Any key interrupts the playing.

        `timeout` in seconds, after the last sound and between keys. A lone `#` is "#" when `max_digits` is 1,
        else "". A sound that Asterisk does not have is logged and left out. Private keys are never logged, and private
        sounds are told one by one: Asterisk logs all of a `Background` that it could not play to its end.
        """
        parts = protocol.sound_files(sounds) or ("",)
        wait_ms = max(1, round(timeout * 1000))
        if max_digits == 1 and len(parts) > 2 and not private:
            key = await self._background(parts[:-1])
            if key:
                return key
            parts = parts[-1:]
        keys = ""
        for number, part in enumerate(parts, 1):
            last = number == len(parts)
            reply = await self._get_data(part, wait_ms if last else _SHORT_MS, max_digits, timeout)
            keys = reply.result
            if keys or reply.data != "timeout":
                if keys and not last and reply.data == "timeout" and len(keys) < max_digits:
                    more = await self._get_data("", wait_ms, max_digits - len(keys), timeout)
                    return keys + more.result
                break
        if not keys and reply.data != "timeout" and max_digits == 1:
            return "#"
        return keys

    async def _background(self, parts: Sequence[str]) -> str:
        """Play sounds; returns the key that ended them, "" when none did. What cannot be played is left out."""
        for some in _together(parts):
            reply = await self._link.send(protocol.command("EXEC Background", "&".join(some)), PLAYING_LIMIT)
            if reply.kind is Kind.FAILED:
                raise CallerHungUp
            if reply.kind is not Kind.OK or not (reply.result == "0" or _key(reply.result)):
                raise AgiError("Asterisk's answer to Background is no key; the call is left to the dialplan")
            if reply.result != "0":
                return _key(reply.result)
            if self._playable.lately(self._spoken, some):
                continue
            status = await self.get_variable("BACKGROUNDSTATUS")
            # FAILED: it stopped at a sound that it does not have, nobody knows which: the rest is not lost
            if status == "FAILED" and (key := await self._one_by_one(some)):
                return key
            if status == "SUCCESS":
                self._playable.played(self._spoken, some)
        return ""

    async def _one_by_one(self, parts: Sequence[str]) -> str:
        for part in parts:
            reply = await self._get_data(part, _SHORT_MS, 1, 0.0)
            if reply.result or reply.data != "timeout":
                return reply.result or "#"
        return ""

    async def _get_data(self, files: str, wait_ms: int, max_digits: int, timeout: float) -> Reply:
        limit = PLAYING_LIMIT + (max_digits + 1) * timeout
        reply = await self._link.send(protocol.command("GET DATA", files, wait_ms, max_digits), limit)
        if reply.kind is Kind.FAILED:
            # either the caller is gone, or the last sound could not be played
            await self._still_there()
            log.error("a sound could not be played: %s; run `ivr prompts`", files or "(none)")
            reply = await self._link.send(protocol.command("GET DATA", "", wait_ms, max_digits), limit)
        if reply.kind is Kind.FAILED:
            raise CallerHungUp
        if reply.kind is not Kind.OK or not set(reply.result) <= _KEYS:
            raise AgiError("Asterisk's answer to GET DATA holds no keys; the call is left to the dialplan")
        return reply

    async def _still_there(self) -> None:
        status = await self._link.send(protocol.command("CHANNEL STATUS"))
        if status.kind is not Kind.OK or status.result != "6":
            raise CallerHungUp

    async def set_variable(self, name: str, value: str) -> None:
        """Set a channel variable or function; `AgiError` on a line break in `value`."""
        reply = await self._link.send(protocol.command("SET VARIABLE", name, value))
        if reply.kind is not Kind.OK:
            raise AgiError(f"Asterisk did not take the variable {name}")

    async def get_variable(self, name: str) -> str:
        """The value of a channel variable; "" when it is not set."""
        reply = await self._link.send(protocol.command("GET VARIABLE", name))
        return reply.data

    async def set_language(self, language: str) -> None:
        """Use the sounds of `language` from now on."""
        if language != self._spoken:
            await self.set_variable("CHANNEL(language)", language)
        self.language = self._spoken = language

    async def leave_to_queue(self, handover: Handover) -> None:
        """Set the variables that the dialplan needs for Queue() and give the call back."""
        ending, language = handover.ending, handover.language
        waiting = "".join(c for c in self.call_id.lower() if c.isascii() and c.isalnum())[:20]
        values = {
            variables.LANGUAGE: language,
            variables.QUEUE: ending.queue,
            variables.LEGS: "&".join(f"{queue}:{seconds}" for queue, seconds in ending.legs),
            variables.POSITION: str(ending.position or ""),
            variables.REGION: handover.region,
            variables.TICKET: ending.ticket,
            variables.CATEGORY: ending.category,
            variables.REASON: ending.reason,
            variables.SLOW: "1" if ending.slow else "",
            "CHANNEL(language)": f"{language}_{waiting}" if waiting else language,
            # last: a call cut off before it goes to the fallback
            variables.NEXT: "queue",
        }
        if not handover.record:
            values = {variables.RECORD: "off"} | values
        if handover.callback:
            values = {variables.CALLBACK: handover.callback} | values
        if handover.arrived is not None:
            values = {variables.ARRIVED: str(int(handover.arrived.timestamp()))} | values
        await self._set_all(values)

    async def leave_to_end(self, reason: str) -> None:
        """Tell the dialplan that all is said: hang up."""
        await self._set_all({variables.REASON: reason, variables.NEXT: "end"})

    async def _set_all(self, values: Mapping[str, str]) -> None:
        """Set the variables in their order; one command, where the values let it."""
        if all(_PLAIN.fullmatch(value) for value in values.values()) and len(values) <= _MOST_AT_ONCE:
            pairs = ",".join(f"{name}={value}" for name, value in values.items())
            reply = await self._link.send(protocol.command("EXEC MSet", pairs))
            if reply.kind is Kind.OK and reply.result == "0":
                return
        for name, value in values.items():
            await self.set_variable(name, value)


def _together(parts: Sequence[str]) -> Iterator[list[str]]:
    """The names in as few groups as commands have room for."""
    some: list[str] = []
    sounds = length = 0
    for part in parts:
        counts = not part.startswith(_SILENCE)
        if some and (sounds + counts > _MOST_SOUNDS or length + len(part) > _MOST_NAMES):
            yield some
            some, sounds, length = [], 0, 0
        sounds += counts
        some.append(part)
        length += len(part) + 1
    yield some


def _key(result: str) -> str:
    """The key whose character code is `result`, "" for none."""
    key = chr(int(result)) if result.isascii() and result.isdigit() and len(result) < 4 else ""
    return key if key in _KEYS else ""
