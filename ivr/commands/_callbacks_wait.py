"""How long who is promised a callback now would wait in the queue: asked of Asterisk, where the hotline runs."""

from datetime import datetime

from ivr.ami.events import fold
from ivr.config import Config
from ivr.dialler.dialler import AsteriskDialler
from ivr.dialler.link import Link
from ivr.domain.queues import estimated_wait
from ivr.errors import HotlineError
from ivr.pbx.secrets import load_secrets
from ivr.storage.store import Storage


async def expected(config: Config, storage: Storage, queue: str, now: datetime) -> int | None:
    """Seconds; None: nobody is logged in there. 0 where the hotline does not run."""
    file = config.state_dir / "secrets.json"
    if not file.is_file():
        return 0
    link = Link()
    try:
        known = load_secrets(file, [operator.login for operator in config.operators])
        await link.connect(config.ami_port, "dispatcher", known.dispatcher, config.asterisk_host)
        board = await AsteriskDialler(link, fold).board(now)
    except HotlineError:
        return 0
    finally:
        link.close()
    view = board.queues.get(queue)
    if view is None:
        return None
    ahead = await storage.callbacks.ahead(queue, now, now)
    return estimated_wait(view, len(view.waiting) + ahead + 1)
