"""Fills the templates of asterisk-conf/ and dialplan/: a plan in, the texts of the files out."""

import re
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ivr.errors import PbxError
from ivr.pbx.plan import REPOSITORY, PbxPlan

#: What Asterisk's files cannot carry inside a value: line ends, comments, continuation.
_UNSAFE = re.compile(r"[;\\\x00-\x1f\x7f]")
_FOLDERS = {"asterisk-conf": "", "dialplan": "dialplan/"}


def render(plan: PbxPlan, modules: Path | None = None, templates: Path = REPOSITORY) -> dict[str, str]:
    """File name (relative to astetcdir) -> text; `agi-bin/callback-wish` is a program.

    `modules`: astmoddir, for an Asterisk run from a folder. Raises `PbxError` for a value no file can carry.
    """
    directories = dict(plan.directories)
    if modules and directories:
        directories["astmoddir"] = str(modules)
    files = {}
    for folder, prefix in _FOLDERS.items():
        source = templates / folder
        jinja = Environment(  # noqa: S701 - Asterisk's files are no HTML; `_checked` guards every value
            loader=FileSystemLoader(source), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
            keep_trailing_newline=True, finalize=_checked,
        )
        for template in sorted(source.glob("*.j2")):
            text = jinja.get_template(template.name).render(plan=plan, directories=directories)
            files[prefix + template.name.removesuffix(".j2")] = text
    if not files:
        raise PbxError(f"{templates}: no templates here; run from a complete checkout of the project")
    files["agi-bin/callback-wish"] = f"#!/bin/sh\nexec {plan.wish_command}\n"
    return files


def _checked(value: object) -> object:
    """Every value that goes into a file passes here."""
    if isinstance(value, str) and _UNSAFE.search(value):
        shown = _UNSAFE.sub("?", value)
        raise PbxError(f"asterisk configuration: {shown!r} contains a character that its files cannot carry; "
                       "change the setting it comes from")
    return value
