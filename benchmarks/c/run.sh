#!/usr/bin/env bash
# What a hot call from C costs next to the same call from C#: the same native function, 8 bytes, over shm, caller on core 0, in turns. And how long librowen
# takes to load and to answer its first call, with the cluster at rest and the library's file in memory: some virtual machines give unused pages of files back within
# seconds, and then it would be the disk that is measured.
#
#   run.sh [ROUNDS]      9 unless said otherwise
#
# The hypervisor of a virtual machine may move its cores between one program and the next, and then the calls of both take another time: floor.c says before and after
# each how long a cache line takes there and back. A round counts for the ratio where that stayed the same, within a quarter, and neither call took twice the other.
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
gcc -O2 -pthread -o "$folder/floor" "$root/benchmarks/c/floor.c"
dotnet build "$root/benchmarks/c/hot.cs" -c Release -nologo -v:quiet -o "$folder/dotnet" >&2
HOME=$folder "$root/rowen" up --detach --cluster "$ROWEN_CLUSTER" --cores 1 >&2 # the highest core: the caller is on the lowest
from_c() {
    cat "$native/lib/librowen.so" >/dev/null
    taskset -c 0 "$folder/hot" "$folder/libfunctions.so"
}
from_dotnet() { taskset -c 0 dotnet "$folder/dotnet/hot.dll" "$folder/libfunctions.so"; }
floor() {
    sleep 3 # the pool has its next executor, and rests
    "$folder/floor"
}
echo "load us, C ns, C# ns, a cache line before, between and after ns" >&2
for ((round = 1; round <= rounds; round++)); do
    before=$(floor)
    if ((round % 2)); then
        read -r load c < <(from_c)
        between=$(floor)
        dotnet=$(from_dotnet)
    else
        dotnet=$(from_dotnet)
        between=$(floor)
        read -r load c < <(from_c)
    fi
    echo "$load $c $dotnet $before $between $(floor)" | tee -a "$folder/rounds" >&2
done
median() { sort -n | awk '{ value[NR] = $1 } END { print NR ? value[int((NR + 1) / 2)] : "none" }'; }
awk '{ least = most = $4; for (i = 5; i <= 6; i++) { if ($i < least) least = $i; if ($i > most) most = $i } } most <= 1.25 * least && $2 < 2 * $3 && $3 < 2 * $2' "$folder/rounds" >"$folder/steady"
echo "$(sed -n 's/^model name\s*: //p' /proc/cpuinfo | head -1), commit $(git -C "$root" rev-parse --short HEAD), $(date -u +%F); $rounds rounds, the cores stayed where they were in $(wc -l <"$folder/steady")"
echo
echo "| cores | rounds | a cache line, ns | from C, ns | from C#, ns | ratio within rounds |"
echo "| --- | ---: | ---: | ---: | ---: | ---: |"
for cores in near far; do
    awk -v cores="$cores" '($2 < 450) == (cores == "near")' "$folder/steady" >"$folder/these"
    [[ ! -s $folder/these ]] ||
        echo "| $cores | $(wc -l <"$folder/these") | $(awk '{ print $5 }' "$folder/these" | median) | $(awk '{ print $2 }' "$folder/these" | median) | $(awk '{ print $3 }' "$folder/these" | median) | $(awk '{ printf "%.3f\n", $2 / $3 }' "$folder/these" | median) |"
done
echo
echo "librowen loaded and called once: $(cut -d' ' -f1 "$folder/rounds" | median) us, $(cut -d' ' -f1 "$folder/rounds" | sort -n | head -1) to $(cut -d' ' -f1 "$folder/rounds" | sort -n | tail -1)"
