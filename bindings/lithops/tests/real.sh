#!/usr/bin/env bash
# Runs Lithops' own tests, and ours of its multiprocessing, through Rowen, on a cluster of their own. ROWEN_LITHOPS is a source tree of Lithops, which is no part of this project; its dependencies are
# taken from Debian, as is pytest. Where its tests fetch files from the Internet, they get files made here, over HTTP from this machine.
#
#   ROWEN_LITHOPS=/path/to/lithops bindings/lithops/tests/real.sh [PYTEST ARGUMENT…]
set -euo pipefail
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
root=$(readlink -f "$here/../../..")
die() { echo "$*" >&2; exit 1; }
[[ -f ${ROWEN_LITHOPS:-}/lithops/__init__.py ]] || die "ROWEN_LITHOPS is '${ROWEN_LITHOPS:-}': it must be a source tree of Lithops, with lithops/__init__.py in it"
folder=$(mktemp -d)
trap '"$root/rowen" down >/dev/null 2>&1 || true; rm -rf "$folder"' EXIT
source "$here/real_venv.sh"
export HOME=$folder/home ROWEN_CLUSTER=$folder/cluster.json TMPDIR=$folder/tmp PYTHONDONTWRITEBYTECODE=1
mkdir -p "$HOME" "$TMPDIR"
"$root/rowen" up --detach --cluster "$ROWEN_CLUSTER" ${ROWEN_CORES:+--cores "$ROWEN_CORES"} >&2
cd "$folder"
PYTHONPATH=$PYTHONPATH:$here "$python" -m pytest -q -p real_files -p no:cacheprovider --confcutdir="$ROWEN_LITHOPS/lithops/tests" \
    "$ROWEN_LITHOPS/lithops/tests" "$here/real_multiprocessing.py" --ignore="$ROWEN_LITHOPS/lithops/tests/test_k8s_backend.py" --backend rowen --storage rowen "$@"
