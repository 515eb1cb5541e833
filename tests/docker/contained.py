"""What an engine does for a container, by hand: a root folder of its own, volumes, a user. Needs root.

The network is the machine's: containers have loopback addresses.
"""

import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path


def contained(
    root: Path,
    argv: Sequence[str],
    env: Mapping[str, str],
    user: str,
    volumes: Mapping[str, Path] | None = None,
    sealed: bool = False,
    fixed: Sequence[str] = (),
) -> list[str]:
    """The command that runs `argv` in `root` with no other environment than `env`; its process id is that of `argv`.

    `volumes`: path within -> folder or file of the machine. `sealed`: as compose runs it: nothing but these and /tmp
    can be written, and no program gives new rights. `fixed`: those of `volumes` that cannot be written either.
    """
    quoted = shlex.quote(str(root))
    steps = [f"mount --bind {quoted} {quoted}"]
    if sealed:
        steps += [f"mount -o remount,bind,ro {quoted}"]
        steps += [f"mount -t tmpfs tmpfs {quoted}/{place}" for place in ("tmp", "run")]
    steps += [f"mount --rbind /{place} {quoted}/{place}" for place in ("dev", "proc")]
    for place, folder in sorted((volumes or {}).items()):
        target = f"{quoted}/{shlex.quote(place.lstrip('/'))}"
        steps += [f"touch {target}" if folder.is_file() else f"mkdir -p {target}"]
        steps += [f"mount --bind {shlex.quote(str(folder))} {target}"]
        if place in fixed:
            steps += [f"mount -o remount,bind,ro {target}"]
    if sealed:
        steps += [f"mount -o remount,ro {quoted}/run"]
    pairs = [f"{name}={value}" for name, value in env.items()]
    within = ["/bin/sh", "-c", 'cd /opt/hotline && exec env -i "$@"', "sh", *pairs, *argv]
    entry = [*(["setpriv", "--no-new-privs"] if sealed else []), "chroot", f"--userspec={user}", "--groups=", str(root)]
    steps.append("exec " + shlex.join([*entry, *within]))
    return ["unshare", "--mount", "--propagation", "private", "sh", "-ec", "\n".join(steps)]


def run(argv: Sequence[str]) -> str:
    """Run it to its end; what it printed. Raises AssertionError, with its last words, when it fails."""
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", check=False)  # fmt: skip
    assert done.returncode == 0, f"{argv[-1][-300:]} ended with {done.returncode}: {done.stdout[-3000:]}"
    return done.stdout
