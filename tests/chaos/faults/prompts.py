"""Prompts are missing while calls run."""

import asyncio

from tests.chaos.case import Strike, case
from tests.chaos.world import World


@case("a third of the Russian prompts is gone for 15 s, other ones each time")
async def prompts_missing(world: World, strike: Strike) -> None:
    folder = world.line.state / "sounds" / "ru" / "ivr"
    aside = folder.with_name("ivr-aside")
    keys = sorted({file.relative_to(folder).with_suffix("") for file in folder.rglob("*.*") if file.is_file()})
    moved = []
    try:
        for key in strike.dice.sample(keys, len(keys) // 3):
            for file in (folder / key.parent).glob(f"{key.name}.*"):
                target = aside / file.relative_to(folder)
                target.parent.mkdir(parents=True, exist_ok=True)
                file.rename(target)
                moved.append((target, file))
        await asyncio.sleep(15)
    finally:
        for target, file in moved:
            target.rename(file)
    strike.now()
