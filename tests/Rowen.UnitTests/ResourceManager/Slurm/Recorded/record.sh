#!/usr/bin/env bash
# Records anew what real Slurm says: record.sh [FOLDER]. Without FOLDER, into the one beside this script that is named as its Slurm's version.
# Each answer is NAME.out, with NAME.err and NAME.exit where there was something to say there. Needs root (build/slurm-lab.sh).
set -euo pipefail
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
root=$(cd "$here/../../../../.." && pwd)
lab=$root/artifacts/slurm/record-$$
mkdir -p "$root/artifacts/slurm"
coproc lab_script { exec "$root/build/slurm-lab.sh" "$lab" 6; }
read -r -u "${lab_script[0]}" ready address
[[ $ready == ready ]]
export SLURM_CONF=$lab/etc/slurm.conf
out=${1:-$here/$(sinfo --version | sed 's/.* //')}
mkdir -p "$out"
find "$out" -type f ! -name "sbatch-qos-*" ! -name sbatch-account-unknown.\* -delete # of a Slurm with accounting: README.md

lab() {
    local answer
    echo "$*" >&"${lab_script[1]}"
    read -r -u "${lab_script[0]}" answer
    [[ $answer == "$*" ]]
}

# Paths and addresses of this machine mean nothing to a reader.
neutral() { sed -e "s|$lab|/lab|g; s|${lab//\//\\\\/}|\\\\/lab|g; s|${address%.*}\.|10.0.0.|g" -e "s|$(uname -r)|6.1.0|g"; }

record() { # NAME COMMAND...
    local name=$1 code=0
    shift
    "$@" >"$lab/answer" 2>"$lab/complaint" || code=$?
    neutral <"$lab/answer" >"$out/$name.out"
    [[ ! -s $lab/complaint ]] || neutral <"$lab/complaint" >"$out/$name.err"
    [[ $code == 0 ]] || echo "$code" >"$out/$name.exit"
}

as() { local user=$1; shift; "$lab/bin/as" "$user" "$@"; }
submit() { local user=$1; shift; as "$user" sbatch --parsable --output=/dev/null "$@"; }
until_seen() { local i; for i in {1..600}; do "$@" && return; sleep 0.1; done; echo "record: waited in vain for $*" >&2; exit 1; }
job_is() { [[ $(squeue -h -j "$1" -o %T) == "$2" ]]; }
node_is() { [[ $(scontrol -o show node "$1") =~ \ State=$2 ]]; }

cd "$lab/shared"
printf 'SuspendTime=100000\nSuspendProgram=/bin/true\nResumeProgram=/bin/true\nSuspendTimeout=2\nResumeTimeout=600\n' >>"$SLURM_CONF"
lab controller stop
lab controller start

# A pilot, two jobs that leave cores of a node to others, one that takes a node whole, jobs that wait for each reason, and a name with everything in it.
pilot=$(submit ada -p harvest -w n1 -N1 -n1 -c4 --mem=2G -t 30 -J rowen-pilot --comment='rowen:pilot=1' --no-requeue --signal=B:TERM@60 --wrap 'exec srun sleep 1000')
beside=$(submit ben -w n2 -n2 --mem=1G -J simulation --comment='rowen:cores=1,memory=1G' --wrap 'srun sleep 1000')
whole=$(submit ben -w n3 --exclusive -t 90 -J 'a|b "c" {d} \e ü' --wrap 'sleep 1000')
for job in $pilot $beside $whole; do until_seen job_is "$job" RUNNING; done
gone=$(submit ada -p harvest -w n4 -N1 -n1 -t 30 -J rowen-pilot --comment='rowen:pilot=0' --wrap 'sleep 1000')
until_seen job_is "$gone" RUNNING
until_seen as ada scancel "$gone"
submit ben -d "afterok:$whole" --wrap true >/dev/null
submit ben --begin=now+1hour --wrap true >/dev/null
submit ben --array=1-3 -N6 --exclusive --wrap true >/dev/null
waiting=$(submit ada -p harvest --exclude=n6 -N1 -n1 -c4 -t 30 -J rowen-pilot --comment='rowen:pilot=2' --wrap 'exec srun sleep 1000')
submit ada -H --wrap true >/dev/null
scontrol update nodename=n4 state=drain reason='disk is bad | "see" ticket 7'
lab kill n5
scontrol update nodename=n6 state=power_down
until_seen node_is n4 'IDLE\+DRAIN'
until_seen node_is n5 'DOWN'
until_seen node_is n6 'IDLE\+POWERED_DOWN'
sleep 3 # the scheduler gives its reasons

record version sinfo --version
record config scontrol show config
record ping scontrol ping
record nodes scontrol --oneliner show nodes
record partitions scontrol --oneliner show partitions
record jobs as ada scontrol --oneliner show jobs
record sinfo-json sinfo --json
record squeue-json as ada squeue --json
record sinfo sinfo
record sinfo-nodes sinfo --noheader --Node --partition=harvest --format='%N|%T|%t|%c|%C|%m|%e|%P|%f|%G|%E'
record squeue as ada squeue
record squeue-format as ada squeue --noheader --format='%i|%j|%u|%a|%P|%T|%r|%N|%D|%C|%m|%S|%e|%k'
record squeue-start squeue --noheader --start --format='%i|%S|%r'
record squeue-pilot-left squeue --noheader --jobs="$pilot" --format=%L
# The formats of Rowen's own (SlurmText).
record squeue-pilots as ada squeue --noheader --states=all --user=ada --name=rowen-pilot --format='%i|%T|%N|%r'
record sinfo-harvest sinfo --noheader --Node --partition=harvest --format='%N|%T|%c|%m|%C'
record sinfo-all sinfo --noheader --Node --format='%N|%T|%c|%m|%C'
record sbatch-parsable as ada sbatch --parsable -H --wrap true
record sbatch as ada sbatch -H --wrap true

# A pilot that may go anywhere wakes a node that is powered down.
submit ada -p harvest -N1 -n1 -c4 -t 30 -J rowen-pilot --wrap true >/dev/null
until_seen node_is n6 '(ALLOCATED|MIXED)'
record sinfo-nodes-waking sinfo --noheader --Node --partition=harvest --format='%N|%T|%t|%c|%C|%m|%e|%P|%f|%G|%E'
record sinfo-harvest-waking sinfo --noheader --Node --partition=harvest --format='%N|%T|%c|%m|%C'
record nodes-waking scontrol --oneliner show nodes

record scontrol-node-unknown scontrol show node nowhere
record squeue-job-unknown squeue --noheader --job 999999 --format=%T
record scancel-job-unknown scancel 999999
record scancel-not-mine as ada scancel "$whole"
record scancel-done scancel "$waiting"
record scontrol-update-denied as ada scontrol update nodename=n1 state=drain reason=x
record sbatch-partition-unknown as ada sbatch -p nowhere --wrap true
record sbatch-time-too-long as ada sbatch -p harvest -t 10-0 --wrap true
record sbatch-too-many-nodes as ada sbatch -N 100 --wrap true
record sbatch-too-much-memory as ada sbatch --mem=1T --wrap true
record sbatch-option-unknown as ada sbatch --no-such-option --wrap true
record sbatch-constraint-unknown as ada sbatch -C nothing --wrap true
scontrol update partitionname=harvest state=down
record sbatch-partition-down as ada sbatch -p harvest --wrap true
scontrol update partitionname=harvest state=drain
record sbatch-partition-drain as ada sbatch -p harvest --wrap true
scontrol update partitionname=harvest state=up allowaccounts=others
record sbatch-account-not-allowed as ada sbatch -p harvest --wrap true
scontrol update partitionname=harvest allowaccounts=ALL
sed -i 's|socket=.*|socket=/nowhere/munge|' "$SLURM_CONF"
record squeue-munge-down squeue --noheader
record sbatch-munge-down sbatch --wrap true
sed -i "s|^AuthInfo=.*|AuthInfo=socket=$lab/munge/socket|" "$SLURM_CONF"
lab controller stop
record squeue-controller-down squeue --noheader
record sinfo-controller-down sinfo --json
record sbatch-controller-down timeout 20 sbatch --wrap true
record ping-controller-down scontrol ping
SLURM_CONF=/nowhere record squeue-no-configuration squeue --noheader
exec {lab_script[1]}>&-
wait "$lab_script_PID" || true
echo "recorded $(ls "$out" | wc -l) files in $out"
