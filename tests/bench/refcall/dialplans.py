"""The reference call as dialplan: all of it (the limit), and the frames around the servers of others."""

from collections.abc import Mapping, Sequence

from ivr.domain.tickets import valid_number
from tests.bench.refcall.story import LANGUAGE, TICKET, Said, handed_over

#: Who serves -> the number that is dialled for it.
NUMBERS = {"dialplan": "7001", "panoramisk": "7002", "pyst2": "7003", "ding-dong": "7004"}
#: What the dialplan needs and the hotline does not load.
MODULES = ("app_read", "func_rand")
assert valid_number(TICKET)


def contexts(trunk: str, told: Sequence[Said], agi: Mapping[str, str]) -> str:
    """Text for extensions.conf. `agi`: who serves -> what its AGI() is given; who is not in it is not reached."""
    lines = [f"\n[from-trunk-{trunk}](+)"]
    lines += [f"exten => {number},1,Goto(bench-{name},s,1)" for name, number in NUMBERS.items()
              if name == "dialplan" or name in agi]  # fmt: skip
    lines += ["", "[bench-dialplan]", *_steps(_whole(told))]
    for name, address in agi.items():
        lines += ["", f"[bench-{name}]", *_steps(["Answer()", f"AGI({address})", "Goto(queues,s,1)"])]
    return "\n".join(lines) + "\n"


def _whole(told: Sequence[Said]) -> list[str]:
    """Menus branch as menus do: a key is looked at. The ticket's number is another one in each call."""
    steps = ["Answer()", f"Set(CHANNEL(language)={LANGUAGE})", "Set(TICKET=${RAND(10000000,99999999)})"]
    for one in told:
        steps.append(f"Read(KEY,{'&'.join(_spoken(one))},1,,1,{one.timeout:g})")
        if one.key:
            steps.append(f'GotoIf($["${{KEY}}" != "{one.key}"]?fallback,s,1)')
    steps += [f"Set({name}={value})" for name, value in handed_over("${TICKET}").items()]
    return [*steps, "Goto(queues,s,1)"]


def _spoken(one: Said) -> list[str]:
    """Its files; the ticket's digits, in the order in which they are said, are those of ${TICKET}."""
    files, digits = list(one.files), iter(range(len(TICKET)))
    if one.step != "ticket/number":
        return files
    for place, sound in enumerate(one.sounds):
        folder, _, name = sound.rpartition("/")
        if folder == "d" or (len(name) == 1 and name.isdigit()):
            files[place] = f"ivr/{folder}/${{TICKET:{next(digits)}:1}}"
    if next(digits, None) is not None:
        raise RuntimeError("the ticket's number is no longer read digit by digit: mend the reference call")
    return files


def _steps(applications: Sequence[str]) -> list[str]:
    first, *rest = applications
    return [f"exten => s,1,{first}", *(f" same => n,{one}" for one in rest)]
