"""Made-up numbers of documents, keyed in at every prompt in every language, and looked for everywhere afterwards."""

import asyncio
import os
import sys
from pathlib import Path

from tests.chaos.case import Options, Result, whole_case


@whole_case("numbers of documents keyed in at every prompt in every language; none may be found (some 2,500 calls)")
async def canary(options: Options, result: Result) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/canary",
        cwd=Path(__file__).parents[3], env={**os.environ, "IVR_CANARY": "whole"},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        out, _ = await process.communicate()
        told = out.decode(errors="replace").splitlines()
        result.rounds = 1
        result.notes += told[-1:]
        if process.returncode:
            # where and in which form: the canary never shows the number itself
            faults = [line[1:].strip() for line in told if line.startswith("E ")]
            result.other.append(f"the canary was found, or not fed: {' | '.join(faults or told[-8:])}"[:1500])
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
