#!/usr/bin/env bash
# Installs Debian's Open MPI and MPICH, side by side, what compiles for them, and mpi4py: for tests and benchmarks. Needs root, or sudo without a password.
set -euo pipefail
die() {
    echo "mpi.sh: $*" >&2
    exit 1
}
packages=(openmpi-bin libopenmpi-dev mpich libmpich-dev gcc gfortran libc6-dev make python3-mpi4py)
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/packages.sh"
install_missing
