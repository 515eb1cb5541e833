"""Builds the stages of docker/Dockerfile as folders, where there is no container engine: the same steps, in a chroot.

Kept beside the provisioned Asterisk by a digest of all that a stage is made from; what is there is not made again.
"""

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ivr.pbx.provision import SUITE, find_tool
from tests.docker.contained import contained, run
from tests.docker.dockerfile import PROJECT, Context, Stage, Step, environment, stages

#: Answers of the machine that steps need which fetch packages: names of hosts, certificates.
_NETWORK = ("/etc/resolv.conf", "/etc/hosts")
_CERTIFICATES = "tmp/certificates.pem"
#: Folders of the machine that stand in for what a stage makes: `make setup` has bundled the pages.
GIVEN = {"pages": {"/opt/hotline/ivr/web/static/build": PROJECT / "ivr/web/static/build"}}


class Images:
    """The stages in `cache`. `say`: told what is being made."""

    def __init__(self, cache: Path, say: Callable[[str], None]) -> None:
        self._cache, self._say = cache, say
        self._stages, self._context = stages(), Context()
        #: Prompts that were made before; a stage that makes them begins with these.
        self._sounds = cache / "container-sounds"

    @contextmanager
    def alone(self) -> Iterator[None]:
        """No other process builds or uses the stages meanwhile."""
        self._cache.mkdir(parents=True, exist_ok=True)
        with (self._cache / "container.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for unfinished in self._cache.glob(".container-*"):
                shutil.rmtree(unfinished)
            yield

    def root(self, name: str) -> Path:
        """The root folder of a stage, made now if need be. Raises AssertionError with the last words."""
        target = self._cache / f"container-{name}-{self._key(name)}"
        if not target.is_dir():
            for old in self._cache.glob(f"container-{name}-*"):
                shutil.rmtree(old)
            partial = Path(tempfile.mkdtemp(prefix=".container-", dir=self._cache))
            self._make(self._stages.get(name), name, partial / "root")
            (partial / "root").rename(target)
            partial.rmdir()
        return target

    def _make(self, stage: Stage | None, name: str, root: Path) -> None:
        if stage is None:
            self._bootstrap(root)
            return
        base = self.root(stage.base)
        self._say(f"making the stage {name}")
        run(["cp", "-a", "--reflink=auto", str(base), str(root)])
        user = "0:0"
        for step in stage.steps:
            if step.word == "USER":
                user = step.text
            elif step.word == "COPY":
                self._copy(step, root)
            elif step.word == "RUN":
                given = environment(self._stages, name)
                with self._kept_sounds(root / given["IVR_ASTERISK_CACHE"].lstrip("/"), "--set-up" in step.text):
                    run(contained(root, ["sh", "-ec", step.text], {**given, **_network(root)}, user))
        (root / _CERTIFICATES).unlink(missing_ok=True)

    def _bootstrap(self, root: Path) -> None:
        """The image debian:sid-slim, as far as it matters: the minimal system, and no documentation."""
        self._say(f"making a clean root of Debian {SUITE}")
        tool = find_tool(self._cache, self._say)
        # as for the provisioned Asterisk: a frozen mirror or a slow clock must not stop it
        run([tool, "--mode=root", "--variant=minbase", "--format=directory",
              '--aptopt=Acquire::Check-Valid-Until "false"', '--aptopt=Acquire::Retries "3"',
              "--dpkgopt=path-exclude=/usr/share/man/*", "--dpkgopt=path-exclude=/usr/share/doc/*",
              SUITE, str(root)])  # fmt: skip
        for file in filter(os.path.exists, _NETWORK):
            shutil.copyfile(file, root / file.lstrip("/"))

    def _copy(self, step: Step, root: Path) -> None:
        *sources, target = step.text.split()
        # relative to the folder of the program, WORKDIR
        into = root / (Path("/opt/hotline") / target).relative_to("/")
        if sources[0].startswith("--from="):
            stage, path = sources[0].removeprefix("--from="), sources[1]
            place = GIVEN[stage][path] if stage in GIVEN else self.root(stage) / path.lstrip("/")
            assert place.is_dir(), f"{place}: `make setup` makes it"
            shutil.copytree(place, into, symlinks=True, dirs_exist_ok=True)
            return
        for source in sources:
            found = self._context.files(source)
            assert found, f"COPY {step.text}: no such files, or .dockerignore keeps them back"
            for file in found:
                whole = (PROJECT / source).is_dir()
                place = into / file.relative_to(source) if whole else into / file.name
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(PROJECT / file, place)

    @contextmanager
    def _kept_sounds(self, folder: Path, makes: bool) -> Iterator[None]:
        """Prompts are named by what they are made from: whoever `makes` them need not make those that were there."""
        if makes and self._sounds.is_dir():
            run(["cp", "-a", "--reflink=auto", f"{self._sounds}/.", str(folder)])
        yield
        if makes:
            shutil.rmtree(self._sounds, ignore_errors=True)
            run(["cp", "-a", "--reflink=auto", str(folder), str(self._sounds)])

    def _key(self, name: str) -> str:
        stage = self._stages.get(name)
        if stage is None:
            return hashlib.sha256(f"{name} 1".encode()).hexdigest()[:12]
        parts = [self._key(stage.base).encode()]
        for step in stage.steps:
            parts.append(f"{step.word} {step.text}".encode())
            if step.word == "COPY":
                parts += self._copied(step)
        digest = hashlib.sha256()
        for part in parts:
            digest.update(len(part).to_bytes(8, "big") + part)
        return digest.hexdigest()[:12]

    def _copied(self, step: Step) -> Iterator[bytes]:
        *sources, _ = step.text.split()
        if not sources[0].startswith("--from="):
            for file in (file for source in sources for file in self._context.files(source)):
                yield f"{file} {(PROJECT / file).stat().st_mode & 0o777:o}".encode()
                yield (PROJECT / file).read_bytes()
        elif (stage := sources[0].removeprefix("--from=")) in GIVEN:
            yield from (str(p).encode() for p in sorted(GIVEN[stage][sources[1]].rglob("*")))
        else:
            yield self._key(stage).encode()


def _network(root: Path) -> dict[str, str]:
    """What the machine needs to fetch packages; none of it is in an image."""
    given = {name: value for name, value in os.environ.items()
             if name.startswith("PIP_") or name.lower().endswith("_proxy")}
    for name in ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        if bundle := os.environ.get(name):
            shutil.copyfile(bundle, root / _CERTIFICATES)
            (root / _CERTIFICATES).chmod(0o644)
            given[name] = f"/{_CERTIFICATES}"
    return given
