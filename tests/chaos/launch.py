"""`ivr`, whose controller is started with further variables: those of the JSON file that CHAOS_CONTROLLER names.

The file is read at each start of the controller, so what it starts with can change while the hotline runs.
"""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from ivr.cli import main
from ivr.commands import _controller_side
from ivr.pbx.child import Child

_start = _controller_side.start


def _with_more(
    argv: Sequence[str], output: Path | IO[bytes] | None = None, env: Mapping[str, str] | None = None,
    die_with_us: bool = False,
) -> Child:  # fmt: skip
    if "controller" in argv:
        more = json.loads(Path(os.environ["CHAOS_CONTROLLER"]).read_text("utf-8"))
        env = {**(os.environ if env is None else env), **more}
    return _start(argv, output, env, die_with_us)


if __name__ == "__main__":
    _controller_side.start = _with_more
    sys.exit(main())
