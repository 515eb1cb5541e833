"""Accounts over the API: administrators' and one's own, and the first of all."""

import hashlib

from ivr.web.setup import FirstAdministrator

from .conftest import Serve
from .running import PASSWORD


async def test_an_administrator_makes_changes_and_removes_accounts(serve: Serve) -> None:
    site = await serve()
    await site.person("root", "administrator")
    root = await site.browser("root")
    new = {"login": "Anna", "name": "Анна", "roles": ["operator"], "phone": "101"}
    status, made = await root.ask("POST", "/api/users", new)
    assert (status, made["login"], made["roles"]) == (200, "anna", ["operator"])
    anna = await site.browser()
    assert await anna.log_in("anna", made["password"]) == 200
    status, told = await root.ask("POST", "/api/users", new)
    assert (status, told["error_id"]) == (409, "login_taken")
    status, told = await root.ask("PUT", "/api/users/anna", {"roles": ["operator", "supervisor"]})
    assert (status, told["phone"], told["roles"]) == (200, "101", ["operator", "supervisor"])
    status, told = await root.ask("POST", "/api/users/anna/password")
    assert status == 200 and told["password"] != made["password"]
    assert (await anna.ask("GET", "/api/account"))[0] == 401
    _, listed = await root.ask("GET", "/api/users")
    assert [user["login"] for user in listed["users"]] == ["anna", "root"]
    assert listed["phones"] == ["101", "102", "103"]
    assert "password" not in repr([{k: v for k, v in user.items() if v} for user in listed["users"]])
    assert (await root.ask("DELETE", "/api/users/anna"))[0] == 204
    assert (await root.ask("DELETE", "/api/users/anna"))[0] == 404


async def test_no_administrator_locks_himself_or_everybody_out(serve: Serve) -> None:
    site = await serve()
    await site.person("root", "administrator")
    root = await site.browser("root")
    for method, path, body in (
        ("DELETE", "/api/users/root", None),
        ("PUT", "/api/users/root", {"disabled": True}),
        ("POST", "/api/users/root/password", None),
    ):
        status, told = await root.ask(method, path, body)
        assert (status, told["error_id"]) == (409, "yourself")
    status, told = await root.ask("PUT", "/api/users/root", {"roles": ["operator"]})
    assert (status, told["error_id"]) == (409, "last_administrator")


async def test_one_s_own_password_needs_the_old_one_and_ends_other_sessions(serve: Serve) -> None:
    site = await serve()
    await site.person("anna", "operator")
    here, there = await site.browser("anna"), await site.browser("anna")
    for old, new, field in (("wrong", "another good phrase", "old"), (PASSWORD, "short", "password")):
        status, told = await here.ask("POST", "/api/account/password", {"old": old, "password": new})
        assert status == 400 and list(told["fields"]) == [field]
    good = {"old": PASSWORD, "password": "another good phrase"}
    assert (await here.ask("POST", "/api/account/password", good))[0] == 204
    assert (await here.ask("GET", "/api/account"))[0] == 200
    assert (await there.ask("GET", "/api/account"))[0] == 401


async def test_language_and_theme_are_kept_with_the_account(serve: Serve) -> None:
    site = await serve()
    await site.person("anna", "operator")
    anna = await site.browser("anna")
    status, told = await anna.ask("PUT", "/api/account", {"language": "en", "theme": "dark"})
    assert (status, told["language"], told["theme"]) == (200, "en", "dark")
    assert (await anna.ask("POST", "/api/account/password", {}))[1]["message"] == "Please check the fields."
    assert (await anna.ask("PUT", "/api/account", {"theme": "pink"}))[0] == 400


async def test_the_link_of_the_first_start_works_once_and_only_while_there_is_nobody(serve: Serve) -> None:
    site = await serve()
    first = next(r.handler.__self__ for r in site.site.routes if r.path == "/api/setup")  # type: ignore[attr-defined]
    assert isinstance(first, FirstAdministrator)
    body = {"token": "t" * 32, "login": "irina", "name": "Ирина", "password": "фраза из нескольких слов"}
    guest = await site.browser()
    assert (await guest.ask("POST", "/api/setup", body))[0] == 403
    first._digest = hashlib.sha256(b"t" * 32).hexdigest()
    assert (await guest.ask("POST", "/api/setup", {**body, "token": "x"}))[0] == 403
    status, told = await guest.ask("POST", "/api/setup", {**body, "password": "short"})
    assert (status, list(told["fields"])) == (400, ["password"])
    status, told = await guest.ask("POST", "/api/setup", body)
    assert (status, told["user"]["roles"]) == (200, ["administrator", "operator", "supervisor"])
    assert told["user"]["phone"] == "101"
    assert (await guest.ask("GET", "/api/users"))[0] == 200
    assert (await (await site.browser()).ask("POST", "/api/setup", {**body, "login": "second"}))[0] == 403


async def test_blanks_at_the_ends_of_a_password_belong_to_it(serve: Serve) -> None:
    site = await serve()
    await site.person("root", "administrator")
    # as the command line sets it
    await site.accounts.add("anna", "Anna", frozenset({"operator"}), " of several words ", site.clock.now())
    anna = await site.browser()
    assert await anna.log_in("anna", "of several words") == 401
    assert await anna.log_in(" anna ", " of several words ") == 200
    changed = {"old": " of several words ", "password": "\tand other ones "}
    assert (await anna.ask("POST", "/api/account/password", changed))[0] == 204
    assert await (await site.browser()).log_in("anna", "\tand other ones ") == 200
    root = await site.browser("root")
    new = {"login": "boris", "name": " Boris ", "roles": ["operator"], "password": " of several words "}
    status, told = await root.ask("POST", "/api/users", new)
    assert (status, told["name"]) == (200, "Boris")
    assert await (await site.browser()).log_in("boris", " of several words ") == 200
    status, told = await root.ask("POST", "/api/users", {**new, "login": "eva", "password": " " * 1001})
    assert (status, list(told["fields"])) == (400, ["password"])
