"""docker/compose*.yaml against the settings: variables, ports, addresses, rights, secrets."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import fields
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest

from ivr.cli import _parser
from ivr.config import Config, Secret, load_config
from tests.docker.composed import FOLDER, POSTGRESQL, SQLITE, VARIABLE, load, secret_files
from tests.docker.dockerfile import PROJECT, environment, stages

BOTH = pytest.mark.parametrize("files", [SQLITE, POSTGRESQL], ids=["sqlite", "postgresql"])
OURS = ("asterisk", "controller", "dispatcher", "retention")
#: Whoever logs in to Asterisk's manager.
CONTROLLERS = ("controller", "dispatcher")
FILES = sorted(path for path in FOLDER.iterdir() if path.is_file())
UNITS = sorted(path for path in (PROJECT / "systemd").rglob("*") if path.is_file())


def address(service: Mapping[str, Any], network: str) -> str:
    return str(service["networks"][network]["ipv4_address"])


def settings(service: Mapping[str, Any], stage: str) -> Config:
    """The settings as the container has them. Raises `ConfigError`."""
    given = {**environment(stages(), stage), **service["environment"]}
    # these files are in the container alone
    return load_config(environ={k: v for k, v in given.items() if k != "IVR_CONFIG_FILE" and not k.endswith("_FILE")})


@pytest.mark.parametrize("file", [*FILES, *UNITS], ids=lambda path: path.name)
def test_every_setting_that_is_named_exists(file: Path) -> None:
    known = {f"IVR_{f.name.upper()}" for f in fields(Config)}
    known |= {f"IVR_{f.name.upper()}_FILE" for f in fields(Config) if f.type is Secret}
    assert not set(re.findall(r"\bIVR_[A-Z_]+", file.read_text("utf-8"))) - known


def test_a_variable_has_one_default_and_it_is_that_of_the_setting() -> None:
    found: dict[str, set[str]] = {}
    for each in VARIABLE.finditer((FOLDER / "compose.yaml").read_text("utf-8")):
        found.setdefault(each["name"], set()).add(each["default"])
    assert all(len(defaults) == 1 for defaults in found.values()), found
    config = Config()
    same = {f"IVR_{name.upper()}": {str(getattr(config, name))}
            for name in ("sip_port", "sip_tls_port", "rtp_start", "rtp_end", "web_port")}
    assert {name: found[name] for name in same} == same
    assert set(found) - set(same) == {"HOTLINE_NET", "IVR_PUBLIC_ADDRESS"}


@BOTH
def test_the_settings_of_every_container_are_valid(files: tuple[str, ...]) -> None:
    whole = load(files)
    for name in OURS:
        config = settings(whole["services"][name], "asterisk" if name == "asterisk" else "controller")
        assert config.state_dir == Path("/var/lib/hotline")


@BOTH
def test_a_variable_that_nobody_has_set_leaves_the_setting_to_the_file(files: tuple[str, ...], tmp_path: Path) -> None:
    ours, other = "https://hotline.example", "https://other.example"
    (tmp_path / "hotline.toml").write_text(f'web_url = "{ours}"\n')
    for environ, url in (({}, ours), ({"IVR_WEB_URL": other}, other)):
        for name in OURS:
            given = load(files, environ)["services"][name]["environment"]
            # only one that names a file in its stead may be empty
            empty = {key for key, value in given.items() if not value}
            assert all(f"{key}_FILE" in given for key in empty), (name, empty)
            own = {k: v for k, v in given.items() if k != "IVR_CONFIG_FILE" and not k.endswith("_FILE")}
            assert load_config(tmp_path / "hotline.toml", own).web_url == url, name


@BOTH
def test_published_is_what_the_settings_say_and_nothing_of_the_inner_side(files: tuple[str, ...]) -> None:
    chosen = {"IVR_SIP_PORT": "5070", "IVR_SIP_TLS_PORT": "5071", "IVR_WEB_PORT": "8090",
              "IVR_RTP_START": "20000", "IVR_RTP_END": "20099"}  # fmt: skip
    services = load(files, chosen)["services"]
    config = settings(services["asterisk"], "asterisk")
    published = {name: service["ports"] for name, service in services.items() if service.get("ports")}
    rtp = f"{config.rtp_start}-{config.rtp_end}"
    assert (config.sip_port, config.sip_tls_port, config.web_port) == (5070, 5071, 8090)
    assert (config.rtp_start, config.rtp_end) == (20000, 20099)
    assert published == {
        "asterisk": ["5070:5070/udp", "5071:5071/tcp", f"{rtp}:{rtp}/udp"],
        "controller": ["127.0.0.1:8090:8090"],
    }


@BOTH
def test_the_containers_know_each_other_s_addresses(files: tuple[str, ...]) -> None:
    whole = load(files, {"HOTLINE_NET": "10.7.7", "IVR_PUBLIC_ADDRESS": "203.0.113.10"})
    services, networks = whole["services"], whole["networks"]
    asterisk, controller = services["asterisk"], services["controller"]
    inside, outside = (networks[name]["ipam"]["config"][0] for name in ("inside", "outside"))
    config = settings(asterisk, "asterisk")
    assert networks["inside"]["internal"] is True and "internal" not in networks["outside"]
    assert config.asterisk_host == address(asterisk, "inside")
    assert config.agi_host == address(controller, "inside")
    assert set(config.controller_addresses) == {address(services[name], "inside") for name in CONTROLLERS}
    assert config.sip_bind == address(asterisk, "outside")
    assert config.web_host == address(controller, "outside")
    assert config.web_proxies == (outside["gateway"],)
    assert config.public_address == "203.0.113.10"
    assert config.ice_addresses == (f"{config.sip_bind}=203.0.113.10",)
    for network, plan in (("inside", inside), ("outside", outside)):
        here = [address(s, network) for s in services.values() if isinstance(s["networks"], dict)
                and network in s["networks"]]
        assert len(set(here)) == len(here) and all(ip_address(a) in ip_network(plan["subnet"]) for a in here)
    # an address that is given away at a start is none of these
    assert all(ip_address(address(s, "inside")) not in ip_network(inside["ip_range"]) for s in services.values()
               if isinstance(s["networks"], dict))  # fmt: skip
    assert "outside" not in [n for s in services.values() if isinstance(s["networks"], list) for n in s["networks"]]
    assert not ip_network(inside["subnet"]).overlaps(ip_network(outside["subnet"]))
    # one and the same hotline
    assert all(settings(services[name], "controller").agi_host == config.agi_host for name in OURS[1:])


@BOTH
def test_no_container_has_more_rights_than_it_needs(files: tuple[str, ...]) -> None:
    for name, service in load(files)["services"].items():
        assert service["cap_drop"] == ["ALL"] and "cap_add" not in service, name
        assert service["security_opt"] == ["no-new-privileges:true"] and service["read_only"] is True, name
        assert service.get("user") in (None, "postgres"), name
        assert not {"privileged", "network_mode", "pid", "devices"} & set(service), name
        assert service["restart"] == "unless-stopped", name
        if name != "asterisk" and name != "controller":
            assert set(service["networks"]) == {"inside"}, name


@BOTH
def test_the_tables_are_kept_from_asterisk_and_state_and_recordings_outlive_containers(files: tuple[str, ...]) -> None:
    whole = load(files)
    mounts = {name: dict(each.split(":") for each in service["volumes"] if not each.startswith("./"))
              for name, service in whole["services"].items()}  # fmt: skip
    assert {name for each in mounts.values() for name in each} == set(whole["volumes"])
    for name in ("asterisk", "controller", "retention"):
        config = settings(whole["services"][name], "asterisk" if name == "asterisk" else "controller")
        assert mounts[name]["state"] == str(config.state_dir)
        assert mounts[name]["recordings"] == str(config.recordings)
    assert "tables" not in mounts["asterisk"]
    tables = Path(settings(whole["services"]["controller"], "controller").database.partition("///")[2]).parent
    if files == SQLITE:
        assert {mounts[name]["tables"] for name in OURS[1:]} == {str(tables)}


@BOTH
def test_certificates_and_own_data_reach_all_and_are_changed_by_none(
    files: tuple[str, ...], tmp_path: Path
) -> None:
    services = load(files)["services"]
    own = {name: sorted(each for each in services[name]["volumes"] if each.startswith("./")) for name in OURS}
    assert all(each == ["./own/data:/etc/hotline/data:ro", "./own/tls:/etc/hotline/tls:ro"] for each in own.values())
    # the example's lines about them, with the places in a container moved to where they can be looked at here
    (tmp_path / "tls").mkdir()
    (tmp_path / "data").mkdir()
    for name in ("fullchain.pem", "privkey.pem"):
        (tmp_path / "tls" / name).touch()
    example = (FOLDER / "hotline.example.toml").read_text("utf-8")
    (tmp_path / "hotline.toml").write_text(
        re.sub("^# (data_dir|sip_)", r"\1", example, flags=re.MULTILINE)
        .replace("/etc/hotline/", f"{tmp_path}/")
        .replace('addresses = ["198.51.100.10"]', 'addresses = ["198.51.100.10"]\ntransport = "tls"')
    )
    config = load_config(tmp_path / "hotline.toml", {})
    assert config.trunks[0].tls and config.sip_key == tmp_path / "tls" / "privkey.pem"
    assert config.data_dir == tmp_path / "data"


@BOTH
def test_secrets_are_files_and_in_no_variable(files: tuple[str, ...]) -> None:
    whole = load(files)
    for name, service in whole["services"].items():
        inside = secret_files(service, whole)
        for key, value in service["environment"].items():
            if key.endswith("_FILE"):
                assert value in inside, (name, key)
            else:
                assert not re.search("PASSWORD|SECRET|TOKEN", key), (name, key)
                assert not re.search(r"://[^/]*:[^/]*@", value), (name, key)
    assert all(each["file"].startswith("secrets/") for each in whole["secrets"].values())
    assert {"docker/secrets/", "docker/own/"} <= {*(PROJECT / ".gitignore").read_text("utf-8").splitlines()}


def test_the_secrets_that_are_made_fit_and_are_kept(tmp_path: Path) -> None:
    for name in ("secrets.sh", "hotline.example.toml"):
        shutil.copy(FOLDER / name, tmp_path)
    subprocess.run([str(tmp_path / "secrets.sh")], check=True)
    made = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    whole = load(POSTGRESQL)
    assert {f"secrets/{name}" for name in made} == {each["file"] for each in whole["secrets"].values()}
    # nobody else comes into the folder; a container, that gets a file alone, reads it as whoever it is
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "secrets").iterdir()} == {0o644}
    # the same for what is mounted: a folder within one that is closed
    modes = {name: (tmp_path / name).stat().st_mode & 0o777 for name in ("own", "own/tls", "own/data")}
    assert modes == {"own": 0o700, "own/tls": 0o755, "own/data": 0o755}
    password = made["database_password"].strip()
    database = whole["services"]["database"]["environment"]
    assert len(password) == 48
    assert made["database_url"].strip() == (
        f"postgresql://{database['POSTGRES_USER']}:{password}@database/{database['POSTGRES_DB']}"
    )
    config = load_config(tmp_path / "secrets/hotline.toml",
                         {"IVR_DATABASE_URL": "", "IVR_DATABASE_URL_FILE": str(tmp_path / "secrets/database_url")})
    assert config.database == made["database_url"].strip()
    subprocess.run([str(tmp_path / "secrets.sh")], check=True)
    assert {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()} == made


@BOTH
def test_with_postgresql_no_container_writes_to_sqlite(files: tuple[str, ...]) -> None:
    for name in OURS[1:]:
        given = load(files)["services"][name]["environment"]
        assert bool(given["IVR_DATABASE_URL"]) == (files == SQLITE), name
        assert ("IVR_DATABASE_URL_FILE" in given) == (files == POSTGRESQL), name


@BOTH
def test_what_containers_start_are_commands_that_there_are(files: tuple[str, ...]) -> None:
    services = load(files)["services"]
    dispatch = services["dispatcher"]["command"]
    assert _parser(dispatch).parse_args(dispatch).watch is True
    # else a container made anew would wait an hour for the dials of the one before, as for those of another machine
    assert services["dispatcher"]["hostname"]
    nightly = re.search(r"ivr ([^;]+);", services["retention"]["entrypoint"][-1])
    assert nightly and _parser(nightly[1].split()).parse_args(nightly[1].split()).action == "run"
    grace = int(services["asterisk"]["stop_grace_period"].removesuffix("s"))
    # menus may last five seconds longer than calls, see the controller's side of `ivr run`
    assert grace > _parser(["run"]).parse_args(["run"]).drain + 5
