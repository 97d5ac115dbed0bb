#!/usr/bin/env bash
# How long a batch job waits for nodes that Rowen has harvested, next to the same job on idle nodes, and on nodes that a preemptible job of nobody's
# holds which leaves at once (what Slurm itself takes for a preemption): in turns, on a real Slurm of three nodes on this machine
# (build/slurm-lab.sh). One is harvested, and works all the time; one stays idle; one has an `srun sleep`. Each cycle submits one exclusive job for
# each of the three, in random order; the job notes when it begins. Slurm's log says when it decided to preempt, for which it takes up to a second.
#
#   run.sh [CYCLES]      1000 unless said otherwise; about 4 s each
#
# RECLAIM_NODES is how many nodes each of the three is, and each job takes: 1 unless said otherwise. All of them share the cores of this machine.
# RECLAIM_ITEM is the command that the harvested nodes run, `sleep 0.2` unless said otherwise: what is shorter than the grace is finished first.
#
# The table goes to standard output, every cycle to standard error. Exit code 1: something was left behind, or a node was drained.
set -euo pipefail
root=$(readlink -f "$(dirname "${BASH_SOURCE[0]}")/../..")
cycles=${1:-1000}
wide=${RECLAIM_NODES:-1}
source "$root/benchmarks/slurm-lab.sh"

up=
end() {
    [[ -z $up ]] || { kill -TERM "$up" 2>/dev/null && wait "$up" 2>/dev/null; } || true
    end_lab
}
trap end EXIT
begin_lab reclaim $((3 * wide))
nodes_from() { local i list=; for ((i = $1; i < $1 + wide; i++)); do list+=,n$i; done; echo "${list#,}"; }
declare -A nodes=([taken]=$(nodes_from 1) [idle]=$(nodes_from $((wide + 1))) [bare]=$(nodes_from $((2 * wide + 1))))

"$rowen" up --slurm --site --partition harvest --listen "$address:0" --state "$HOME/state" --idle-timeout 10m -- "--exclude=${nodes[idle]},${nodes[bare]}" >"$folder/up.log" 2>&1 &
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
    for node in ${nodes[bare]//,/ }; do
        [[ -n $(squeue --noheader --nodelist=$node 2>/dev/null) ]] ||
            sbatch --quiet --partition=harvest --exclusive --no-requeue --nodelist=$node --time=60 --output=/dev/null "$shared/bare.sh"
    done
    until (($(squeue --noheader --nodelist="${nodes[bare]}" --states=running --format=%i | wc -l) == wide)); do sleep 0.1; done
}

harvested() { "$rowen" nodes --output json | grep -o '"state":"up"' | wc -l; }

delay_on() { # nodes: how long until it began, and how much of that since Slurm decided to preempt (- if its log does not say), in milliseconds
    local before job decided
    before=$(date +%s.%N)
    job=$(sbatch --parsable --partition=batch --exclusive --nodes="$wide" --nodelist="$1" --output=/dev/null "$shared/job.sh" "$shared")
    until [[ -s $shared/began.$job ]]; do sleep 0.02; done
    decided=$(sed -n "s/^\[\(.*\)\] preempted JobId=[0-9]* has been killed to reclaim resources for JobId=$job\$/\1/p" "$folder/lab/log/slurmctld.log" | head -1)
    awk -v before="$before" -v decided="$([[ -z $decided ]] || date +%s.%N -d "$decided")" -v began="$(cat "$shared/began.$job")" '
        BEGIN { printf "%.0f %s\n", (began - before) * 1000, decided ? sprintf("%.0f", (began - decided) * 1000) : "-" }'
    until [[ -z $(squeue --noheader --jobs="$job" 2>/dev/null) ]]; do sleep 0.05; done
}

touch "$folder"/decided.{bare,taken}
for ((cycle = 1; cycle <= cycles; cycle++)); do
    until (($(harvested) == wide)); do sleep 0.2; done
    hold_bare
    line=
    for kind in $(shuf -e idle bare taken); do
        read -r delay decided < <(delay_on "${nodes[$kind]}")
        echo "$delay" >>"$folder/$kind"
        [[ $kind == idle || $decided == - ]] || echo "$decided" >>"$folder/decided.$kind"
        line+=" $kind $delay ms"
    done
    echo "$cycle$line" >&2
done

stop_load
scancel --partition=harvest --nodelist="${nodes[bare]}"
kill -TERM "$up"
wait "$up" || { echo "run.sh: rowen up ended with $?" >&2; exit 1; }
up=
for _ in {1..600}; do [[ -z $(squeue --noheader) ]] && break; sleep 0.1; done
[[ -z $(squeue --noheader) ]] || { echo "run.sh: jobs remain a minute after rowen up has ended: $(squeue --noheader)" >&2; exit 1; }

quantile() { sort -n "$1" | awk -v share="$2" '{ value[NR] = $1 } END { rank = int(share * NR + 0.999999); print value[rank < 1 ? 1 : rank] }'; }
drained=$(sinfo --noheader --Node --states=drain --format=%N | sort -u | wc -l)
left=0
for node in ${nodes[taken]//,/ } ${nodes[idle]//,/ } ${nodes[bare]//,/ }; do
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
row "a preempted job that leaves at once, since Slurm decided" "$folder/decided.bare"
row "harvested, since Slurm decided" "$folder/decided.taken"
for kind in idle bare; do
    paste "$folder/$kind" "$folder/taken" | awk '{ print $2 - $1 }' >"$folder/beyond.$kind"
    row "harvested beyond $kind, within a cycle" "$folder/beyond.$kind"
done
echo
known=$(cat "$folder"/decided.* | wc -l)
((known == 2 * cycles)) || echo "Slurm's log says for $known of $((2 * cycles)) preemptions when they were decided; the rows since then lack the others."
echo "$cycles cycles; left behind in the nodes: $left processes and files; nodes drained: $drained."
((left == 0 && drained == 0))
