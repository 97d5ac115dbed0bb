#!/usr/bin/env bash
# How much of the core-time that batch jobs leave idle functions really use: on a real Slurm of four nodes with four cores each on this machine
# (build/slurm-lab.sh), under a scripted load of exclusive batch jobs, while as many functions wait as there are cores and more.
#
#   run.sh [MINUTES] [SECONDS...]      15 minutes for each of functions of 1, 10 and 60 s unless said otherwise
#
# The load is hard: jobs of one to three nodes for 20 to 60 s, every 20 to 40 s. With IDLE_SHARE_GAP=SECONDS it is another: each node by itself
# lies idle for so long on average and then has a job for half as long on average, both exponentially distributed. On Piz Daint 70 to 80 % of the
# gaps were shorter than ten minutes, which is a mean of 433 s at 75 %.
#
# The nodes are claimed, not there: batch jobs and functions sleep instead of computing. So this measures what gets lost between them (finding
# out, submitting, starting, preempting, doing again), and not how fast cores compute. Counted as used is the time of functions that came to their end
# and lies within the window; what was preempted and done again is counted once. Idle is what no batch job had. Nobody can use what a function had done that was preempted: half of it on average.
# The table goes to standard output, progress to standard error.
set -euo pipefail
root=$(readlink -f "$(dirname "${BASH_SOURCE[0]}")/../..")
minutes=${1:-15}
shift || true
lengths=("${@:-1}")
(($#)) || lengths=(1 10 60)
cores=$(nproc) # of a node: Slurm knows of four, but an agent offers no more than the machine has
((cores <= 4)) || cores=4
source "$root/benchmarks/slurm-lab.sh"

up= load=
end() {
    [[ -z $load ]] || { kill -TERM "$load" 2>/dev/null && wait "$load" 2>/dev/null; } || true
    [[ -z $up ]] || { kill -TERM "$up" 2>/dev/null && wait "$up" 2>/dev/null; } || true
    end_lab
}
trap end EXIT
begin_lab idle-share 4

cat >"$shared/job.sh" <<'J'
#!/bin/bash
trap 'echo "$SLURM_JOB_NUM_NODES $began $EPOCHREALTIME" >>"$1"' EXIT
began=$EPOCHREALTIME
sleep "$2"
J
cat >"$shared/item.sh" <<'J'
#!/bin/bash
began=$EPOCHREALTIME
echo "$began" >>"$1.begun"
sleep "$2"
echo "$began $EPOCHREALTIME" >>"$1"
J
chmod +x "$shared"/*.sh

up_nodes() { "$rowen" nodes --output json | grep -o '"state":"up"' | wc -l; }

# Seconds, exponentially distributed: at least one, and no more than are left. A random number comes as an argument, since a subshell begins another series.
draw() { awk -v mean="$1" -v random="$2" -v left=$(($3 - ${EPOCHREALTIME%.*})) 'BEGIN { s = int(1 - mean * log((random + 1) / 32769)); print s < left ? s : left < 1 ? 1 : left }'; }

# Each node's own gaps and jobs: the same for every length of functions.
submit_to() { # node, until, file
    local random length
    RANDOM=$((20261122 + ${1#n}))
    while random=$RANDOM && sleep "$(draw "$IDLE_SHARE_GAP" "$random" "$2")" && [[ ${EPOCHREALTIME%.*} -lt $2 ]]; do
        random=$RANDOM
        length=$(draw $((IDLE_SHARE_GAP / 2)) "$random" "$2")
        sbatch --quiet --partition=batch --exclusive --nodelist="$1" --output=/dev/null "$shared/job.sh" "$3" "$length"
        sleep "$length"
    done
}

# One to three nodes for 20 to 60 s, every 20 to 40 s: the same for every length of functions.
submit_batch() { # until, file
    RANDOM=20261122
    if [[ -n ${IDLE_SHARE_GAP:-} ]]; then
        local loops=() loop
        for node in n1 n2 n3 n4; do submit_to "$node" "$@" & loops+=($!); done
        for loop in "${loops[@]}"; do wait "$loop"; done
        return
    fi
    while [[ ${EPOCHREALTIME%.*} -lt $1 ]]; do
        sbatch --parsable --partition=batch --exclusive --nodes=$((1 + RANDOM % 3)) --output=/dev/null \
            "$shared/job.sh" "$2" $((20 + RANDOM % 41)) >/dev/null
        sleep $((20 + RANDOM % 21))
    done
}

measure() { # length of a function
    local length=$1 items=$shared/items.$1 jobs=$shared/jobs.$1 from until batch
    : >"$items"
    : >"$items.begun"
    : >"$jobs"
    chmod 666 "$items" "$items.begun" "$jobs"
    "$rowen" up --slurm --site --partition harvest --listen "$address:0" --state "$HOME/state" >"$folder/up.log" 2>&1 &
    up=$!
    until [[ -e $ROWEN_CLUSTER ]]; do sleep 0.1; done
    "$rowen" run --array 1-1000000 --keep-going -- "$shared/item.sh" "$items" "$length" >"$folder/run.log" 2>&1 &
    load=$!
    until (($(up_nodes) == 4)); do sleep 0.5; done
    from=${EPOCHREALTIME%.*}
    until=$((from + minutes * 60))
    echo "functions of $length s: $minutes min from $(date +%T)" >&2
    submit_batch "$until" "$jobs" &
    batch=$!
    while [[ ${EPOCHREALTIME%.*} -lt $((until + length + 2)) ]]; do sleep 1; done # those under way at the end may come to theirs
    wait "$batch"
    kill -TERM "$load" && wait "$load" || true
    load=
    until [[ -z $(squeue --noheader --partition=batch) ]]; do sleep 0.5; done
    kill -TERM "$up"
    wait "$up" || { echo "run.sh: rowen up ended with $?" >&2; exit 1; }
    up=
    awk -v from="$from" -v until="$until" -v nodes=4 -v cores="$cores" -v each="$length" '
        function within(a, b) { a = a < from ? from : a; b = b > until ? until : b; return b > a ? b - a : 0 }
        FILENAME ~ /jobs/ { batch += $1 * cores * within($2, $3); count++ }
        FILENAME ~ /begun$/ { begun += $1 < until - each; next }
        FILENAME ~ /items/ { used += within($1, $2); items++; ended += $1 < until - each }
        END {
            all = nodes * cores * (until - from)
            idle = all - batch
            printf "| %d s | %d | %.0f | %.0f | %d | %.0f | %.1f %% | %d | %.1f %% |\n",
                each, count, all, idle, items, used, 100 * used / idle, begun - ended, 100 * (begun - ended) * each / 2 / idle
        }' "$jobs" "$items" "$items.begun"
}

echo "| functions of | batch jobs | core seconds | left idle by them | functions | core seconds used | share of idle | preempted | what half of each of these is of idle |"
echo "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
for length in "${lengths[@]}"; do measure "$length"; done
