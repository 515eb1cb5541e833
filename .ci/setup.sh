#!/bin/bash
# Set-up of a clone: .venv with the locked packages and the programs that are used. Repeating it does nothing.
# usage: .ci/setup.sh run|test|chaos
set -eu -o pipefail
cd "$(dirname "$0")/.."
goal=${1:-run}
updated=

have() { command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ]; }

# install PACKAGE...: by apt when we may, else one clear line
install() {
    if have apt-get && [ "$(id -u)" = 0 ]; then
        echo "installing $*"
        refreshed
        quietly env DEBIAN_FRONTEND=noninteractive apt-get -qy --no-install-recommends install "$@"
    else
        echo "missing: $*. As root: apt-get install $*" >&2
        return 1
    fi
}

# quietly COMMAND...: its words are shown only when it fails
quietly() {
    local words
    words=$("$@" 2>&1) || { printf '%s\n' "$words" | tail -n 12 >&2; return 1; }
}

# refreshed: the lists of packages are those of now, once
refreshed() {
    [ -n "$updated" ] || quietly apt-get -q update || true
    updated=1
}

# fetch_promtool: Prometheus' judge of alerts, out of its package, which would bring a running service along
fetch_promtool() {
    local folder
    have apt-get && have dpkg-deb || { echo "missing: promtool, of Debian's package prometheus" >&2; return 1; }
    echo "fetching promtool into .venv"
    [ "$(id -u)" != 0 ] || refreshed
    folder=$(mktemp -d)
    (cd "$folder" && quietly apt-get -q download prometheus) || { rm -r "$folder"; return 1; }
    dpkg-deb --fsys-tarfile "$folder"/prometheus_*.deb | tar -x -C "$folder" ./usr/bin/promtool
    mv "$folder/usr/bin/promtool" .venv/bin/promtool
    rm -r "$folder"
}

usable() { have "$1" && "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }
ready() { [ -x .venv/bin/python ] && .venv/bin/python -m pip --version >/dev/null 2>&1; }

wanted=
python=
for name in python3 /usr/bin/python3 python3.13 python3.12 python3.11; do
    if usable "$name"; then
        python=$name
        break
    fi
done
if [ -z "$python" ]; then
    wanted="python3 python3-venv"
elif ! ready && ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    wanted=python3-venv
fi
[ -z "$wanted" ] || python=/usr/bin/python3
have espeak-ng || wanted="$wanted espeak-ng"
if [ "$goal" = test ] || [ "$goal" = chaos ]; then
    have sipp || wanted="$wanted sip-tester"
    ls /usr/lib/*/faketime/libfaketime.so.1 >/dev/null 2>&1 || wanted="$wanted libfaketime"
    have openssl || wanted="$wanted openssl"
    have chromium || wanted="$wanted chromium fonts-dejavu-core"
    ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || have postgres || wanted="$wanted postgresql"
    have systemd-analyze || wanted="$wanted systemd"
fi
if [ "$goal" = chaos ]; then
    have svmap || wanted="$wanted sipvicious"
fi
# shellcheck disable=SC2086  # a list of words
[ -z "$wanted" ] || install $wanted

# The pages are bundled with node; without it everything but the pages works.
modern_node() { have node && have npm && node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)'; }
page_sources() {
    find ivr/web/pages ivr/web/build.mjs ivr/web/package.json ivr/web/package-lock.json -type f -print0 | sort -z \
        | xargs -0 sha256sum
}
pages() {
    local stamp=ivr/web/static/build/.sources now
    now=$(page_sources)
    [ "$now" != "$(cat $stamp 2>/dev/null)" ] || return 0
    modern_node || install nodejs npm || return 1
    modern_node || { echo "node 18 or newer is needed for the pages" >&2; return 1; }
    if ! cmp -s ivr/web/package-lock.json ivr/web/node_modules/.locked; then
        echo "installing the packages of the pages"
        (cd ivr/web && quietly npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) || return 1
        cp ivr/web/package-lock.json ivr/web/node_modules/.locked
    fi
    echo "building the pages"
    (cd ivr/web && quietly node build.mjs) || return 1
    printf '%s\n' "$now" > $stamp
}
if ! pages; then
    [ "$goal" = run ] || exit 1
    echo "the pages could not be built: the hotline runs, the browser shows why its pages are missing" >&2
fi

if ! ready; then
    usable "$python" || { echo "Python 3.11 or newer is needed; this machine's archive has none" >&2; exit 1; }
    "$python" -m venv --clear .venv
fi
stamp=.venv/.locked
if ! cat requirements.lock pyproject.toml | cmp -s - "$stamp"; then
    echo "installing the Python packages into .venv"
    # source archives are built as pip 23.1 and newer do it, also by the older pip of Debian 12
    quietly .venv/bin/python -m pip install -q --disable-pip-version-check --use-pep517 -r requirements.lock
    quietly .venv/bin/python -m pip install -q --disable-pip-version-check --no-deps -e .
    .venv/bin/python -c 'import ivr.cli, aiohttp, sqlalchemy, panoramisk'
    cat requirements.lock pyproject.toml > "$stamp"
fi
if [ "$goal" = test ] || [ "$goal" = chaos ]; then
    have promtool || [ -x .venv/bin/promtool ] || fetch_promtool
fi
