#!/usr/bin/env bash
# What a call of a Python function on a leased core costs, over shm, next to what it cannot be below (a C function called by librowen, from C and from Python) and to what
# Python has for the same (ProcessPoolExecutor, multiprocessing.Pool); and arrays, next to the same ones pickled. Caller on core 0. All rows in turns.
#
#   run.sh [ROUNDS] [PYTHON]      5 rounds, and python3, unless said otherwise; rows of arrays need its numpy
set -euo pipefail
root=$(readlink -f "$(dirname "${BASH_SOURCE[0]}")/../..")
rounds=${1:-5} python=${2:-python3}
folder=$(mktemp -d)
native=$("$root/build/librowen.sh")
export ROWEN_CLUSTER=$folder/cluster.json LD_LIBRARY_PATH=$native/lib ROWEN_NATIVE=$native/lib PYTHONDONTWRITEBYTECODE=1
export PYTHONPATH=$root/bindings/python:$root/benchmarks/python
"$root/rowen" version >&2
trap '"$root/rowen" down >/dev/null 2>&1 || true; rm -rf "$folder"' EXIT
gcc -O2 -shared -fPIC -o "$folder/libfunctions.so" "$root/bindings/c/examples/functions.c" -lm
gcc -O2 -I"$native/include" -o "$folder/hot" "$root/benchmarks/c/hot.c" -ldl
HOME=$folder "$root/rowen" up --detach --cluster "$ROWEN_CLUSTER" --cores 1 >&2 # the highest core: the caller is on the lowest
echo "$(date -u +%F), $(git -C "$root" rev-parse --short HEAD), $(nproc) cores, load $(cut -d' ' -f1-3 /proc/loadavg), $("$python" --version)"
for ((round = 1; round <= 3; round++)); do taskset -c 0 "$folder/hot" "$folder/libfunctions.so"; done | sort -k2n | awk '{ ns[NR] = $2 } END { printf "C function, called from C by librowen: %.2f us (median of %d runs)\n", ns[int((NR + 1) / 2)] / 1000, NR }'
taskset -c 0 "$python" "$root/benchmarks/python/hot.py" "$folder/libfunctions.so" "$rounds"
