"""Composition root: builds every adapter once, wires the services, runs them until told to stop."""

import asyncio
import logging
import secrets
import signal
from collections import ChainMap
from collections.abc import Mapping

from ivr.agi.server import AgiServer
from ivr.ami.client import AmiClient
from ivr.callsweep import CallSweep
from ivr.collector import settle
from ivr.config import Config
from ivr.deskside import DeskSide
from ivr.domain.callback_hours import CallbackHours
from ivr.domain.deadlines import Deadlines
from ivr.domain.queues import BoardView
from ivr.errors import HotlineError, StorageError
from ivr.figures import Figures
from ivr.historyside import RecordingSide, history_pages
from ivr.liveside import LiveSide
from ivr.logcare import LogCare
from ivr.pbx.paths import InstancePaths
from ivr.pbx.secrets import load_secrets
from ivr.prompts.announcer import Announcer
from ivr.prompts.background import BackgroundAnnouncer
from ivr.services.callback_desk import CallbackDesk
from ivr.services.callback_ear import CallbackEar
from ivr.services.callback_terms import CallbackOffice
from ivr.services.conversation import Services
from ivr.services.due_dates import DueDates
from ivr.services.guests import GuestAnnouncements, GuestDesk, GuestJournal
from ivr.services.queue_journal import QueueJournal
from ivr.services.reception import Reception
from ivr.services.routing import RouteDesk
from ivr.services.sms_desk import SmsDesk
from ivr.services.tickets import TicketDesk
from ivr.services.waiting import WaitingRoom
from ivr.services.whereabouts import Locators, Whereabouts
from ivr.services.wish_callbacks import WishCallbacks
from ivr.services.wishes import WishDesk
from ivr.site import Site
from ivr.steerside import SteerSide
from ivr.storage.numbering_file import NumberingFile, plan_path
from ivr.storage.spool import FolderSpool
from ivr.storage.store import Storage, open_storage
from ivr.storage.upgrading import upgrade_soon, withhold
from ivr.tasks import each
from ivr.web.board import BoardPages
from ivr.web.recordings import RecordingPages
from ivr.web.steering import SteeringPages
from ivr.wiring import (
    SystemClock,
    callback_numbers,
    callback_room,
    identify,
    load_readers,
    local_clock,
    make_flows,
    make_router,
    nowhere,
    read_calendars,
    read_plan,
    read_regions,
    read_texts,
)

log = logging.getLogger(__name__)
#: Seconds that running menus may last after SIGTERM; waiting and talking callers do not depend on us.
DRAIN_S = 8.0
_HOUSEKEEPING_S = 5.0
_BEFORE_ANNOUNCEMENT_S = 10
_PATIENCE_S = 60.0


async def serve(config: Config, setup_digest: str = "") -> None:
    """Run controller and web server until SIGTERM or SIGINT. Raises `HotlineError` when it cannot start."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await serve_until(stop, config, setup_digest)


async def serve_until(stop: asyncio.Event, config: Config, setup_digest: str = "") -> None:
    """Serve until `stop`, also while the database is away, or its upgrade lasts. Raises `HotlineError` when it cannot
    start, or when the database turns out to be that of a newer version."""
    later = await upgrade_soon(config.database)
    async with open_storage(config.database) as storage:
        if later is not None:
            withhold(storage.database, later)
            # it ends by itself, or because it must not go on: then the running menus end first
            later.add_done_callback(lambda task: None if task.cancelled() or task.exception() is None else stop.set())
        controller = Controller(config, storage, setup_digest)
        settle()
        try:
            await controller.run(stop)
        finally:
            if later is not None:
                later.cancel()
        if later is not None and later.done() and not later.cancelled():
            later.result()


class Controller:
    """All adapters and services of one process."""

    def __init__(self, config: Config, storage: Storage, setup_digest: str = "") -> None:
        self._config = config
        self._clock = SystemClock()
        readers = load_readers(config)
        known = load_secrets(config.state_dir / "secrets.json", [o.login for o in config.operators])
        self._ami = AmiClient(config.asterisk_host, config.ami_port, "controller", known.ami)
        regions, calendars = read_regions(config), read_calendars(config)
        live = LiveSide(config, storage, self._clock, self._ami, regions, calendars, read_plan(config))
        self._live_side, self._board = live, live.queues
        self._announcer = Announcer(config.state_dir / "sounds")
        self._background = BackgroundAnnouncer(self._announcer)
        texts = {language: ChainMap({}, words) for language, words in read_texts(config).items()}
        self._guests = guests = GuestDesk(self._clock, lambda: secrets.token_urlsafe(24), texts)
        journal = GuestJournal(live.calls, guests)
        self._waiting = WaitingRoom(
            GuestAnnouncements(self._background, guests),
            lambda language, place, wait: readers[language].queue_position(place, wait),
            journal,
            # Asterisk's first announcement comes `announce_every` after he has joined
            max(0, config.announce_every - _BEFORE_ANNOUNCEMENT_S),
            lambda call_id: guests.of_call(call_id) is not None,
        )
        self._numbering = NumberingFile(plan_path(config.state_dir))
        self._numbers = self._numbering.current()
        trial = local_clock(config, self._clock)
        self._queue_journal = QueueJournal(journal, self._clock)
        self._ami.on_event.append(self._queue_journal.event)
        self._callbacks = callbacks = CallbackDesk(
            storage.callbacks, self._clock, lambda: secrets.token_hex(8), agent_first=read_plan(config).agent_first
        )
        self._ear = CallbackEar(callbacks)
        self._queue_journal.on_callback.append(self._ear.hear)
        self._queue_journal.on_operator.append(self._ear.operator)
        self._logs = LogCare(self._ami, InstancePaths.under(config.state_dir).log, live.unread_logs)
        self._sweep = CallSweep(self._ami, storage.calls, journal, self._clock)
        self._board.on_change.append(self._seen)
        deadlines = Deadlines(calendars, regions, config.default_region)
        self._due_dates = DueDates(storage.tickets, deadlines)
        router = make_router(config, calendars, regions)
        route_desk = RouteDesk(router, self._board, trial)
        self._queue_journal.on_out.append(route_desk.out)
        desk = TicketDesk(storage.tickets, secrets.randbelow, deadlines=deadlines)
        whereabouts = Whereabouts(storage.places, Locators(regions, lambda: self._numbers, config.default_region))
        steer = SteerSide(config, storage, self._clock, self._ami, self._board, journal, regions, read_plan(config))
        self._incidents = steer.incidents
        for language, words in texts.items():
            # what incidents say can be read on the page too
            words.maps[0] = steer.incidents.words[language]
        self._recordings = RecordingSide(config, storage, journal, self._ami, known.recorder)
        services = Services(
            tickets=desk,
            sms=SmsDesk(storage.outbox),
            ratings=storage.ratings,
            journal=journal,
            clock=self._clock,
            local_clock=trial,
            whereabouts=whereabouts,
            route=route_desk,
            waiting=self._waiting,
            queue_journal=self._queue_journal,
            callbacks=CallbackOffice(
                callbacks,
                CallbackHours(calendars),
                callback_numbers(config, regions),
                whereabouts,
                self._clock,
                callback_room(config, calendars).room,
            ),
            incidents=steer.incidents,
            captions=guests,
            record=lambda: self._recordings.desk.room,
        )
        spool = FolderSpool(config.state_dir / "spool" / "wishes", config.default_language)
        languages = (config.default_language, *config.languages)
        self._wishes = WishDesk(spool, desk, WishCallbacks(services, config.did.lstrip("+"), languages).promise)
        self._agi = AgiServer(max_calls=config.max_calls)
        somewhere = nowhere(regions, config.default_region)
        self._reception = reception = Reception(
            services,
            make_flows(config, readers, regions),
            identify,
            (config.default_language, *config.languages),
            somewhere,
            steer.orders,
            guests,
        )
        routes = ("inbound", "rating", "unanswered", "moved", "steered", "transferred", "offer", "callback")
        for route in routes:
            # whom we have called ourselves is not rung to hear nothing, however many others call
            self._agi.add_route(f"{known.agi}/{route}", getattr(reception, route), known=route != "inbound")
        self._agi.add_route(f"{known.agi}/listen", steer.listening.listen, known=True)
        self.site = Site(config, storage, self._clock, setup_digest=setup_digest)
        live.publish_to(self.site.live)
        board = live.board
        self.site.add(BoardPages(self.site.live, board.snapshot, board.day, board.acknowledge, live.tell))
        self.site.add(steer.pages(self.site.live))
        self._desk = DeskSide(config, storage, live, self.site, services, regions, steer)
        self._ami.on_event.append(self._desk.event)
        self.site.add(history_pages(config, storage, router, regions))
        self.site.add(RecordingPages(self._recordings.desk))
        self.site.watch(self._readiness)
        self._agi.on_thought = self.site.monitor.thought
        Figures(
            self._agi.counters, self._ami, self._board.view, storage.callbacks, self.site.live, bool(config.test_time),
            config.state_dir, self._clock,
        ).tell(self.site.monitor)
        lent = self.site.telephone(known, services, guests, somewhere).lent
        self.site.add(SteeringPages(steer.steering, steer.listening, storage.audit, lent))
        self._web = self.site.server()

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop`, then let the running menus end."""
        try:
            # first: who cannot listen must not touch the announcements of the one who does
            await self._agi.start(self._config.agi_host, self._config.agi_port)
            await self._web.start()
        except OSError as error:
            raise HotlineError(f"the controller cannot listen: {error.strerror}; does another one run here?") from None
        self._announcer.clear()
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(self._ami.run(), name="manager link"),
                group.create_task(self._recordings.run(), name="pausing recordings"),
                group.create_task(self._board.run(), name="live queues"),
                group.create_task(self._live_side.run(), name="board"),
                group.create_task(self._desk.run(), name="desks"),
                group.create_task(self._housekeeping(), name="housekeeping"),
                group.create_task(self._sweep.run(), name="call sweep"),
                group.create_task(self._recompute_due(), name="due dates"),
                group.create_task(self._ear.run(), name="callbacks"),
                group.create_task(self._incidents.run(), name="incidents"),
            ]
            log.info("controller ready on port %d", self._config.agi_port, extra={"action": "ready"})
            await stop.wait()
            log.info("controller stops", extra={"action": "stopping"})
            await self._agi.drain(DRAIN_S)
            await self._web.stop()
            for task in tasks:
                task.cancel()
        await self._live_side.close()
        self._background.close()
        self._announcer.clear()

    async def _housekeeping(self) -> None:
        steps = {
            "announcing places": self._announce,
            "taking in wishes": lambda: self._wishes.pick_up(self._clock.now()),
            "looking after log files": self._logs.look,
            "reading the numbering plan": self._read_numbers,
            "forgetting sessions": self.site.sweep,
            "looking after recordings": lambda: self._recordings.desk.look(self._clock.now()),
        }
        while True:
            await each(steps)
            await asyncio.sleep(_HOUSEKEEPING_S)

    async def _announce(self) -> None:
        try:
            await self._waiting.count(self._board.view(), self._callbacks.ahead)
            await self._waiting.hold(self._board.view(), self._clock.now(), self._callbacks.hold)
        except StorageError:
            log.warning("callbacks are not counted or held: the database is away", extra={"action": "ahead_unknown"})
        self._waiting.update(self._board.view(), self._clock.now())

    async def _read_numbers(self) -> None:
        # off the loop: another plan takes up to a second to read
        self._numbers = await asyncio.to_thread(self._numbering.current)

    async def _recompute_due(self) -> None:
        """Once a start: the calendars may be others than before."""
        while True:
            try:
                await self._due_dates.recompute()
                return
            except StorageError as error:
                log.warning("due dates were not worked out, tried again: %s", error)
            await asyncio.sleep(_PATIENCE_S)

    def _seen(self, view: BoardView) -> None:
        self._waiting.update(view, self._clock.now())

    def _readiness(self) -> Mapping[str, tuple[bool, str]]:
        linked = self._ami.connected
        fresh = self._board.view().fresh
        return {
            "manager link": (linked, "up" if linked else "Asterisk does not answer yet"),
            "queues": (fresh, "known" if fresh else "not read yet"),
        }
