"""What became of a dial that no person answered: the Q.850 cause (and Asterisk's DIALSTATUS) as an event."""

#: Q.850 cause -> event of `ivr.domain.callbacks`. Only a cause of our own trunk leaves the attempt uncharged.
CAUSES = {
    1: "invalid",  # unallocated number
    28: "invalid",  # not a complete number
    17: "busy",
    18: "no_answer",
    19: "no_answer",
    20: "unreachable",  # subscriber absent: switched off
    27: "unreachable",
    21: "rejected",
    34: "trunk",
    38: "trunk",
    41: "trunk",
    42: "trunk",
}
_STATUSES = {
    "BUSY": "busy",
    "CONGESTION": "unreachable",
    "invalid": "invalid",
    "no-trunk": "trunk",
}
#: No operator took the call that was to be put to the citizen then, or he hung up before the citizen answered.
NO_OPERATOR = "no-operator"
#: No cause at all, no route: the call never left the house.
_UNSENT = frozenset({0, 3})


def answered(status: str) -> bool:
    """Somebody, or a machine, took the call."""
    return status == "ANSWER"


def result_event(cause: int, status: str) -> str:
    """The event of a dial that was not answered; `cause` 0: not known. What nobody can name is no answer."""
    if status == "CHANUNAVAIL" and cause in _UNSENT:
        return "trunk"
    if status == NO_OPERATOR:
        return "no_operator"
    # rung for as long as we ring: whatever cause our own hanging up left
    if status == "NOANSWER":
        return "no_answer"
    return CAUSES.get(cause) or _STATUSES.get(status, "no_answer")
