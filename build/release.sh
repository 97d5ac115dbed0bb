#!/usr/bin/env bash
# What a release gives to users of other languages than C#, in artifacts/dist: librowen for C, C++ and Fortran as an archive, and the wheel for Python, which brings
# librowen along, and that for Lithops. Prints their paths; that for Python is the last.
set -euo pipefail
root=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
native=$("$root/build/librowen.sh")
target=${1:-$root/artifacts/dist}
version=$(sed -n 's|.*<Version>\(.*\)</Version>.*|\1|p' "$root/Directory.Build.props")
mkdir -p "$target"
archive=$target/librowen-$version-linux-x64.tar.gz
tar -czf "$archive" -C "$native" --transform "s|^\.|librowen-$version|" --exclude librowen_python.so .
echo "$archive"
python3 "$root/bindings/lithops/build/wheel.py" "$target"
python3 "$root/bindings/python/wheel.py" "$native" "$target" "$version"
