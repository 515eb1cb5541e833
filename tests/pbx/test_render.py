"""The rendered files: what they contain, and what they refuse."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.config import Config, Operator, Secret, Trunk
from ivr.domain.live import LiveQueues
from ivr.domain.queue_plan import load_queue_plan
from ivr.errors import PbxError
from ivr.pbx.paths import InstancePaths
from ivr.pbx.plan import PbxPlan, make_plan, spellings
from ivr.pbx.render import render
from ivr.pbx.secrets import PbxSecrets, browser_phones
from ivr.services.queue_journal import _BRIDGED, _HOLDS, _KINDS, _OUT
from ivr.testnet.observer import _NEWS

QUEUES = load_queue_plan((Path(__file__).parents[2] / "ivr/data/queues.toml").read_text("utf-8"))


def plan(tmp: Path = Path("/srv/hotline"), **settings: object) -> PbxPlan:
    config = Config(state_dir=tmp, **settings)  # type: ignore[arg-type]
    logins = [o.login for o in config.operators]
    browsers = {phone: f"secret-{phone}" for phone in browser_phones(logins)}
    secrets = PbxSecrets("ami-password", {login: f"secret-{login}" for login in logins}, door="door", browsers=browsers)
    return make_plan(config, secrets, QUEUES, InstancePaths.under(tmp))


def test_every_queue_of_the_data_file_is_in_queues_conf() -> None:
    text = render(plan())["queues.conf"]
    assert [name for name in QUEUES.names if f"[{name}](hotline)" not in text] == []


def test_a_private_asterisk_gets_directories_and_a_system_wide_one_keeps_its_own() -> None:
    private = render(plan(), Path("/opt/modules"))["asterisk.conf"]
    shared = render(replace(plan(), directories={}))["asterisk.conf"]
    assert "astmoddir => /opt/modules" in private
    assert "[directories]" not in shared


def test_the_manager_listens_on_loopback_and_never_shows_keys_or_variables() -> None:
    text = render(plan(ami_port=5999))["manager.conf"]
    assert "bindaddr = 127.0.0.1" in text and "port = 5999" in text
    read = next(line for line in text.splitlines() if line.startswith("read"))
    assert set(read.split(" = ")[1].split(",")) == {"system", "call", "agent"}


def test_controller_and_asterisk_apart_know_each_other_by_address_and_take_nobody_else() -> None:
    apart = plan(sip_bind="10.1.0.2", asterisk_host="10.1.0.2", agi_host="10.1.0.3", trunks=(CALLING,),
                 controller_addresses=("10.1.0.3", "10.1.0.4"))
    files = render(replace(apart, dispatcher_secret="d", recorder_secret="r"))
    assert "bindaddr = 10.1.0.2" in files["manager.conf"] and "bindaddr = 10.1.0.2" in files["http.conf"]
    for name, guarded in (("manager.conf", 3), ("pjsip.conf", 1)):
        doors = re.findall(r"^deny = (.*)\npermit = (.*)$", files[name], re.MULTILINE)
        assert doors == [("0.0.0.0/0.0.0.0,::/0", "10.1.0.3/32,10.1.0.4/32")] * guarded, name
    assert "AGI(agi://10.1.0.3:4573/inbound" in files["dialplan/inbound.conf"]
    assert not [name for name, text in files.items() if "127.0.0.1" in text]


def test_the_world_is_told_the_public_address_where_there_is_one() -> None:
    text = render(plan(sip_bind="10.0.0.5", public_address="203.0.113.10"))["pjsip.conf"]
    udp = text[text.index("[udp]"):text.index("[ws]")]
    assert "bind = 10.0.0.5:5060" in udp
    assert "external_signaling_address = 203.0.113.10" in udp and "external_media_address = 203.0.113.10" in udp
    assert "external_" not in render(plan(sip_bind="10.0.0.5"))["pjsip.conf"]


def test_identity_is_trusted_from_trunks_only() -> None:
    text = render(plan())["pjsip.conf"]
    operator = text.index("; ---- operators")
    assert text.index("trust_id_inbound = yes") < operator
    assert "trust_id_inbound = yes" not in text[operator:]
    assert "anonymous" not in text.replace("there is no anonymous endpoint", "")


CALLING = Trunk("out", addresses=("10.0.0.9",))


def contexts(files: Mapping[str, str]) -> dict[str, str]:
    """Every context of the dialplan with its text."""
    text = "\n".join(text for name, text in files.items() if name.startswith("dialplan/"))
    parts = re.split(r"^\[([^\]]+)\]$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_a_telephone_that_asterisk_lost_registers_again_within_minutes() -> None:
    """With a full disk Asterisk forgets who renews its registration, and the telephone does not learn of it."""
    text = render(plan())["pjsip.conf"]
    longest = [int(each) for each in re.findall(r"^maximum_expiration = (\d+)$", text, re.MULTILINE)]
    assert longest and max(longest) <= 300


def test_only_the_contexts_of_callbacks_dial() -> None:
    found = contexts(render(plan(trunks=(CALLING,))))
    assert [name for name, text in found.items() if re.search(r"\b(Dial|Originate|Page|FollowMe)\(", text)] == [
        "callback-dial",
        "callback-operator",
        "transfers",
    ]


def test_who_is_passed_on_reaches_telephones_of_operators_and_nothing_else() -> None:
    found = contexts(render(plan(trunks=(CALLING,))))["transfers"]
    dialled = re.findall(r"Dial\(([^,]+),", found)
    assert dialled == [f"PJSIP/web-{login}&PJSIP/op-{login}" for login in ("101", "102", "103")]


def test_who_is_passed_on_to_a_queue_has_the_common_one_behind_it() -> None:
    found = dict(re.findall(r"exten => q-(\w+),1,Set\(IVR_LEGS=(.*)\)", contexts(render(plan()))["transfers"]))
    assert found == {name: "common:0" if name == "common" else f"{name}:0&common:0" for name in QUEUES.names}


def test_no_context_leads_to_those_that_dial() -> None:
    files = render(plan(trunks=(CALLING,)))
    found = contexts(files)
    assert {"from-trunk-out", "inbound", "queues", "operators", "fallback", "callback"} <= set(found)
    for name, text in found.items():
        instructions = "\n".join(line for line in text.splitlines() if not line.startswith(";"))
        # within `callback-operator`, the two that have met part to their own steps of it
        around = set() if name == "callback-operator" else {"callback-operator"}
        assert not {each for each in {"callback-dial", "callback-first"} | around if each in instructions}, name
        # where a jump goes is never taken from a variable
        assert not re.search(r"(Goto|Gosub|GotoIf|GotoIfTime|GosubIf)\(\$\{(?!IF\()", instructions), name
        assert "include =>" not in instructions and "Local/" not in instructions, name
    starts = re.findall(r"^context = (.*)$", files["pjsip.conf"], re.MULTILINE)
    assert set(starts) == {"from-trunk-out", "operators", "guests", "supervisors"}


def test_only_the_dispatcher_may_place_calls_and_it_may_nothing_else() -> None:
    config = Config()
    browsers = dict.fromkeys(browser_phones(o.login for o in config.operators), "b")
    secrets = PbxSecrets("a", {o.login: "b" for o in config.operators}, dispatcher="c", browsers=browsers)
    text = render(make_plan(config, secrets, QUEUES, None))["manager.conf"]
    users = dict(re.findall(r"^\[(\w+)\](.*?)(?=^\[|\Z)", text, re.MULTILINE | re.DOTALL))
    rights = {name: re.findall(r"^(?:read|write) = (.*)$", body, re.MULTILINE) for name, body in users.items()}
    assert rights == {
        "general": [], "controller": ["system,call,agent", "reporting,agent"],
        "dispatcher": ["user", "originate,reporting"],
    }
    assert users["dispatcher"].count("permit = 127.0.0.1/32\n") == 1


@pytest.mark.parametrize(
    ("trunks", "chosen", "uri"),
    [
        ((CALLING,), "", "sip:10.0.0.9"),
        ((Trunk("first", addresses=("10.0.0.1", "10.0.0.2")), CALLING), "out", "sip:10.0.0.9"),
        ((Trunk("first", addresses=("10.0.0.1",), host="gw.example:5070"), CALLING), "", "sip:gw.example:5070"),
        # several addresses, a network: none of them is the one to call
        ((Trunk("first", addresses=("10.0.0.1", "10.0.0.2")),), "", None),
        ((Trunk("first", addresses=("10.0.0.0/28",)),), "", None),
        # that would be ourselves
        ((Trunk("first", addresses=("127.0.0.1",), host="127.0.0.1:5060"),), "", None),
        ((Trunk("first", addresses=("127.0.0.1",), host="127.0.0.1"),), "", None),
        # the test network on this machine
        ((Trunk("first", addresses=("127.0.0.1",)),), "", "sip:127.0.0.1:5260"),
    ],
)
def test_citizens_are_called_by_the_chosen_trunk(trunks: tuple[Trunk, ...], chosen: str, uri: str | None) -> None:
    files = render(plan(trunks=trunks, callback_trunk=chosen))
    contacts = re.findall(r"^contact = (.*)$", files["pjsip.conf"], re.MULTILINE)
    assert contacts == ([uri] if uri else [])
    for name in ("callback", "callback_first"):
        assert ("Dial(PJSIP/" in files[f"dialplan/{name}.conf"]) == bool(uri)


def test_a_registering_trunk_gets_a_registration_with_line_and_its_first_number_as_contact() -> None:
    trunk = Trunk("beta", dids=("84951234567",), host="10.0.0.1:5070", username="u1@example.org", password=Secret("p"))
    text = render(plan(trunks=(trunk,)))["pjsip.conf"]
    for line in ("line = yes", "contact_user = 84951234567", "server_uri = sip:10.0.0.1:5070",
                 "client_uri = sip:u1@example.org", "username = u1"):
        assert line in text


def test_each_trunk_has_only_its_own_numbers() -> None:
    trunks = (Trunk("a", addresses=("10.0.0.1",), dids=("88001111111",)),
              Trunk("b", addresses=("10.0.0.2",), dids=("+74952222222",)))
    text = render(plan(trunks=trunks))["dialplan/trunks.conf"]
    a, b = text.split("[from-trunk-b]")
    assert "exten => +78001111111,1" in a and "4952222222" not in a
    assert "exten => 84952222222,1" in b and "Set(IVR_DID=74952222222)" in b and "8001111111" not in b


@pytest.mark.parametrize(("did", "forms"), [
    ("88005553535", {"88005553535", "78005553535", "+78005553535"}),
    ("+12025550123", {"12025550123", "+12025550123"}),
    ("112", {"112", "+112"}),
])
def test_a_number_is_known_in_every_form_a_provider_may_send(did: str, forms: set[str]) -> None:
    assert set(spellings(did)) == forms


@given(st.text().filter(lambda t: any(c in ";\\" or ord(c) < 32 for c in t)))
def test_a_value_that_could_break_out_of_its_line_is_refused(text: str) -> None:
    bad = replace(plan(), ami_secret=text)
    with pytest.raises(PbxError, match="cannot carry"):
        render(bad)


def test_an_operator_logs_in_to_the_chosen_queues_and_always_to_the_common_one() -> None:
    made = plan(operators=(Operator("7001", queues=("moscow",)),))
    assert made.operators[0].queues == ("moscow", "common")


SECURE = {
    "trunks": (Trunk("in", addresses=("10.0.0.9",), transport="tls", media="srtp"),
               Trunk("out", host="sip.provider.example", username="u", password=Secret("p"), transport="tls")),
    "sip_certificate": Path("/tls/own.pem"), "sip_key": Path("/tls/own.key"), "callback_trunk": "out",
}  # fmt: skip


def test_tls_is_there_when_a_trunk_wants_it_and_checks_whom_we_call() -> None:
    assert "[tls]" not in render(plan())["pjsip.conf"]
    files = render(plan(**SECURE, sip_tls_port=5099))
    transport = files["pjsip.conf"].partition("[tls]\n")[2].partition("\n\n")[0]
    assert {"bind = 127.0.0.1:5099", "cert_file = /tls/own.pem", "priv_key_file = /tls/own.key", "verify_server = yes",
            "ca_list_file = /etc/ssl/certs/ca-certificates.crt"} <= {*transport.splitlines()}  # fmt: skip
    plain = plan(trunks=SECURE["trunks"][1:])
    assert "cert_file" not in render(plain)["pjsip.conf"]


def test_what_goes_to_a_provider_over_tls_goes_over_nothing_else() -> None:
    files = render(plan(**SECURE))
    text = files["pjsip.conf"]
    assert "contact = sip:sip.provider.example\\;transport=tls\n" in text
    assert "server_uri = sip:sip.provider.example\\;transport=tls\n" in text
    ends = [part for part in text.split("\n[") if part.startswith("trunk-") and "(party)" in part.partition("\n")[0]]
    assert all("\ntransport = tls\n" in end for end in ends) and len(ends) == 2
    assert ["media_encryption = sdes" in end for end in ends] == [True, False]
    for name, context in contexts(files).items():
        if name.startswith("from-trunk-"):
            assert context.count("Hangup(21)") == context.count(",1,Set(IVR_TRUNK=") > 0


def test_a_trunk_without_tls_is_as_before() -> None:
    text = render(plan(trunks=(CALLING,)))
    assert "tls" not in text["pjsip.conf"] and "Hangup(21)" not in text["dialplan/trunks.conf"]


def test_every_event_that_somebody_listens_to_is_made() -> None:
    (line,) = re.findall(r"^disabledevents = (.+)$", render(plan())["manager.conf"], re.M)
    left_out = line.split(",")
    heard = {*LiveQueues()._do, *_KINDS, *_BRIDGED, *_HOLDS, *_OUT}
    # `ivr call` listens by the same user
    heard |= {"newchannel", "dialbegin", *(name.lower() for name in _NEWS)}
    assert {"hangup", "queuecallerjoin", "bridgeleave"} <= heard
    # what the dispatcher listens to
    heard.add("userevent")
    assert len(left_out) > 20 and heard.isdisjoint(name.lower() for name in left_out)
