"""People who may log in to the pages: who they are, what they may do, which passwords are good enough. Pure."""

import re
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Literal, get_args

Role = Literal["citizen", "operator", "supervisor", "administrator"]
ROLES: tuple[Role, ...] = get_args(Role)
#: The roles of the people who work here.
STAFF: frozenset[Role] = frozenset({"operator", "supervisor", "administrator"})
LANGUAGES = ("ru", "en")
#: "auto": as the person's machine has it.
THEMES = ("auto", "light", "dark")
PASSWORD_MIN, PASSWORD_MAX = 10, 200

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}\Z")
_PHONE = re.compile(r"[0-9]{2,6}\Z")
#: What is guessed first; compared without case and without digits at the ends.
_COMMON = frozenset((
    "password", "passw0rd", "qwerty", "qwertyui", "qwertyuiop", "asdfghjkl", "zxcvbnm", "letmein", "welcome",
    "administrator", "admin", "hotline", "operator", "supervisor", "iloveyou", "changeme",
    "пароль", "йцукен", "йцукенгшщз", "администратор", "оператор", "привет",
))


@dataclass(frozen=True)
class Account:
    """One person. `phone`: the operator login of `[[operators]]` that he answers with ("101"), or "".

    `password`: its hash, never shown. `demo`: made by `ivr run --demo`, gone at the next start without it.
    """

    login: str
    name: str
    roles: frozenset[Role]
    created_at: datetime
    phone: str = ""
    password: str = ""
    language: str = ""
    theme: str = "auto"
    disabled: bool = False
    demo: bool = False

    def __repr__(self) -> str:
        return f"Account({self.login!r}, roles={sorted(self.roles)})"


def login_of(text: str) -> str:
    """A login as it is stored: logins do not differ by case or by blanks around them."""
    return text.strip().casefold()


def account_faults(login: str, name: str, roles: frozenset[str], phone: str) -> dict[str, str]:
    """field -> what is wrong with it, as a word of `ivr/web/pages/words` (`fault_…`)."""
    faults = {}
    if not _LOGIN.match(login):
        faults["login"] = "fault_login"
    if not 1 <= len(name.strip()) <= 80 or any(not c.isprintable() for c in name):
        faults["name"] = "fault_name"
    if not roles or not roles <= set(ROLES):
        faults["roles"] = "fault_roles"
    if phone and not _PHONE.match(phone):
        faults["phone"] = "fault_phone"
    return faults


def password_fault(password: str, login: str = "", name: str = "") -> str:
    """Why this password will not do: "" (it will), "short", "long", "login", "plain" or "common"."""
    if len(password) < PASSWORD_MIN:
        return "short"
    if len(password) > PASSWORD_MAX:
        return "long"
    folded = password.casefold()
    if any(len(part) >= 3 and part in folded for part in (login.casefold(), *name.casefold().split())):
        return "login"
    steps = {ord(b) - ord(a) for a, b in pairwise(folded)}
    if len(set(folded)) < 5 or (len(steps) == 1 and steps <= {-1, 0, 1}):
        return "plain"
    return "common" if folded.strip("0123456789!?. ") in _COMMON or folded.isdigit() else ""
