"""What supervisors do, put together: operators and callers steered, talks listened to, known faults announced."""

import secrets

from ivr.ami.client import AmiClient
from ivr.ami.switchboard import Switchboard
from ivr.config import Config
from ivr.domain.queue_plan import QueuePlan
from ivr.domain.regions import Regions
from ivr.flow.book import CATEGORIES
from ivr.services.incidents import IncidentDesk
from ivr.services.listening import Listening
from ivr.services.ports import Board, Clock, Journal
from ivr.services.steering import Steering
from ivr.services.steering_orders import SteeringOrders
from ivr.storage.store import Storage
from ivr.web.incidents import IncidentPages
from ivr.web.live import Live
from ivr.wiring import incident_sounds


class SteerSide:
    """`orders` is what the reception asks where a caller is to go; `incidents.run` goes on until cancelled."""

    def __init__(
        self, config: Config, storage: Storage, clock: Clock, ami: AmiClient, board: Board, journal: Journal,
        regions: Regions, plan: QueuePlan,
    ) -> None:  # fmt: skip
        self.orders = SteeringOrders(clock)
        ami.on_event.append(self.orders.event)
        self.switchboard = Switchboard(ami)
        operators = {operator.login: plan.of_operator(operator.queues) for operator in config.operators}
        self.steering = Steering(self.switchboard, board, storage.audit, clock, operators, self.orders)
        self.listening = Listening(self.switchboard, storage.audit, journal, clock, secrets.randbelow)
        self._sounds = incident_sounds(config)
        self._languages = list(config.languages)
        self._regions = {code: dict(region.names) for code, region in regions.by_code.items()}
        self.incidents = IncidentDesk(
            storage.incidents,
            self._sounds,
            storage.audit,
            clock,
            config.languages,
            CATEGORIES,
            regions.by_code,
            lambda: secrets.token_hex(4),
        )

    def pages(self, live: Live) -> IncidentPages:
        """What the browsers see of known faults."""
        categories = list(CATEGORIES)
        return IncidentPages(self.incidents, self._sounds, live, self._languages, categories, self._regions)
