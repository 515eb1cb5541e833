"""Asterisk and the sockets: found, complete, reachable, ours."""

import contextlib
import json
import re
import socket
import threading
from collections.abc import Iterable
from pathlib import Path

from asterisk.manager import Manager

from ivr.doctor.check import Check, fail, ok, warn
from ivr.errors import HotlineError
from ivr.pbx.find import missing_modules
from ivr.pbx.paths import AsteriskInstall
from ivr.pbx.plan import REPOSITORY
from ivr.pbx.ports import Port, fault_of
from ivr.pbx.provision import Provisioner, find_only

_LIMIT = 5.0


class _QuietManager(Manager):  # type: ignore[misc]  # the client has no types
    """The client, whose threads end without a traceback when the link is cut under them."""

    def _receive_data(self) -> None:
        try:
            super()._receive_data()
        except Exception:
            self._ended()

    def message_loop(self) -> None:
        try:
            super().message_loop()
        except Exception:
            self._ended()

    def event_dispatch(self) -> None:
        with contextlib.suppress(Exception):
            super().event_dispatch()

    def close(self) -> None:
        with contextlib.suppress(Exception):  # it logs off and may find the link cut
            super().close()

    def _ended(self) -> None:
        # whoever waits for an answer gets none
        self._connected.clear()
        self._message_queue.put(None)
        self._response_queue.put(None)


def asterisk(named: str, provisioner: Provisioner, search: str | None = None) -> tuple[Check, AsteriskInstall | None]:
    """Which Asterisk is used?"""
    try:
        install = find_only(named, provisioner, search)
    except HotlineError as error:
        return fail("Asterisk", str(error), "name a good binary in IVR_ASTERISK, or unset it"), None
    if install is None:
        return warn("Asterisk", "none yet; the first start unpacks one", "ivr pbx provision"), None
    return ok("Asterisk", f"{install.version} ({install.origin})"), install


def modules(install: AsteriskInstall, template: Path = REPOSITORY / "asterisk-conf/modules.conf.j2") -> Check:
    """Has it every module that the configuration loads?"""
    needed = re.findall(r"^(?:load|require) *=>? *(\S+\.so)", template.read_text("utf-8"), re.MULTILINE)
    missing = missing_modules(install, needed)
    if missing:
        return fail("modules", f"{install.modules} lacks {', '.join(missing)}",
                    "install the package asterisk-modules, or unset IVR_ASTERISK to use a provisioned one")
    return ok("modules", f"all {len(needed)} there")


def ports(wanted: Iterable[Port], holder: str) -> Check:
    """Free, or used by our own hotline? `holder`: process id of the running `ivr run`, "" when none runs."""
    if holder:
        return ok("ports", f"used by the running hotline (process {holder})")
    faults = [f for port in wanted if (f := fault_of(port))]
    if faults:
        return fail("ports", faults[0].partition(";")[0], "; ".join(f.partition("; ")[2] or f for f in faults))
    return ok("ports", "free")


def ami(port: int, secrets_file: Path, user: str = "controller", host: str = "127.0.0.1") -> Check:
    """Can we log in to the manager interface?"""
    if not _answers(host, port):
        return warn("manager", f"nothing answers on port {port}", "start the hotline: ivr run")
    try:
        secret = str(json.loads(secrets_file.read_text("utf-8"))["ami"])
    except (OSError, ValueError, KeyError, TypeError):
        return fail("manager", f"{secrets_file} has no manager password", "start the hotline with this state_dir")
    said: list[str] = []

    def log_in() -> None:
        manager = _QuietManager()
        try:
            manager.connect(host, port)
            manager.login(user, secret)
            said.append("")
        except Exception as error:  # the client raises whatever its parsing meets
            said.append(str(error) or type(error).__name__)
        finally:
            manager.close()

    # the blocking client knows no time limit; the thread ends with this short-lived process
    thread = threading.Thread(target=log_in, daemon=True)
    thread.start()
    thread.join(_LIMIT)
    if not said:
        return fail("manager", f"port {port} does not speak the manager protocol", "set ami_port to a port of its own")
    if said[0]:
        return fail("manager", f"log-in refused on port {port}: {said[0]}",
                    "another Asterisk may answer there: set ami_port; or restart the hotline")
    return ok("manager", f"log-in works on port {port}")


def agi(host: str, port: int) -> Check:
    """Does the controller answer?"""
    if _answers(host, port):
        return ok("controller", f"answers on {host}:{port}")
    return warn("controller", f"nothing answers on {host}:{port}", "start the hotline: ivr run")


def _answers(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=2):
            return True
    except OSError:
        return False
