"""A live call over AGI, as the services know it (`ivr.services.ports.Channel`).

Each sound is one `GET DATA`, the last one with the caller's time to answer: one round trip a sound, keys come
back in the answer, never in a channel variable, so no VarSet event shows them. `GET DATA` takes one file only
(Asterisk 22 reads `a&b` as one name). Between two commands Asterisk drops keys, so nothing is done there.
"""

import logging
from collections.abc import Mapping

from ivr.agi import protocol
from ivr.agi.link import AgiLink
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


class AgiChannel:
    """One call. `headers` are the `agi_*` variables, `args` what the dialplan passed to AGI().

    The dialplan calls AGI(agi://host:port/<route>,IVR_CALL_ID,IVR_CALLER,IVR_DID,IVR_TRUNK,IVR_LANGUAGE);
    missing ones read as "".
    """

    def __init__(self, link: AgiLink, headers: Mapping[str, str], playing_limit: float = PLAYING_LIMIT) -> None:
        self._link = link
        self.headers = dict(headers)
        self.args = protocol.arguments(self.headers)
        self._playing_limit = playing_limit
        padded = (*self.args, "", "", "", "", "")
        first, self.caller, self.did, self.trunk, self.language = padded[:5]
        self.call_id: str = first or self.headers.get("agi_uniqueid", "")

    async def ask(self, sounds: Sounds, max_digits: int, timeout: float, private: bool) -> str:
        """Play, collect, return the keys ("" on silence). Any key interrupts the playing.

        `timeout` in seconds, after the last sound and between keys. A lone `#` is "#" when `max_digits` is 1,
        else "". A sound that Asterisk does not have is logged and left out. Private keys are never logged.
        """
        parts = protocol.sound_files(sounds) or ("",)
        wait_ms = max(1, round(timeout * 1000))
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

    async def _get_data(self, files: str, wait_ms: int, max_digits: int, timeout: float) -> Reply:
        limit = self._playing_limit + (max_digits + 1) * timeout
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
        await self.set_variable("CHANNEL(language)", language)
        self.language = language

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
        for name, value in values.items():
            await self.set_variable(name, value)

    async def leave_to_end(self, reason: str) -> None:
        """Tell the dialplan that all is said: hang up."""
        await self.set_variable(variables.REASON, reason)
        await self.set_variable(variables.NEXT, "end")
