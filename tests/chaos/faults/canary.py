"""Made-up numbers of documents, keyed in at every prompt in every language, and looked for everywhere afterwards."""

import re
from contextlib import aclosing

from tests.chaos.case import Options, Result, whole_case
from tests.chaos.faults.suite import Suite
from tests.chaos.world import say

_SUMMARY = re.compile(r"^\d+ (passed|failed|error).* in \d")
_TOLD = re.compile(r"canary: (\d+) of (\d+) calls")


@whole_case("numbers of documents keyed in at every prompt in every language; none may be found (some 2,500 calls)")
async def canary(options: Options, result: Result) -> None:
    suite = Suite("tests/canary", {"IVR_CANARY": "whole"}, options.folder / "canary")
    told: list[str] = []
    before = now = 0
    async with aclosing(suite.lines()) as lines:
        async for line in lines:
            told.append(line)
            if found := _TOLD.search(line):
                say(f"canary: {found[1]} of {found[2]} calls")
                done = int(found[1])
                # the next test counts from one again
                before, now = before + (now if done < now else 0), done
                result.calls = before + now
    result.rounds = 1
    result.notes += [line for line in told if _SUMMARY.search(line)][-1:]
    if suite.code:
        # where and in which form: the canary never shows the number itself
        faults = [line[1:].strip() for line in told if line.startswith("E ")]
        result.other.append(f"the canary was found, or not fed: {' | '.join(faults or told[-8:])}"[:1500])
