"""Everything that calls citizens back is killed at random; counted at the citizens' phones."""

import re
from contextlib import aclosing

from tests.chaos.case import Options, Result, whole_case
from tests.chaos.faults.suite import Suite
from tests.chaos.world import say

_TOLD = re.compile(r"chaos: in all (\d+) rounds, (\d+) kills, duplicates (\d+), losses (\d+)")
#: So few rounds would not come to each kind of kill on both databases.
_LEAST = 20


@whole_case("dispatcher, controller, Asterisk, database killed while citizens are called back (at least 20 rounds)")
async def callbacks(options: Options, result: Result) -> None:
    rounds = max(options.rounds, _LEAST)
    chosen = {"IVR_CHAOS_ROUNDS": str(rounds), "IVR_CHAOS_SEED": str(options.seed)}
    suite = Suite("tests/telephony/test_callback_crashes.py", chosen, options.folder / "callbacks")
    last: list[str] = []
    async with aclosing(suite.lines()) as lines:
        async for line in lines:
            last = [*last, line][-40:]
            if found := _TOLD.search(line):
                done, kills, duplicates, losses = map(int, found.groups())
                result.rounds = done
                result.figures.update(kills=kills, duplicates=duplicates, losses=losses)
                if duplicates or losses:
                    result.lost.append(f"{duplicates} citizens were rung twice, {losses} lost")
            if "chaos: " in line:
                words = line.rpartition("chaos: ")[2]
                say(f"callbacks: {words}")
                if "callbacks," in words:
                    result.calls += int(re.findall(r"(\d+) rings", words)[0])
                    result.notes.append(words)
    if suite.code:
        result.other.append(f"the test failed (exit code {suite.code}): {' | '.join(last[-8:])}"[:1500])
