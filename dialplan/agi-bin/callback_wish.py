"""Takes a wish to be called back while the controller is down. Started by Asterisk, once per call.

    callback_wish.py SPOOL_DIR

Says `fallback/wish`; on key 1 leaves `<SPOOL_DIR>/<call id>.json` (0600, complete once it has that name) and says
`fallback/wish-taken`, never before the file is on the disk. Whatever goes wrong, the dialplan says goodbye.
"""

import json
import os
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

from asterisk.agi import AGI, AGIException

#: Milliseconds to wait for the key after the question.
PATIENCE = 5000


def variable(agi: AGI, name: str, pattern: str) -> str:
    """A channel variable, or "" unless all of it has the form expected."""
    value = agi.get_variable(name) or ""
    return value if re.fullmatch(pattern, value) else ""


def leave(spool: Path, wish: dict[str, str]) -> None:
    spool.mkdir(mode=0o700, parents=True, exist_ok=True)
    half = spool / f".{wish['call_id']}.tmp"
    half.unlink(missing_ok=True)
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        json.dump(wish, stream)
        stream.flush()
        os.fsync(stream.fileno())
    half.replace(spool / f"{wish['call_id']}.json")


def talk(agi: AGI, spool: Path) -> None:
    wish = {
        "call_id": variable(agi, "IVR_CALL_ID", r"[a-z0-9]{1,40}"),
        "caller": variable(agi, "IVR_CALLER", r"\+?[0-9]{3,15}"),
        "did": variable(agi, "IVR_DID", r"[0-9]{3,15}"),
        "trunk": variable(agi, "IVR_TRUNK", r"[a-z0-9-]{1,31}"),
        "language": variable(agi, "IVR_LANGUAGE", r"[a-z]{2,3}"),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    if not wish["call_id"] or not wish["caller"]:
        return  # a withheld number cannot be called back: nothing to promise
    key = agi.stream_file("ivr/fallback/wish", "1") or agi.wait_for_digit(PATIENCE)
    if key == "1":
        leave(spool, wish)
        agi.stream_file("ivr/fallback/wish-taken")


def main() -> int:
    # pyst2 writes all it reads, the caller's number too, to its stderr
    with Path(os.devnull).open("w") as nowhere:
        agi = AGI(stderr=nowhere)
        try:
            talk(agi, Path(sys.argv[1]))
        except (AGIException, OSError) as error:
            print(f"callback wish: {type(error).__name__}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
