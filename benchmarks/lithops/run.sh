#!/usr/bin/env bash
# Lithops over Rowen next to Lithops' own back end for one machine, in turns: one call, a map, and (Rowen alone) what the loss of an executor costs.
# ROWEN_LITHOPS is a source tree of Lithops, which is no part of this project.
#
#   ROWEN_LITHOPS=/path/to/lithops benchmarks/lithops/run.sh [--calls 20] [--items 1000] [--maps 1] [--losses 5]
set -euo pipefail
root=$(readlink -f "$(dirname "${BASH_SOURCE[0]}")/../..")
die() { echo "$*" >&2; exit 1; }
[[ -f ${ROWEN_LITHOPS:-}/lithops/__init__.py ]] || die "ROWEN_LITHOPS is '${ROWEN_LITHOPS:-}': it must be a source tree of Lithops, with lithops/__init__.py in it"
folder=$(mktemp -d)
trap '"$root/rowen" down >/dev/null 2>&1 || true; rm -rf "$folder"' EXIT
source "$root/bindings/lithops/tests/real_venv.sh"
commit=$(git -C "$root" rev-parse --short HEAD)
export HOME=$folder/home ROWEN_CLUSTER=$folder/cluster.json TMPDIR=$folder/tmp PYTHONDONTWRITEBYTECODE=1
mkdir -p "$HOME" "$TMPDIR"
export PATH=$folder/venv/bin:$PATH # its own back end starts whatever `python` is
"$root/rowen" up --detach --cluster "$ROWEN_CLUSTER" >&2
cd "$folder"
"$python" "$root/benchmarks/lithops/lithops_calls.py" --commit "$commit" "$@"
