"""The set-up steps of `ivr run`, each in the words of the configuration."""

import re
import shutil
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

from ivr.config import Config, Secret
from ivr.datafiles import data_path
from ivr.domain.queue_plan import load_queue_plan
from ivr.pbx.paths import InstancePaths
from ivr.pbx.plan import make_plan
from ivr.pbx.ports import Port
from ivr.pbx.render import render
from ivr.pbx.secrets import load_secrets
from ivr.prompts.music import build_music
from ivr.prompts.setup import open_studio
from ivr.storage.schema import upgrade

_PERSONAL = re.compile(r"[a-z]{2,3}_[a-z0-9]{1,20}\Z")


def ports(config: Config, asterisk: bool = True, controller: bool = True) -> list[Port]:
    """The sockets a hotline listens on: those of Asterisk, those of the controller."""
    its = [Port("sip_port", config.sip_bind, config.sip_port, udp=True),
           Port("ami_port", config.asterisk_host, config.ami_port),
           Port("ws_port", config.asterisk_host, config.ws_port)]
    if any(trunk.tls for trunk in config.trunks):
        its.append(Port("sip_tls_port", config.sip_bind, config.sip_tls_port))
    ours = [Port("agi_port", config.agi_host, config.agi_port), Port("web_port", config.web_host, config.web_port)]
    return [*(its if asterisk else []), *(ours if controller else [])]


def configuration(config: Config, paths: InstancePaths, modules: Path) -> dict[str, str]:
    """Asterisk's files: name below etc -> text. Makes the secrets when there are none."""
    chosen = {o.login: o.secret.reveal() for o in config.operators if o.secret}
    secrets = load_secrets(secrets_file(config), [o.login for o in config.operators], chosen)
    queues = load_queue_plan(data_path("queues.toml", config.data_dir).read_text("utf-8"))
    return render(make_plan(config, secrets, queues, paths), modules)


def secrets_file(config: Config) -> Path:
    """Where the generated passwords are."""
    return config.state_dir / "secrets.json"


def prompts(config: Config, step: Callable[[str], None]) -> list[str]:
    """Build what is not current; complaints in words."""
    studio = open_studio(config.languages, config.state_dir, config.data_dir, config.asterisk_cache)
    report = studio.build(lambda done, total, name: step(f"building the prompts: {done} of {total}")
                          if done == total or done % 100 == 0 else None)
    if not report.missing:
        return []
    return [f"{len(report.missing)} prompts have neither a voice nor a recording; see: ivr prompts missing"]


def music(config: Config, paths: InstancePaths, source: Path, step: Callable[[str], None]) -> None:
    """Music on hold in each codec; Asterisk plays it from `paths.data`/moh."""
    if not any(source.glob("*.g722")):
        return  # an Asterisk with music of its own
    target = config.asterisk_cache.expanduser() / "music"
    build_music(source, target, step)
    link = paths.data / "moh"
    fresh = link.with_name(".moh")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.replace(link)


async def database(config: Config) -> None:
    """Bring the database to this version. Raises `StorageError`."""
    await upgrade(config.database)


def environment(config: Config) -> dict[str, str]:
    """The settings as IVR_* variables, so that a child process has exactly ours, flags included. No flag is a secret:
    a child reads those where we did, and no password stands in an environment that did not come with it."""
    found = {"IVR_CONFIG_FILE": str(config.config_file)}
    for f in fields(Config):
        value = getattr(config, f.name)
        if f.type is Secret or f.name in ("trunks", "operators", "config_file") or value is None:
            continue
        found["IVR_" + f.name.upper()] = ",".join(value) if isinstance(value, tuple) else str(value)
    return found


def forget_announcements(sounds: Path) -> None:
    """Remove the announcements made for single callers: nobody keeps them true any more."""
    for folder in sounds.glob("*_*"):
        if _PERSONAL.match(folder.name):
            shutil.rmtree(folder, ignore_errors=True)


def calls(config: Config) -> str:
    """Where calls are taken, in words."""
    return f"SIP, UDP {host(config.public_address or config.sip_bind)}:{config.sip_port}, number {config.did}"


def addresses(config: Config) -> list[str]:
    """Where everything is, for the user."""
    logins = ", ".join(f"op-{operator.login}" for operator in config.operators)
    return [
        "The hotline is ready.",
        f"  calls      {calls(config)}",
        f"  operators  {logins} at the same address; passwords: {secrets_file(config)}; *11 logs in",
        f"  web        {web_address(config)}/",
        f"  state      {config.state_dir}",
        "  try it     make call   (or: ivr call)          Ctrl-C stops everything",
    ]


def web_address(config: Config) -> str:
    """Where the public, or a browser on this machine, finds the pages."""
    if config.web_url:
        return config.web_url.rstrip("/")
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}
    return f"http://{host(everywhere.get(config.web_host, config.web_host))}:{config.web_port}"


def host(address: str) -> str:
    """An address as it stands in a URL."""
    return f"[{address}]" if ":" in address else address
