#!/usr/bin/env python3
"""The call on pyst2, classic AGI: `pyst2_agi.py [CALL.json]` is started for each call and talks on stdin and stdout."""

import json
import sys
from pathlib import Path
from typing import Any

from asterisk.agi import AGI, AGIException

KEYS = "0123456789*#"


def play(agi: AGI, files: list[str]) -> bool:
    return any(agi.stream_file(file, KEYS) for file in files)


def take(agi: AGI, steps: list[dict[str, Any]]) -> None:
    for step in steps:
        if "play" in step:
            play(agi, step["play"])
        elif "ask" in step:
            *first, last = step["ask"]
            if not play(agi, first):
                agi.get_data(last, step["wait_ms"], 1)
        else:
            for name, value in step["set"].items():
                agi.set_variable(name, value)


if __name__ == "__main__":
    path = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).with_name("call.json"))
    try:
        take(AGI(), json.loads(path.read_text("utf-8")))
    except AGIException:  # the caller is gone
        sys.exit(0)
