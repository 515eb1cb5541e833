"""The queue_log counted in another way than `ivr.domain.log_fold` does: call by call, over a log that is at rest."""

from collections import Counter, defaultdict

ENDS = {"CONNECT": "answered", "ABANDON": "abandoned", "EXITWITHKEY": "keyed", "EXITWITHTIMEOUT": "timed_out",
         "EXITEMPTY": "emptied", "WITHDRAW": "withdrawn"}  # fmt: skip


FIELDS = ("entered", "offered", *ENDS.values(), "lost", "missed", "refused", "short", "in_time", "wait_s", "talk_s",
          "completed", "back_entered", "back_answered", "back_abandoned")  # fmt: skip


def counted_otherwise(text: str) -> dict[str, Counter[str]]:
    """Queue -> counts, straight from the lines of a queue_log that is over: nobody waits in it."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    calls: dict[tuple[str, str], list[list[str]]] = defaultdict(list)
    starts = 0
    for line in text.splitlines():
        fields = line.split("|")
        starts += fields[4] == "QUEUESTART"
        if fields[2] != "NONE":
            # a start of Asterisk ends every visit before it
            calls[fields[2], f"{fields[1]} {starts}"].append(fields)
    offered: set[tuple[str, str]] = set()
    for (queue, call), lines in calls.items():
        verbs = [fields[4] for fields in lines]
        mine = found[queue]
        mine["missed"] += verbs.count("RINGNOANSWER")
        mine["talk_s"] += sum(int(f[6]) for f in lines if f[4] in ("COMPLETEAGENT", "COMPLETECALLER"))
        mine["completed"] += sum(f[4] in ("COMPLETEAGENT", "COMPLETECALLER") for f in lines)
        if call.startswith("cb"):  # we made it
            mine["back_entered"] += verbs.count("ENTERQUEUE")
            mine["back_answered"] += verbs.count("CONNECT")
            mine["back_abandoned"] += verbs.count("ABANDON")
            continue
        mine["entered"] += verbs.count("ENTERQUEUE")
        if "ENTERQUEUE" in verbs and (queue, call.split()[0]) not in offered:
            offered.add((queue, call.split()[0]))
            mine["offered"] += 1
        for verb, name in ENDS.items():
            mine[name] += verbs.count(verb)
        mine["lost"] += verbs.count("ENTERQUEUE") - sum(verbs.count(verb) for verb in ENDS)
        mine["refused"] += verbs.count("JOINEMPTY") + verbs.count("FULL") + verbs.count("JOINUNAVAIL")
        mine["short"] += sum(f[4] == "ABANDON" and int(f[-1]) <= 5 for f in lines)
        mine["in_time"] += sum(f[4] == "CONNECT" and int(f[5]) <= 20 for f in lines)
        mine["wait_s"] += sum(int(f[5]) for f in lines if f[4] == "CONNECT")
    return found
