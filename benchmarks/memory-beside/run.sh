#!/usr/bin/env bash
# What a batch job pays for memory that is lent beside it: LAMMPS on one core, alone and beside remote memory that is read
# and written at given rates, in turns. The table goes to standard output, every sample to standard error.
#
#   run.sh [PROVIDER [PAIRS [RATE...]]]      tcp, 60, and 0 20e6 200e6 1e9 full (bytes per second) unless said otherwise
#
# LAMMPS runs on the last core, the reader on the first; the process that serves the memory, where the kernel puts it.
set -euo pipefail
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
if ! command -v lmp >/dev/null; then
    echo "run.sh: LAMMPS is not installed: trying apt-get install lammps ..." >&2
    if ! apt-get install -y --no-install-recommends lammps >&2 || ! command -v lmp >/dev/null; then
        echo "run.sh: LAMMPS (the command lmp) cannot be installed here: install it, then repeat." >&2
        exit 1
    fi
fi
provider=${1:-tcp}
pairs=${2:-60}
shift $(($# < 2 ? $# : 2))
(($#)) || set -- 0 20e6 200e6 1e9 full
source "$here/../cores.sh"
if ((${#cores[@]} < 2)); then
    echo "run.sh: this needs two cores, one for LAMMPS and one for the reader." >&2
    exit 1
fi
exec dotnet run -c Release "$here/beside.cs" -- "$here" "$provider" "${cores[-1]}" "${cores[0]}" "$pairs" "$@"
