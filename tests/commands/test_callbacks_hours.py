"""What the settings say of calling back: which queue rings whom first."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ivr.commands._callbacks_hours import Hours
from ivr.config import Config
from ivr.datafiles import data_reader
from ivr.domain.callbacks import Callback
from ivr.domain.queues import BoardView, QueueView

#: A Wednesday, noon in Moscow.
AT = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
DUE = Callback(
    id="a", number="+74952201234", service="88005553535", category="signin", queue="kazan", language="ru", region="",
    zone="Europe/Moscow", ticket="", source="queue", virtual_start=AT, created_at=AT, window_from=AT,
    window_to=AT + timedelta(hours=1), expires_at=AT + timedelta(hours=8), state="waiting",
)  # fmt: skip


def test_the_queues_that_say_so_call_an_operator_first(tmp_path: Path) -> None:
    shipped = data_reader(None)("queues.toml")
    assert shipped is not None
    changed = shipped.replace("[queues.kazan]\n", '[queues.kazan]\ncallback = "agent_first"\n')
    (tmp_path / "queues.toml").write_text(changed, "utf-8")
    board = BoardView({name: QueueView(name, 2, 2) for name in ("kazan", "moscow", "common")}, fresh=True)
    due = [DUE, replace(DUE, id="b", queue="moscow")]
    for config, first in ((Config(), set()), (Config(data_dir=tmp_path), {"a"})):
        choice = Hours(config, AT).chooser()(due, {}, board, AT)
        assert ({each.id for each in choice.dial}, choice.agent_first) == ({"a", "b"}, first)
