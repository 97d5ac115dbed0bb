#!/usr/bin/env bash
# What leased cores bring to three programs of MPI (bindings/c/examples/mpi), on this machine alone, in turns.
#
#   run.sh [ROUNDS [MPI [PROGRAM...]]]      9, openmpi (or mpich), and jacobi, prices, particles unless said otherwise
#
# The machine's cores are halved: the first half is the program's, with one rank on each; the second half is the cluster's ("leased cores"), and each rank leases one of
# it. What is leased here costs no network: over one, what a call takes there and back comes on top (docs/benchmarks.md).
#
#   serial    one rank, and nobody else computes
#   local     a rank on each core of the program's (on a machine of two cores that is one rank, the same as serial)
#   leased    the same ranks, which wait while their leased cores compute
#   both      ranks and leased cores
#   all       a rank on every core of the machine, and no cluster: what MPI alone would make of all these cores
#
# Each run's result is checked against the serial program's, bit by bit, outside of what is timed. Starting MPI and leasing are not in the times either. The
# table goes to standard output, every sample to standard error.
set -euo pipefail
root=$(readlink -f "$(dirname "${BASH_SOURCE[0]}")/../..")
rounds=${1:-9} mpi=${2:-openmpi}
shift $(($# < 2 ? $# : 2))
programs=("${@:-jacobi}")
(($#)) || programs=(jacobi prices particles)
ways=(serial local leased both all)
"$root/build/mpi.sh"
native=$("$root/build/librowen.sh")
"$root/rowen" version >&2
folder=$(mktemp -d /var/tmp/rowen-mpi.XXXXXX)
end() {
    HOME=$folder "$root/rowen" down >/dev/null 2>&1 || true
    rm -rf "$folder"
}
trap end EXIT
make -s -C "$root/bindings/c/examples/mpi" MPICC="mpicc.$mpi" MPIFC="mpifort.$mpi" ROWEN="$native" OUT="$folder"

source "$root/benchmarks/cores.sh"
half=$((${#cores[@]} / 2))
((half > 0)) || { echo "run.sh: this needs two cores" >&2; exit 1; }
list() { local IFS=,; echo "$*"; }
own=$(list "${cores[@]:0:half}") leased=$(list "${cores[@]:half:half}")
HOME=$folder taskset -c "$leased" "$root/rowen" up --detach --cores "$half" >&2

launch() { # RANKS CORES COMMAND...
    local ranks=$1 on=$2
    shift 2
    case $mpi in
    openmpi) taskset -c "$on" env HOME="$folder" OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMP_NUM_THREADS=1 mpirun.openmpi --oversubscribe --bind-to none -n "$ranks" "$@" ;;
    mpich) taskset -c "$on" env HOME="$folder" OMP_NUM_THREADS=1 mpirun.mpich -launcher fork -n "$ranks" "$@" ;;
    *) echo "run.sh: $mpi is neither openmpi nor mpich" >&2 && return 1 ;;
    esac
}

sample() { # PROGRAM WAY: its seconds
    local said
    cd "$folder"
    case $2 in
    serial) said=$(launch 1 "${cores[0]}" "./$1" serial) ;;
    all) said=$(launch "$((2 * half))" "$own,$leased" "./$1" local) ;;
    leased | both)
        said=$(launch "$half" "$own" "./$1" "$2")
        [[ $said == *" $half leased cores"* ]] || { echo "run.sh: not every rank had a leased core: $said" >&2 && return 1; }
        ;;
    *) said=$(launch "$half" "$own" "./$1" "$2") ;;
    esac
    [[ $said == *"equal to the serial"* ]] || { echo "run.sh: $said" >&2 && return 1; }
    sed -n 's/.* \([0-9]*\.[0-9]*\) s, equal.*/\1/p' <<<"$said"
}

load() { cut -d' ' -f1-3 /proc/loadavg; }
before=$(load)
for ((round = 0; round < rounds; round++)); do
    for program in "${programs[@]}"; do
        for ((i = 0; i < ${#ways[@]}; i++)); do
            way=${ways[(i + round) % ${#ways[@]}]} # in another order each time
            seconds=$(sample "$program" "$way")
            echo "$program $way $round $seconds" | tee -a "$folder/samples" >&2
        done
    done
done

echo "$(sed -n 's/^model name\s*: //p' /proc/cpuinfo | head -1), ${#cores[@]} cores ($half for the program, $half leased), Linux $(uname -r), $mpi; commit $(git -C "$root" rev-parse --short HEAD); load $before before, $(load) after; $rounds rounds"
echo
echo "| program | way | seconds, median | slowest | times serial, median within rounds |"
echo "| --- | --- | ---: | ---: | ---: |"
for program in "${programs[@]}"; do
    for way in "${ways[@]}"; do
        awk -v program="$program" -v way="$way" '
            $1 == program && $2 == "serial" { serial[$3] = $4 }
            $1 == program && $2 == way { mine[$3] = $4 }
            END { for (round in mine) print mine[round], serial[round] / mine[round] }' "$folder/samples" | sort -n >"$folder/row"
        middle=$(((rounds + 1) / 2))
        printf '| %s | %s | %.3f | %.3f | %.2f |\n' "$program" "$way" "$(sed -n "${middle}p" "$folder/row" | cut -d' ' -f1)" "$(tail -1 "$folder/row" | cut -d' ' -f1)" \
            "$(cut -d' ' -f2 "$folder/row" | sort -n | sed -n "${middle}p")"
    done
done
