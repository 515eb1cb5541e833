"""The settings as flags, the same for every command that runs something."""

import argparse
from dataclasses import fields
from pathlib import Path

from ivr.config import Config, load_config

#: Settings that are wanted on the command line; all of them can be set in hotline.toml and as IVR_*.
_FLAGS = (
    "state_dir", "sip_bind", "sip_port", "sip_tls_port", "agi_port", "ami_port", "ws_port", "web_host", "web_port",
    "asterisk", "log_level",
)  # fmt: skip


def settings_arguments(parser: argparse.ArgumentParser) -> None:
    """Add --config and the settings that are useful as flags."""
    group = parser.add_argument_group("settings (also in hotline.toml and as IVR_* variables)")
    group.add_argument("--config", type=Path, metavar="FILE", help="settings file (default: hotline.toml)")
    helps = {f.name: f.metadata.get("help", "") for f in fields(Config)}
    for name in _FLAGS:
        group.add_argument("--" + name.replace("_", "-"), metavar="VALUE", help=helps[name].replace("%", "%%"))


def config_from(args: argparse.Namespace) -> Config:
    """The settings with the flags of `args` applied. Raises `ConfigError` with every fault found."""
    return load_config(args.config, **{name: getattr(args, name) for name in _FLAGS})
