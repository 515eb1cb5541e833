#!/bin/bash
# Every test, in two lanes at once: real calls mostly wait, so the rest has time beside them. With arguments: one lane,
# given to pytest as they are.
# usage: .ci/tests.sh [PYTEST ARGUMENT...]
set -eu
cd "$(dirname "$0")/.."
pytest="$PWD/.venv/bin/pytest -q"
[ $# -eq 0 ] || exec $pytest "$@"

log=$(mktemp) sounds=$(mktemp -d)
calls=
finish() {
    [ -z "$calls" ] || kill -INT "$calls" 2>/dev/null || true
    rm -rf "$log" "$sounds"
}
trap finish EXIT
trap 'exit 130' INT TERM

# into the cache, once: built in both lanes while calls wait for them it would take too long
IVR_STATE_DIR=$sounds .venv/bin/ivr prompts build >/dev/null

$pytest tests/telephony tests/testnet >"$log" 2>&1 &
calls=$!
failed=0
# what is heard in a call must not wait for a test that only computes
nice -n 5 $pytest --ignore=tests/telephony --ignore=tests/testnet || failed=$?
printf '\ncalls in real time (tests/telephony, tests/testnet):\n'
tail -n +1 -f --pid="$calls" "$log"
wait "$calls" || failed=$?
calls=
exit "$failed"
