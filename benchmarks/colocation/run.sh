#!/usr/bin/env bash
# What a batch job pays for functions beside it: LAMMPS under MPI, pinned to the later half of the cores, alone; beside a load on the other cores
# that a plain loop runs; and beside the same load as items of `rowen run`, with all of Rowen on those other cores. In turns, in random order.
#
#   run.sh [ROUNDS]      21 unless said otherwise; half a minute each
#
# What counts is the processor time of the job, and within a round: what Rowen adds to a neighbour that is there anyway (goal: 2 %).
# The table goes to standard output, every sample to standard error.
set -euo pipefail
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
root=$(readlink -f "$here/../..")
rounds=${1:-21}
die() { echo "run.sh: $*" >&2; exit 1; }
source "$root/build/packages.sh"
packages=(lammps openmpi-bin gcc libc6-dev)
install_missing
source "$here/../cores.sh"
((${#cores[@]} >= 2)) || die "this needs two cores, one for the job and one for its neighbour"
half=$((${#cores[@]} / 2))
beside=$(IFS=,; echo "${cores[*]:0:half}") job=$(IFS=,; echo "${cores[*]:half}")
ranks=$((${#cores[@]} - half))
folder=$(mktemp -d /var/tmp/rowen-colocation.XXXXXX)
export ROWEN_CLUSTER=$folder/cluster.json HOME=$folder OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
"$root/rowen" version >&2
gcc -O2 -o "$folder/load" "$here/load.c"
sed 's/^run .*/run 200/' "$root/benchmarks/memory-beside/in.melt" >"$folder/in.melt"

neighbor=
end() {
    pkill -f -- "$folder/load" || true # a neighbour was begun in a subshell; nobody else names this folder
    "$root/rowen" down >/dev/null 2>&1 || true
    rm -rf "$folder"
}
stop_neighbor() {
    [[ -n $neighbor ]] || return 0
    kill -TERM -- "-$neighbor" 2>/dev/null || true
    wait "$neighbor" 2>/dev/null || true
    neighbor=
}
trap end EXIT
taskset -c "$beside" "$root/rowen" up --detach --cores "$half" >&2

# In a process group of its own: whatever it has begun ends with it.
start_neighbor() { # kind, load
    case $1 in
        alone) return ;;
        plain) setsid taskset -c "$beside" sh -c "yes | xargs -P$half -I{} '$folder/load' $2" >/dev/null 2>&1 & ;;
        rowen) setsid taskset -c "$beside" "$root/rowen" run --array 1-100000000 -- "$folder/load" "$2" >/dev/null 2>&1 & ;;
    esac
    neighbor=$!
    until pgrep -f "^$folder/load $2" >/dev/null; do
        kill -0 "$neighbor" 2>/dev/null || die "the $1 neighbour did not begin"
        sleep 0.05
    done
    sleep 0.5
}

sample() { # kind, load: wall and processor time of the job in seconds
    local TIMEFORMAT='%R %U %S' wall user system
    start_neighbor "$1" "$2"
    read -r wall user system < <({ time taskset -c "$job" mpirun -np "$ranks" --bind-to none lmp -in "$folder/in.melt" -log none -screen none >/dev/null 2>&1 || touch "$folder/failed"; } 2>&1)
    stop_neighbor
    [[ ! -e $folder/failed ]] || die "LAMMPS failed beside the neighbour '$1'"
    echo "$wall $(awk -v user="$user" -v kernel="$system" 'BEGIN { print user + kernel }')"
}

for ((round = 1; round <= rounds; round++)); do
    for load in compute memory; do
        for kind in $(shuf -e alone plain rowen); do
            answer=$(sample "$kind" "$load")
            echo "$answer" >>"$folder/$load.$kind"
            echo "$round $load $kind: $answer" >&2
        done
    done
done

quantile() { sort -g | awk -v share="$1" '{ value[NR] = $1 } END { rank = int(share * NR + 0.999999); print value[rank < 1 ? 1 : rank] }'; }
ratios() { paste "$folder/$1.$2" "$folder/$1.$3" | awk -v field="$4" '{ printf "%.2f\n", 100 * ($field / $(field + 2) - 1) }'; }
summary() { local all; all=$(ratios "$@"); printf '%+.1f %% (%+.1f … %+.1f)' "$(quantile 0.5 <<<"$all")" "$(quantile 0.1 <<<"$all")" "$(quantile 0.9 <<<"$all")"; }
echo "| neighbour | job alone, processor s | plain neighbour beyond alone | functions beyond plain, processor time | the same, wall time |"
echo "| --- | ---: | ---: | ---: | ---: |"
for load in compute memory; do
    echo "| $load | $(cut -d' ' -f2 "$folder/$load.alone" | quantile 0.5) | $(summary "$load" plain alone 2) | $(summary "$load" rowen plain 2) | $(summary "$load" rowen plain 1) |"
done
echo
echo "$rounds rounds; medians of the ratios within a round, in brackets a tenth and nine tenths of them."
