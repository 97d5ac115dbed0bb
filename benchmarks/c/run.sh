#!/usr/bin/env bash
# What a hot call from C costs next to the same call from C#: the same native function, 8 bytes, over shm, caller on core 0, in turns. And how long librowen
# takes to load and to answer its first call.
#
#   run.sh [ROUNDS]      9 unless said otherwise
set -euo pipefail
root=$(readlink -f "$(dirname "${BASH_SOURCE[0]}")/../..")
rounds=${1:-9}
folder=$(mktemp -d)
native=$("$root/build/librowen.sh")
export ROWEN_CLUSTER=$folder/cluster.json LD_LIBRARY_PATH=$native/lib DOTNET_TieredPGO=1
"$root/rowen" version >&2
trap '"$root/rowen" down >/dev/null 2>&1 || true; rm -rf "$folder"' EXIT
gcc -O2 -shared -fPIC -o "$folder/libfunctions.so" "$root/bindings/c/examples/functions.c" -lm
gcc -O2 -I"$native/include" -o "$folder/hot" "$root/benchmarks/c/hot.c" -ldl
dotnet build "$root/benchmarks/c/hot.cs" -c Release -nologo -v:quiet -o "$folder/dotnet" >&2
HOME=$folder "$root/rowen" up --detach --cluster "$ROWEN_CLUSTER" --cores 1 >&2 # the highest core: the caller is on the lowest
for ((round = 1; round <= rounds; round++)); do
    if ((round % 2)); then
        read -r load c < <(taskset -c 0 "$folder/hot" "$folder/libfunctions.so")
        dotnet=$(taskset -c 0 dotnet "$folder/dotnet/hot.dll" "$folder/libfunctions.so")
    else
        dotnet=$(taskset -c 0 dotnet "$folder/dotnet/hot.dll" "$folder/libfunctions.so")
        read -r load c < <(taskset -c 0 "$folder/hot" "$folder/libfunctions.so")
    fi
    echo "$load $c $dotnet" | tee -a "$folder/rounds" >&2
done
median() { sort -n | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'; }
echo "hot call of 8 bytes, medians of $rounds rounds: from C $(awk '{ print $2 }' "$folder/rounds" | median) ns, from C# $(awk '{ print $3 }' "$folder/rounds" | median) ns, ratio within rounds $(awk '{ printf "%.3f\n", $2 / $3 }' "$folder/rounds" | median)"
echo "librowen loaded and called once: $(awk '{ print $1 }' "$folder/rounds" | median) us"
