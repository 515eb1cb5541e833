"""The same call on the AGI libraries of others, and on ours, for side-by-side figures.

The call is `call.json`, a list of steps that each of them reads when it starts:

    {"play": [FILE, ...]}                 one after the other; a key ends all of them
    {"ask": [FILE, ...], "wait_ms": N}    the same, then N ms for one key
    {"set": {NAME: VALUE, ...}}           channel variables

After the last step the call goes on in the dialplan. Nobody checks the keys. Servers take `[PORT [CALL.json]]` (0: any
free port), listen on loopback and print their port; the route is `inbound`. `pyst2_agi.py [CALL.json]` is a process for
each call, started by Asterisk.
"""
