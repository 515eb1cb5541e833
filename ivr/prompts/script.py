"""A list for the recording studio: what to say into which file."""

import csv
import html
import io
from collections.abc import Iterable
from itertools import groupby

from ivr.prompts.catalogue import Prompt

_COLUMNS = ("group", "key", "file", "text", "note")


def recording_script(prompts: Iterable[Prompt], form: str = "text") -> str:
    """All spoken prompts by language and group, as "text", "csv" or "html"."""
    rows = [_row(p) for p in sorted(prompts, key=lambda p: (p.language, p.word, p.key)) if p.pause_ms is None]
    if form == "csv":
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(_COLUMNS)
        writer.writerows(rows)
        return out.getvalue()
    if form == "html":
        return _html(rows)
    lines: list[str] = []
    for group, members in groupby(rows, key=lambda row: row[0]):
        lines += ["", f"== {group}"]
        lines += [f"{file}: {text}" + (f"   ({note})" if note else "") for _, _, file, text, note in members]
    return "\n".join(lines).strip() + "\n"


def _row(prompt: Prompt) -> tuple[str, str, str, str, str]:
    group = f"{prompt.language} {prompt.key.split('/')[0]}"
    note = "a piece of a sentence: even voice, not falling at the end" if prompt.word else ""
    return group, prompt.key, f"{prompt.language}/{prompt.key}.wav", prompt.text, note


def _html(rows: list[tuple[str, str, str, str, str]]) -> str:
    head = "".join(f"<th>{c}</th>" for c in _COLUMNS)
    body = "\n".join("<tr>" + "".join(f"<td>{html.escape(c)}</td>" for c in row) + "</tr>" for row in rows)
    return (
        '<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>Recording script</title>\n'
        "<style>body{font:16px sans-serif}td,th{border:1px solid #999;padding:.3em;text-align:left}"
        "table{border-collapse:collapse}</style>\n"
        f"<h1>Recording script</h1><p>48 kHz, 16 or 24 bit, mono WAV, no processing.</p>\n"
        f"<table><tr>{head}</tr>\n{body}\n</table></html>\n"
    )
