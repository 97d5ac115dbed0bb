#!/usr/bin/env bash
# Debian's OpenBLAS with threads, which `rowen bench map --rows flops` compares executors with: installs it if it is missing (as root, or by sudo).
set -euo pipefail
packages=(libopenblas0-pthread)

die() {
    echo "openblas: $*" >&2
    exit 1
}

. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/packages.sh"
install_missing
