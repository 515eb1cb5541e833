"""Faults on purpose, judged from outside: `python -m tests.chaos`, `make chaos`. See `case.py` for adding one."""
