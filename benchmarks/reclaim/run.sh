#!/usr/bin/env bash
# How long a batch job waits for nodes that Rowen has harvested, next to the same job on idle nodes, and on nodes that a preemptible job of nobody's
# holds which leaves at once (what Slurm itself takes for a preemption): in turns, on a real Slurm of six nodes on this machine
# (build/slurm-lab.sh). Nodes n1 and n2 are harvested, and work all the time; n3 and n4 stay idle; n5 and n6 have one `srun sleep` each. Each cycle
# submits one exclusive job for both nodes of each pair, in random order; the job notes when it begins.
#
#   run.sh [CYCLES]      1000 unless said otherwise; about 7 s each
#
# RECLAIM_ITEM is the command that the harvested nodes run, `sleep 0.2` unless said otherwise: what is shorter than the grace is finished first.
#
# The table goes to standard output, every cycle to standard error. Exit code 1: something was left behind, or a node was drained.
set -euo pipefail
root=$(readlink -f "$(dirname "${BASH_SOURCE[0]}")/../..")
cycles=${1:-1000}
source "$root/benchmarks/slurm-lab.sh"

up=
end() {
    [[ -z $up ]] || { kill -TERM "$up" 2>/dev/null && wait "$up" 2>/dev/null; } || true
    end_lab
}
trap end EXIT
begin_lab reclaim 6

"$rowen" up --slurm --site --partition harvest --listen "$address:0" --state "$HOME/state" --idle-timeout 10m -- --exclude=n3,n4,n5,n6 >"$folder/up.log" 2>&1 &
up=$!
until [[ -e $ROWEN_CLUSTER ]]; do sleep 0.1; done
while :; do "$rowen" run --array 1-1000000 -- ${RECLAIM_ITEM:-sleep 0.2} >/dev/null 2>&1 || sleep 1; done &
load=$!
# The loop first, or it would begin another run.
stop_load() {
    local run
    run=$(pgrep -P "$load" || true)
    kill "$load" $run 2>/dev/null || true
    wait "$load" 2>/dev/null || true
}
trap 'stop_load; end' EXIT

cat >"$shared/job.sh" <<'J'
#!/bin/sh
date +%s.%N >"$1/began.$SLURM_JOB_ID"
J

# Slurm's own part: a job that a signal ends at once, held by a step as pilots are.
printf '#!/bin/sh\nexec srun --kill-on-bad-exit=0 sleep 3600\n' >"$shared/bare.sh"
hold_bare() {
    local node
    for node in n5 n6; do
        [[ -n $(squeue --noheader --nodelist=$node 2>/dev/null) ]] ||
            sbatch --quiet --partition=harvest --exclusive --no-requeue --nodelist=$node --time=60 --output=/dev/null "$shared/bare.sh"
    done
    until (($(squeue --noheader --nodelist=n5,n6 --states=running --format=%i | wc -l) == 2)); do sleep 0.1; done
}

harvested() { "$rowen" nodes --output json | grep -o '"state":"up"' | wc -l; }

delay_on() { # nodes: how long until it began, in milliseconds
    local before job
    before=$(date +%s.%N)
    job=$(sbatch --parsable --partition=batch --exclusive --nodes=2 --nodelist="$1" --output=/dev/null "$shared/job.sh" "$shared")
    until [[ -s $shared/began.$job ]]; do sleep 0.02; done
    awk -v before="$before" -v began="$(cat "$shared/began.$job")" 'BEGIN { printf "%.0f\n", (began - before) * 1000 }'
    until [[ -z $(squeue --noheader --jobs="$job" 2>/dev/null) ]]; do sleep 0.05; done
}

declare -A nodes=([idle]=n3,n4 [bare]=n5,n6 [taken]=n1,n2)
for ((cycle = 1; cycle <= cycles; cycle++)); do
    until (($(harvested) == 2)); do sleep 0.2; done
    hold_bare
    line=
    for kind in $(shuf -e idle bare taken); do
        delay=$(delay_on "${nodes[$kind]}")
        echo "$delay" >>"$folder/$kind"
        line+=" $kind $delay ms"
    done
    echo "$cycle$line" >&2
done

stop_load
scancel --partition=harvest --nodelist=n5,n6
kill -TERM "$up"
wait "$up" || { echo "run.sh: rowen up ended with $?" >&2; exit 1; }
up=
for _ in {1..600}; do [[ -z $(squeue --noheader) ]] && break; sleep 0.1; done
[[ -z $(squeue --noheader) ]] || { echo "run.sh: jobs remain a minute after rowen up has ended: $(squeue --noheader)" >&2; exit 1; }

quantile() { sort -n "$1" | awk -v share="$2" '{ value[NR] = $1 } END { rank = int(share * NR + 0.999999); print value[rank < 1 ? 1 : rank] }'; }
drained=$(sinfo --noheader --Node --states=drain --format=%N | sort -u | wc -l)
left=0
for node in n1 n2 n3 n4 n5 n6; do
    first=$(pgrep -f "slurmd -D -N $node\$" | head -1)
    count=$(nsenter --target "$first" --mount --pid sh -c 'ls /dev/shm /tmp | grep -c rowen; ps -e -o comm= | grep -c "^Rowen"' | awk '{ sum += $1 } END { print sum }') || true
    left=$((left + ${count:-0}))
done
echo "| | median | p90 | p99 | longest |"
echo "| --- | ---: | ---: | ---: | ---: |"
row() { echo "| $1 | $(quantile "$2" 0.5) ms | $(quantile "$2" 0.9) ms | $(quantile "$2" 0.99) ms | $(quantile "$2" 1) ms |"; }
row "idle nodes" "$folder/idle"
row "nodes of a preempted job that leaves at once" "$folder/bare"
row "harvested nodes, working" "$folder/taken"
for kind in idle bare; do
    paste "$folder/$kind" "$folder/taken" | awk '{ print $2 - $1 }' >"$folder/beyond.$kind"
    row "harvested beyond $kind, within a cycle" "$folder/beyond.$kind"
done
echo
echo "$cycles cycles; left behind in the nodes: $left processes and files; nodes drained: $drained."
((left == 0 && drained == 0))
