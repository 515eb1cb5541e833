"""What a monitor reads at /metrics."""

from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from ivr.app import Controller
from ivr.config import Config
from ivr.errors import StorageError
from ivr.monitor import gauge
from ivr.storage.schema import upgrade
from ivr.storage.store import open_storage

from .conftest import Serve

#: Names that dashboards and alerts use already.
_KEPT = {
    "hotline_calls_running", "hotline_calls_total", "hotline_calls_refused_total", "hotline_calls_failed_total",
    "hotline_agi_bad_headers_total", "hotline_callers_waiting", "hotline_manager_link_up", "hotline_test_time",
    "hotline_manager_events_lost_total", "hotline_uptime_seconds", "hotline_callbacks_overdue",
}  # fmt: skip


async def test_every_figure_of_the_application_says_what_it_is(tmp_path: Path) -> None:
    config = Config(state_dir=tmp_path)
    await upgrade(config.database)
    async with open_storage(config.database, 30) as storage:
        controller = Controller(config, storage)
        controller.site.monitor.thought(0.004)
        families = list(text_string_to_metric_families((await controller.site.monitor.text()).decode()))
    assert not [family.name for family in families if not family.documentation or family.type == "unknown"]
    names = {sample.name for family in families for sample in family.samples}
    assert names >= _KEPT
    assert names >= {"hotline_browsers", "hotline_web_connections", "hotline_manager_events_pending"}
    assert names >= {"hotline_browser_telephones", "hotline_browser_telephones_cut_off_total"}
    assert "hotline_agi_think_seconds_bucket" in names
    assert len({family.name for family in families}) == len(families)


async def test_requests_are_timed_by_route_and_status(serve: Serve) -> None:
    site = await serve()
    guest = await site.browser()
    await guest.ask("GET", "/api/session")
    await guest.ask("GET", "/api/users")
    await guest.ask("GET", "/nothing/+79001234567")
    status, told = await guest.ask("GET", "/metrics")
    assert status == 200 and guest.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    counts = {
        (sample.labels["path"], sample.labels["status"]): sample.value
        for family in text_string_to_metric_families(told)
        for sample in family.samples
        if sample.name == "hotline_http_request_seconds_count"
    }
    assert counts == {("/api/session", "200"): 1, ("/api/users", "401"): 1, ("", "404"): 1}
    assert "79001234567" not in told and "/nothing" not in told and "_created" not in told


async def test_a_source_that_fails_leaves_the_others(serve: Serve) -> None:
    site = await serve()

    async def away():  # type: ignore[no-untyped-def]
        raise StorageError

    async def there():  # type: ignore[no-untyped-def]
        return [gauge("answer", "The answer", 42)]

    site.site.monitor.add(away)
    site.site.monitor.add(there)
    status, told = await (await site.browser()).ask("GET", "/metrics")
    assert status == 200 and "\nhotline_answer 42.0\n" in told


@pytest.mark.parametrize(("address", "login", "status"), [
    ("127.0.0.1", "", 200), ("10.1.2.3", "", 200), ("fd00::5", "", 200), ("8.8.8.8", "", 403),
    ("10.1.2.3:5000", "", 200), ("[fd00::5]:5000", "", 200), ("8.8.8.8:5000", "", 403),
    ("8.8.8.8", "olga", 403), ("8.8.8.8", "root", 200),
])  # fmt: skip
async def test_figures_are_for_inside_and_for_administrators(
    serve: Serve, address: str, login: str, status: int
) -> None:
    site = await serve(web_proxies=("127.0.0.1",))
    await site.person("olga", "operator")
    await site.person("root", "administrator")
    browser = await site.browser(login)
    assert (await browser.ask("GET", "/metrics", X_Forwarded_For=address))[0] == status


async def test_behind_a_proxy_that_no_setting_names_figures_are_for_administrators(serve: Serve) -> None:
    site = await serve()
    await site.person("root", "administrator")
    stranger, root = await site.browser(), await site.browser("root")
    for header in ("X-Forwarded-For", "X-Real-IP", "Forwarded"):
        assert (await stranger.ask("GET", "/metrics", **{header: "127.0.0.1"}))[0] == 403
    assert (await root.ask("GET", "/metrics", X_Forwarded_For="8.8.8.8"))[0] == 200
