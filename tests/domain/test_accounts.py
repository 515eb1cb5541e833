"""Which logins and passwords are good enough."""

import pytest

from ivr.domain.account_words import WORDS
from ivr.domain.accounts import LANGUAGES, account_faults, login_of, password_fault


@pytest.mark.parametrize(("password", "fault"), [
    ("", "short"),
    ("Xk3#fQ9!a", "short"),
    ("Xk3#fQ9!ab", ""),
    ("четыре слова подряд", ""),
    ("x" * 201, "long"),
    ("anna2026spring", "login"),
    ("Petrova-and-more", "login"),
    ("aaaaaaaaaaaa", "plain"),
    ("abcdefghijkl", "plain"),
    ("ababababababab", "plain"),
    ("0987654321", "common"),
    ("1029384756", "common"),
    ("Password2026!", "common"),
    ("Администратор1", "common"),
])  # fmt: skip
def test_passwords(password: str, fault: str) -> None:
    assert password_fault(password, "anna", "Анна Petrova") == fault


@pytest.mark.parametrize(("login", "name", "roles", "phone", "wrong"), [
    ("anna", "Анна", {"operator"}, "101", set()),
    ("a", "Анна", {"operator"}, "", {"login"}),
    ("../etc", "Анна", {"operator"}, "", {"login"}),
    ("анна", "", {"king"}, "op-1", {"login", "name", "roles", "phone"}),
    ("anna", "A\nB", set(), "1", {"name", "roles", "phone"}),
])  # fmt: skip
def test_accounts(login: str, name: str, roles: set[str], phone: str, wrong: set[str]) -> None:
    faults = account_faults(login, name, frozenset(roles), phone)
    assert set(faults) == wrong
    assert set(faults.values()) <= set(WORDS)


def test_logins_do_not_differ_by_case_or_blanks() -> None:
    assert login_of(" Anna ") == "anna"


def test_every_fault_has_words_in_every_language() -> None:
    assert all(set(by_language) == set(LANGUAGES) for by_language in WORDS.values())
