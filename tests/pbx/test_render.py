"""The rendered files: what they contain, and what they refuse."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.config import Config, Operator, Secret, Trunk
from ivr.domain.queue_plan import load_queue_plan
from ivr.errors import PbxError
from ivr.pbx.paths import InstancePaths
from ivr.pbx.plan import PbxPlan, make_plan, spellings
from ivr.pbx.render import render
from ivr.pbx.secrets import PbxSecrets

QUEUES = load_queue_plan((Path(__file__).parents[2] / "ivr/data/queues.toml").read_text("utf-8"))


def plan(tmp: Path = Path("/srv/hotline"), **settings: object) -> PbxPlan:
    config = Config(state_dir=tmp, **settings)  # type: ignore[arg-type]
    secrets = PbxSecrets("ami-password", {o.login: f"secret-{o.login}" for o in config.operators})
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


def test_identity_is_trusted_from_trunks_only() -> None:
    text = render(plan())["pjsip.conf"]
    operator = text.index("; ---- operators")
    assert text.index("trust_id_inbound = yes") < operator
    assert "trust_id_inbound = yes" not in text[operator:]
    assert "anonymous" not in text.replace("there is no anonymous endpoint", "")


def test_nothing_that_dials_is_loaded_or_used() -> None:
    files = render(plan())
    assert "load = app_dial.so" not in files["modules.conf"]
    assert not any("Dial(" in text or "Originate(" in text for text in files.values())


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
