"""Carries a flow out on a live channel: each command of the flow becomes one act of a port, each answer its reply.

Whatever goes wrong here leaves the channel without a destination, and the dialplan's fallback serves the call.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace

from ivr.domain.tickets import valid_number
from ivr.domain.whereabouts import local_time
from ivr.errors import CallerHungUp, HotlineError, StorageError
from ivr.flow.callback_commands import CallbackCommand
from ivr.flow.commands import (
    Ask,
    AskPlace,
    AskRoute,
    ChoosePlace,
    Command,
    Done,
    End,
    Ending,
    Enqueue,
    FindTicket,
    Flow,
    ForgetPlace,
    Keys,
    NoteTicket,
    OpenTicket,
    PlaceFound,
    QueueSms,
    RememberPlace,
    Reply,
    RouteFound,
    SaveRating,
    SetLanguage,
    Step,
    TicketFound,
    TicketOpened,
)
from ivr.flow.incident_commands import AskIncident, TellWhenFixed
from ivr.services.callback_terms import CallSide
from ivr.services.callback_told import told
from ivr.services.caller_callback import CallerCallback
from ivr.services.caller_incident import CallerIncident
from ivr.services.caller_place import place_data
from ivr.services.known import Known, Services
from ivr.services.ports import Channel, Handover
from ivr.services.routing import Question

log = logging.getLogger(__name__)
#: Questions in one talk; a long one has some fifty. Then whatever is pressed counts as 0, the operator: nobody keeps a
#: line for ever. A flow that still asks after so many more is broken, and the fallback takes the call.
_MOST_ASKS, _LAST_ASKS = 300, 30
__all__ = ["Conversation", "Known", "Services"]


class Conversation:
    """One call, one flow."""

    def __init__(self, channel: Channel, services: Services, known: Known) -> None:
        self.channel = channel
        self.services = services
        self.caller = known.caller
        self.place = known.place
        self.language = known.language
        self.ticket = known.ticket
        self.arrived = known.arrived
        self.side = CallSide(channel.call_id, known.caller.number, known.service, known.place, known.language)
        self.side.ticket, self.side.arrived, self.side.given = known.ticket, known.arrived, known.caller.given
        self.callback = CallerCallback(services.callbacks, self.side, known.attempt, known.instead)
        self.incident = CallerIncident(services.incidents, channel.call_id, self._note)
        self.step = ""
        self._asks = 0

    async def run(self, flow: Flow) -> Ending:
        """Drive `flow` to its ending and leave the channel accordingly; the reason is journalled.

        A caller who hangs up ends as `End("hung_up")`. Any other failure is journalled and raised.
        """
        try:
            ending = await self._drive(flow)
            await self._leave(ending)
        except CallerHungUp:
            ending = End("hung_up")
            flow.close()
            await self._hung_up()
        except asyncio.CancelledError:
            # the controller stops; the dialplan goes on with the call
            self._note("end", {"reason": "controller_stopped", "step": self.step})
            flow.close()
            raise
        except Exception as error:
            self._note("error", {"step": self.step, "error": type(error).__name__})
            flow.close()
            raise
        if isinstance(ending, End):
            # a call handed to a queue ends there: answered, abandoned or unanswered
            self._note("end", {"reason": ending.reason, "step": self.step})
            await self.callback.ended()
        return ending

    async def _drive(self, flow: Flow) -> Ending:
        reply: Reply = None
        while True:
            try:
                command = flow.send(reply)
            except StopIteration as stop:
                ending: Ending = stop.value
                return ending
            reply = await self._carry_out(command)

    async def _leave(self, ending: Ending) -> None:
        if not isinstance(ending, Enqueue):
            await self.channel.leave_to_end(ending.reason)
            return
        await self.callback.leave()
        arrived = self.arrived or self.callback.arrived
        if arrived is not None:
            # others left or came while the flow spoke
            now = self.services.clock.now()
            place = self.services.route.hand_over(self.channel.call_id, ending.queue, arrived, now)
            if not ending.chosen:
                ending = replace(ending, position=place or ending.position)
        data = {"queue": ending.queue, "category": ending.category, "ticket": ending.ticket}
        self._note("enqueue", data | ({"position": ending.position} if ending.position else {}))
        callback = self.callback
        self.services.waiting.expect(self.channel.call_id, self.language, not callback.token, callback.instead)
        record = self.services.record()
        handover = Handover(ending, self.language, self.place.chosen, self.callback.token, arrived, record)
        await self.channel.leave_to_queue(handover)

    async def _carry_out(self, command: Command) -> Reply:
        if isinstance(command, CallbackCommand):
            answer = await self.callback.carry_out(command)
            self._note("callback", told(command, answer))
            return answer
        match command:
            case Ask():
                return await self._ask(command)
            case Step(step):
                self.step = step
                self._note("step", {"step": step})
                return None
            case SetLanguage(language):
                self.language = self.side.language = language
                self._note("language", {"language": language})
                await self.channel.set_language(language)
                return None
            case OpenTicket():
                return await self._open_ticket(command)
            case FindTicket(number, last_four):
                return await self._find_ticket(number, last_four)
            case AskPlace():
                return self.place.found()
            case ChoosePlace(region):
                return self._choose_place(region)
            case RememberPlace():
                return self._done("place_kept", await self.place.remember())
            case ForgetPlace():
                return self._done("place_forgotten", await self.place.forget())
            case AskRoute(category, leaving):
                return await self._route(category, leaving)
            case QueueSms(template, number):
                return await self._queue_sms(template, number)
            case NoteTicket(note):
                return Done(await self._noted(note))
            case AskIncident():
                return self.incident.find(command, self.place.place.region, self.language)
            case TellWhenFixed():
                return await self.incident.subscribe(command, self.language)
            case SaveRating(score):
                return await self._rate(score)

    async def _hung_up(self) -> None:
        """Who has taken the offer of a callback is promised one (rule 7 of the callbacks)."""
        taken = self.callback.taken
        if taken is None:
            if not self.ticket:
                self.incident.hung_up()
            return
        try:
            if not self.ticket:
                await self._open_ticket(OpenTicket(taken.category, "callback"))
            kept = await self.callback.hung_up()
        except StorageError:
            log.warning("a callback is lost: the database is away", extra={"action": "callback_lost"})
            return
        self._note("callback", {"event": "hung_up", "outcome": kept.state if kept else "refused"})

    async def _ask(self, ask: Ask) -> Keys:
        self.step = ask.step
        self._asks += 1
        self.services.captions.said(self.channel.call_id, self.language, ask.sounds)
        if self._asks > _MOST_ASKS + _LAST_ASKS:
            raise HotlineError(f"the flow asks on and on at {ask.step}; the call is left to the dialplan")
        pressed = await self.channel.ask(ask.sounds, ask.max_digits, ask.timeout, ask.private)
        # which keys is never written: a number keyed into the menus would stand there digit by digit
        shown = "•" * len(pressed)
        over = self._asks > _MOST_ASKS
        self._note("ask", {"step": ask.step, "keys": shown} | ({"taken_for": "0"} if over else {}))
        return Keys("0" if over else pressed)

    async def _open_ticket(self, command: OpenTicket) -> TicketOpened:
        opened = await self.services.tickets.open_for_call(
            call_id=self.channel.call_id,
            category=command.category,
            purpose=command.purpose,
            language=self.language,
            caller=self.caller.number,
            at=self.services.clock.now(),
            region=self.place.place.region,
        )
        self.ticket = self.side.ticket = opened.number
        self._note("ticket", {"ticket": opened.number, "purpose": command.purpose, "category": command.category})
        return TicketOpened(opened.number, opened.due and local_time(opened.due, self.place.place.zone))

    async def _find_ticket(self, number: str, last_four: str) -> TicketFound:
        try:
            found = await self.services.tickets.find(
                number=number, caller=self.caller.number, last_four=last_four, at=self.services.clock.now()
            )
        except StorageError:
            log.warning("ticket look-up failed", extra={"action": "ticket_lookup_failed"})
            return TicketFound(failed=True)
        data = {"found": "yes" if found else "no"}
        # One phone in ten has a right check digit too, so only what was found is surely a ticket. The journal takes
        # the last `ticket` for the call's own.
        if found and valid_number(number):
            data["asked" if self.ticket else "ticket"] = number
        self._note("status", data)
        return TicketFound(found)

    def _choose_place(self, region: str) -> PlaceFound:
        found = self.place.choose(region)
        self._note("place", place_data(self.place.place))
        return found

    def _done(self, kind: str, done: Done) -> Done:
        self._note(kind, {"done": int(done.ok)})
        return done

    async def _route(self, category: str, leaving: str) -> RouteFound:
        reachable = bool(self.caller.reachable)
        question = Question(self.place.place, category, self.language, reachable, leaving, self.arrived)
        routed = self.services.route.ask(question)
        ahead = await self.callback.ahead(routed.found.queue) if routed.found.position else 0
        found = self.services.route.counting(routed.found, ahead)
        found = replace(found, callback=self.callback.offered(found))
        more = {"position": found.position, "wait_s": found.wait_s, "callbacks_ahead": ahead} if ahead else {}
        self._note("route", {**routed.told, **more, **({"callback": 1} if found.callback else {})})
        return found

    async def _queue_sms(self, template: str, number: str) -> Done:
        try:
            outcome = await self.services.sms.queue(
                call_id=self.channel.call_id,
                number=number,
                template=template,
                language=self.language,
                ticket=self.ticket,
                at=self.services.clock.now(),
            )
        except StorageError:
            log.warning("sms not queued", extra={"action": "sms_not_queued"})
            return Done(False)
        if outcome == "refused":
            log.warning("too many sms", extra={"action": "sms_refused"})
            self._note("sms_refused", {"template": template})
            return Done(False)
        if outcome == "queued":
            self._note("sms", {"template": template})
        return Done()

    async def _noted(self, note: str) -> bool:
        if not self.ticket:
            return False
        return await self.services.tickets.note(
            self.ticket, note, call_id=self.channel.call_id, at=self.services.clock.now()
        )

    async def _rate(self, score: int) -> Done:
        try:
            await self.services.ratings.save(self.channel.call_id, score, self.services.clock.now())
        except StorageError:
            return Done(False)
        self._note("rating", {"score": score})
        return Done()

    def _note(self, kind: str, data: Mapping[str, object]) -> None:
        self.services.journal.write(self.channel.call_id, self.services.clock.now(), kind, data)
