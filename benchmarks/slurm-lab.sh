# shellcheck shell=bash
# For benchmarks on a real Slurm on this machine, which source it: `begin_lab NAME NODES` builds rowen, brings a lab of so many nodes up
# (build/slurm-lab.sh), and sets:
#   folder   for what the benchmark writes; removed by end_lab       shared   the part of it that the nodes see
#   address  where a manager listens for the nodes                   rowen    the program
# Slurm's commands and `rowen` then speak to the lab. `end_lab` takes it down: call it from a trap.

begin_lab() {
    local word
    folder=/var/tmp/rowen-$1-$$ shared=$folder/lab/shared
    rowen=$root/rowen
    "$rowen" version >&2
    coproc LAB { exec "$root/build/slurm-lab.sh" "$folder/lab" "$2"; }
    lab_in=${LAB[1]} lab_pid=$LAB_PID
    mkdir -p "$folder/home"
    read -r word address <&"${LAB[0]}"
    [[ $word == ready ]]
    export SLURM_CONF=$folder/lab/etc/slurm.conf PATH=$folder/lab/bin:$PATH HOME=$folder/home
    export ROWEN_CLUSTER=$HOME/cluster.json
}

end_lab() {
    if [[ -n ${lab_pid:-} ]]; then
        exec {lab_in}>&- || true
        wait "$lab_pid" 2>/dev/null || true
    fi
    rm -rf "$folder"
}
