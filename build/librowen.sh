#!/usr/bin/env bash
# Compiles librowen, the library for C, C++, Fortran and Python, into artifacts/native: lib/librowen.so, include/rowen.h, what pkg-config
# and CMake read, and lib/librowen_python.so, which runs Python's functions in executors. Needs the .NET SDK and a C compiler; takes a minute the first time, and after changes. Prints the folder.
set -euo pipefail
root=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1
folder=$root/artifacts/native
exec 9>"$root/artifacts/.librowen" 2>/dev/null || { mkdir -p "$root/artifacts" && exec 9>"$root/artifacts/.librowen"; }
flock 9 # two who build at once would write the same files
stamp=$folder/.stamp
# Folders count too: a file that was deleted or renamed leaves its trace there.
if [[ -f $stamp && -z $(find "$root"/{src,bindings/c,bindings/fortran,bindings/python/host.c,build/Native.proj,build/librowen.sh,global.json,Directory.Build.props,Directory.Packages.props} -newer "$stamp" -print -quit) ]]; then
    echo "$folder"
    exit
fi
mkdir -p "$folder"/lib/{pkgconfig,cmake/rowen} "$folder"/include
touch "$stamp.new" # before it is built: what changes meanwhile is newer
compile() { dotnet msbuild "$root/build/Native.proj" -nologo -clp:ErrorsOnly "$@"; }
framework= # the project's own
if ! compile -t:Restore >"$folder/restore.log" 2>&1; then
    framework=net9.0
    echo "librowen: the runtime to compile it with is not to be had for the project's own .NET; the one for .NET 9 is used." >&2
    compile -t:Restore -p:Framework=$framework >&2
fi
compile -t:Publish -p:Framework=$framework >&2 # apart from Restore: a project sees what was restored only when it is evaluated anew
cp "$root"/bindings/c/rowen.h "$root"/bindings/c/rowen.hpp "$root"/bindings/fortran/rowen.f90 "$folder/include/"
version=$(sed -n 's|.*<Version>\([0-9.]*\).*|\1|p' "$root/Directory.Build.props")
cp "$root/bindings/c/cmake/rowenConfig.cmake" "$folder/lib/cmake/rowen/"
sed "s/@VERSION@/$version/" "$root/bindings/c/cmake/rowenConfigVersion.cmake" >"$folder/lib/cmake/rowen/rowenConfigVersion.cmake"
sed "s/@VERSION@/$version/" "$root/bindings/c/rowen.pc" >"$folder/lib/pkgconfig/rowen.pc"
"${CC:-cc}" -std=gnu11 -O2 -Wall -Wextra -shared -fPIC -o "$folder/lib/librowen_python.so" "$root/bindings/python/host.c" -ldl -lpthread >&2
mv "$stamp.new" "$stamp"
echo "$folder"
