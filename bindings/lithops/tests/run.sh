#!/usr/bin/env bash
# Runs the tests as a user has the package: installed from its wheel into a virtual environment without anything else, where its .pth file is read.
# The stand-in of Lithops and the package rowen are on the path. ROWEN_NATIVE says where librowen.so is; the cluster is that of ROWEN_CLUSTER or ~/.rowen.
#
#   run.sh [TEST…]
set -euo pipefail
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv --without-pip "$folder/venv"
wheel=$(python3 "$here/../build/wheel.py" "$folder")
site=$("$folder/venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
python3 -m zipfile -e "$wheel" "$site"
cp -r "$here/stand_in/lithops" "$site/"
cd "$here"
export PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$here/../../python
"$folder/venv/bin/python" -m unittest "$@"
