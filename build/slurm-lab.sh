#!/usr/bin/env bash
# A real Slurm of several nodes for tests and benchmarks, on this machine alone.
#
#   build/slurm-lab.sh FOLDER [NODES [accounting]]
#
# prints `ready ADDRESS` when every node is idle; ADDRESS is this machine's, as the nodes see it. Then it takes commands, one a line, each
# answered by a line that repeats it:
#
#   kill NODE                  the node loses its power
#   start NODE                 and is switched on again (Slurm takes a moment to see it)
#   cut NODE both|in|out       nothing reaches the node, or leaves it; nobody is told
#   heal NODE                  mends that
#   controller stop|kill|start slurmctld; what it knew it knows again. Read by it anew: FOLDER/etc/slurm.conf
#
# Each node has its own network, host name, process ids, /dev/shm and /tmp; all other files are this machine's, and stand for the cluster's
# shared file system. In FOLDER: etc/slurm.conf for SLURM_CONF; bin for PATH, whose commands of Slurm note each call in calls.log; bin/as NAME
# COMMAND..., for the users ada and ben, who exist in the lab alone; shared, where everybody may write; hooks/prolog and hooks/epilog,
# run as root on the node if a test puts a program there; nodes/NODE, the node's namespace of processes; log.
#
# With accounting there are slurmdbd and its database, too, and jobs need an association: root, ada and ben have one with the account lab.
#
# It ends with its input or with a signal, and removes FOLDER, which must not exist before. After kill -9 its processes and networks end, too,
# since all of them live in namespaces of its child; the folder is removed by the next lab beside it. Installs what it needs. Needs root.
# While it runs nobody may add a user to the machine, as some packages do: that replaces /etc/passwd, and unmounts the laboratory's own.
set -euo pipefail
packages=(munge slurmctld slurmd slurm-client slurm-wlm-basic-plugins iproute2 nftables)
accounting_packages=(slurmdbd slurm-wlm-mysql-plugin mariadb-server-core mariadb-client-core)
self=$(readlink -f "${BASH_SOURCE[0]}")
commands=(sbatch squeue sinfo scontrol scancel srun salloc sacct sacctmgr sprio sshare)
users=([20101]=ada [20102]=ben)
cpus=4 memory=8192 # MiB; claimed, not enforced: the machine may have less
declare -A process=() cut=()

die() {
    echo "slurm-lab: $*" >&2
    exit 1
}

. "$(dirname "$self")/packages.sh"

# ---- the machine's side: folder, network address, and an end to everything -----------------------------------------------------------

started_at() { awk '{ sub(/.*\) /, ""); print $20 }' "/proc/$1/stat" 2>/dev/null || true; }

# Folders whose lab did not come to remove them. A process that got the same number since began at another time.
sweep() {
    local owner pid began
    for owner in "$(dirname "$folder")"/*/owner; do
        [[ -e $owner ]] || continue
        read -r pid began <"$owner" || continue
        [[ $(started_at "$pid") == "$began" ]] || rm -rf "${owner%/owner}"
    done
}

choose_network() {
    local attempt
    for attempt in {1..50}; do
        net=10.$((200 + RANDOM % 50)).$((RANDOM % 250))
        [[ -n $(ip -4 route show root "$net.0/24") ]] || return 0
    done
    die "found no free network"
}

write_files() {
    local uid node i
    mkdir -p "$folder"/{etc,bin,munge,state,spool,log,shared,home,hooks,nodes}
    chmod 1777 "$folder/shared" "$folder/log"
    (umask 077 && head -c 1024 /dev/urandom >"$folder/munge/key")
    cp /etc/passwd /etc/group "$folder/etc/"
    for uid in "${!users[@]}"; do
        echo "${users[$uid]}:x:$uid:$uid::$folder/home/${users[$uid]}:/bin/bash" >>"$folder/etc/passwd"
        echo "${users[$uid]}:x:$uid:" >>"$folder/etc/group"
        mkdir -m 700 "$folder/home/${users[$uid]}"
        chown "$uid:$uid" "$folder/home/${users[$uid]}"
    done
    chown slurm: "$folder/state"
    touch "$folder/calls.log" "$folder/log/completed"
    chmod 666 "$folder/calls.log"
    chown slurm: "$folder/log/completed"
    {
        printf '127.0.0.1 localhost\n%s %s\n%s controller\n' "$net.1" "$(hostname)" "$net.2"
        for ((i = 1; i <= nodes; i++)); do echo "$net.$((10 + i)) n$i"; done
    } >"$folder/etc/hosts"
    echo "CgroupMountpoint=/sys/fs/cgroup" >"$folder/etc/cgroup.conf"
    write_commands
    write_configuration >"$folder/etc/slurm.conf"
}

write_commands() {
    local command
    cat >"$folder/bin/.call" <<END # the variable HOSTNAME is that of where a job was submitted
#!/bin/bash
printf '%s %s %s %s\n' "\$EPOCHREALTIME" "\$(</proc/sys/kernel/hostname)" "\${0##*/}" "\${*//\$'\n'/ }" >>'$folder/calls.log'
exec "/usr/bin/\${0##*/}" "\$@"
END
    cat >"$folder/bin/as" <<END
#!/bin/bash
export USER=\$1 LOGNAME=\$1 HOME=$folder/home/\$1
shift
exec unshare --mount --propagation private bash -c 'mount --bind $folder/etc/passwd /etc/passwd && mount --bind $folder/etc/group /etc/group &&
    exec setpriv --reuid "\$USER" --regid "\$USER" --init-groups -- "\$@"' as "\$@"
END
    # A hook that fails drains its node: what Rowen's own must never do, and what a test can therefore see.
    for command in prolog epilog; do
        printf '#!/bin/sh\n[ ! -x "%s" ] || exec "%s"\n' "$folder/hooks/$command" "$folder/hooks/$command" >"$folder/etc/$command"
    done
    chmod 755 "$folder"/bin/{.call,as} "$folder"/etc/{prolog,epilog}
    for command in "${commands[@]}"; do ln -s .call "$folder/bin/$command"; done
}

# Short periods, so that tests need not wait for Slurm's own; what the product promises depends on KillWait, GraceTime and the partitions.
write_configuration() {
    local i
    cat <<END
ClusterName=lab
SlurmctldHost=controller($net.2)
SlurmUser=slurm
AuthType=auth/munge
AuthInfo=socket=$folder/munge/socket
CredType=cred/munge
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool/%n
SlurmctldPidFile=$folder/log/slurmctld.pid
SlurmdPidFile=$folder/log/slurmd.%n.pid
SlurmctldLogFile=$folder/log/slurmctld.log
SlurmdLogFile=$folder/log/slurmd.%n.log
SlurmctldDebug=verbose
SlurmdDebug=verbose
MpiDefault=none
SwitchType=switch/none
ReturnToService=2
SlurmdTimeout=10
SlurmctldTimeout=10
MessageTimeout=5
BatchStartTimeout=30
KillWait=5
CompleteWait=0
InactiveLimit=0
MinJobAge=300
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=2,bf_continue,sched_interval=2,sched_min_interval=100000,batch_sched_delay=0
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SlurmdParameters=config_overrides
PreemptType=preempt/partition_prio
PreemptMode=CANCEL
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=2
JobCompType=jobcomp/filetxt
JobCompLoc=$folder/log/completed
PrologFlags=Alloc
Prolog=$folder/etc/prolog
Epilog=$folder/etc/epilog
DefMemPerCPU=$((memory / cpus / 4))
END
    [[ -z $accounting ]] || cat <<END
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=$net.2
AccountingStoragePass=$folder/munge/socket
AccountingStorageEnforce=associations,limits,qos
END
    for ((i = 1; i <= nodes; i++)); do
        echo "NodeName=n$i NodeAddr=$net.$((10 + i)) CPUs=$cpus Boards=1 SocketsPerBoard=1 CoresPerSocket=$cpus ThreadsPerCore=1 RealMemory=$memory State=UNKNOWN"
    done
    echo "PartitionName=batch Nodes=ALL Default=YES MaxTime=INFINITE State=UP PriorityTier=10 PreemptMode=OFF"
    echo "PartitionName=harvest Nodes=ALL MaxTime=02:00:00 DefaultTime=00:30:00 State=UP PriorityTier=1 PreemptMode=CANCEL GraceTime=0"
}

# The cluster's networks and processes are in namespaces whose first process is our child: none outlives it, however it ends.
run_site() {
    setpriv --pdeathsig KILL unshare --net --uts --ipc --mount --pid --fork --kill-child=KILL \
        "$self" --site "$folder" "$net" "$nodes" "rwl$$" "$accounting" <&0 9</proc/self/ns/net &
    site=$!
    wait "$site"
}

end() {
    trap - EXIT
    [[ -z ${site:-} ]] || kill -KILL "$site" 2>/dev/null || true
    wait
    ip link delete "rwl$$" 2>/dev/null || true # the kernel would, a moment later
    rm -rf "$folder" || { sleep 1 && rm -rf "$folder"; } # a last process may have written into it
}

main() {
    [[ $# -ge 1 && $# -le 3 && ${3:-accounting} == accounting ]] || die "usage: build/slurm-lab.sh FOLDER [NODES [accounting]]"
    [[ $(id -u) == 0 ]] || die "needs root: it makes namespaces, and its Slurm starts jobs as their users"
    [[ ! -e $1 ]] || die "$1 exists"
    [[ $(readlink -m "$1")/ != /tmp/* || $(readlink -m "$1")/ == "${self%/build/*}"/* ]] || die "$1 is below /tmp, of which each node has its own: name another folder"
    nodes=${2:-4} accounting=${3:-}
    [[ -z $accounting ]] || packages+=("${accounting_packages[@]}")
    mkdir -p "$1"
    folder=$(readlink -f "$1")
    trap end EXIT
    trap 'exit 1' INT TERM HUP
    echo "$$ $(started_at $$)" >"$folder/owner"
    sweep
    install_missing
    choose_network
    write_files
    run_site
}

# ---- the cluster's side: first process of its namespaces -------------------------------------------------------------------------------

wait_until() { # SECONDS WHAT COMMAND...
    local bound=$((SECONDS + $1)) what=$2
    shift 2
    until "$@" >/dev/null 2>&1; do
        ((SECONDS < bound)) || die "waited in vain for $what: $(tail -n 3 "$folder"/log/{slurmctld,munged,database,slurmdbd}* 2>/dev/null)"
        sleep 0.05
    done
}

run() { # NAME COMMAND...
    local name=$1
    shift
    setsid "$@" </dev/null >>"$folder/log/$name.out" 2>&1 &
    process[$name]=$!
    disown
}

lay_network() { # LINK: its other end is this machine's
    ip link set lo up
    ip link add cluster type bridge
    ip address add "$net.2/24" dev cluster
    ip link set cluster up
    ip link add uplink type veth peer name "$1" netns /proc/self/fd/9
    ip link set uplink master cluster up
    nsenter --net=/proc/self/fd/9 ip address add "$net.1/24" dev "$1"
    nsenter --net=/proc/self/fd/9 ip link set "$1" up
}

end_process() { # NAME SIGNAL
    kill "-$2" "${process[$1]}" 2>/dev/null || return 0
    local attempt
    for attempt in {1..400}; do
        [[ -e /proc/${process[$1]} ]] || return 0
        sleep 0.05
    done
    die "$1 does not end"
}

controller() {
    case $1 in
        start) run slurmctld slurmctld -D -i && wait_until 30 slurmctld scontrol ping ;;
        stop) end_process slurmctld TERM ;;
        kill) end_process slurmctld KILL ;;
        *) die "a controller cannot $1" ;;
    esac
}

# The database knows users by the socket's word: there is no password. slurmdbd finds the socket by the variable alone.
start_accounting() {
    local socket=$folder/database/socket user
    mariadb-install-db --no-defaults --user=root --datadir="$folder/database" --skip-test-db >"$folder/log/database-install.out" 2>&1 ||
        die "made no database: $(tail -n 3 "$folder/log/database-install.out")"
    run database mariadbd --no-defaults --user=root --datadir="$folder/database" --socket="$socket" --skip-networking \
        --pid-file="$folder/database/pid" --innodb-buffer-pool-size=64M --innodb-lock-wait-timeout=900 --innodb-flush-log-at-trx-commit=0
    wait_until 60 "the database" mariadb --no-defaults --socket="$socket" --execute="select 1"
    mariadb --no-defaults --socket="$socket" --execute="create database slurm; create user slurm@localhost identified via unix_socket; grant all on slurm.* to slurm@localhost"
    chmod 755 "$folder/database"
    cat >"$folder/etc/slurmdbd.conf" <<END
AuthType=auth/munge
AuthInfo=socket=$folder/munge/socket
DbdHost=controller
SlurmUser=slurm
LogFile=$folder/log/slurmdbd.log
PidFile=$folder/log/slurmdbd.pid
StorageType=accounting_storage/mysql
StorageUser=slurm
StorageLoc=slurm
END
    chown slurm: "$folder/etc/slurmdbd.conf"
    chmod 600 "$folder/etc/slurmdbd.conf"
    run slurmdbd env MYSQL_UNIX_PORT="$socket" setpriv --reuid slurm --regid slurm --init-groups slurmdbd -D
    wait_until 60 slurmdbd sacctmgr --noheader list cluster
    sacctmgr --immediate --quiet add cluster lab >/dev/null
    sacctmgr --immediate --quiet add account lab Description=lab Organization=lab >/dev/null
    for user in root "${users[@]}"; do sacctmgr --immediate --quiet add user "$user" Account=lab >/dev/null; done
}

start_node() {
    run "$1" unshare --net --uts --ipc --mount --pid --fork --kill-child=KILL "$self" --node "$folder" "$net" "$1" 9</proc/self/ns/net
    local attempt
    for attempt in {1..200}; do
        [[ ! -e $folder/nodes/$1 ]] || return 0
        sleep 0.02
    done
    die "node $1 does not start: $(tail -n 3 "$folder/log/$1.out")"
}

kill_node() {
    rm -f "$folder/nodes/$1" # of the power that is lost, nothing is told to anybody: its end of the cable is gone, too
    kill -KILL "${process[$1]}"
    while ip link show "port-$1" &>/dev/null; do sleep 0.02; done
    nft delete table netdev "cut-port-$1" 2>/dev/null || true
    unset "cut[$1]"
}

drop_ingress() { # COMMAND-PREFIX... DEVICE: what comes in there is lost
    local device=${*: -1} prefix=("${@:1:$#-1}")
    "${prefix[@]}" nft "add table netdev cut-$device; add chain netdev cut-$device in { type filter hook ingress device \"$device\" priority 0; policy drop; }"
}

cut_node() { # NODE DIRECTION
    case $2 in
        both) ip link set "port-$1" down ;;
        out) drop_ingress env "port-$1" ;;
        in) drop_ingress nsenter --net="/proc/${process[$1]}/ns/net" eth0 ;;
        *) die "no direction $2" ;;
    esac
    cut[$1]=$2
}

heal_node() {
    case ${cut[$1]:-} in
        both) ip link set "port-$1" up ;;
        out) nft delete table netdev "cut-port-$1" ;;
        in) nsenter --net="/proc/${process[$1]}/ns/net" nft delete table netdev cut-eth0 ;;
    esac
    unset "cut[$1]"
}

all_idle() { [[ $(scontrol -o show nodes | grep -c 'State=IDLE .*SlurmdStartTime=[0-9]') == "$nodes" ]]; } # sinfo shows idle before a node has come

main_site() {
    folder=$1 net=$2 nodes=$3 accounting=$5
    local node
    hostname controller
    mount --make-rprivate /
    mount -t proc proc /proc
    for node in passwd group hosts; do mount --bind "$folder/etc/$node" "/etc/$node"; done
    lay_network "$4"
    exec 9<&- # this machine's network is nothing to the cluster
    export SLURM_CONF=$folder/etc/slurm.conf
    run munged munged --foreground --force --num-threads 4 --socket="$folder/munge/socket" --key-file="$folder/munge/key" \
        --pid-file="$folder/munge/pid" --log-file="$folder/log/munged.log" --seed-file="$folder/munge/seed"
    wait_until 20 munged munge --socket="$folder/munge/socket" --no-input
    [[ -z $accounting ]] || start_accounting
    controller start
    for ((node = 1; node <= nodes; node++)); do start_node "n$node"; done
    wait_until 60 "idle nodes" all_idle
    echo "ready $net.1"
    obey
}

obey() {
    local command name argument
    while read -r command name argument; do
        case $command in
            kill) kill_node "$name" ;;
            start) start_node "$name" ;;
            cut) cut_node "$name" "$argument" ;;
            heal) heal_node "$name" ;;
            controller) controller "$name" ;;
            *) die "no command '$command'" ;;
        esac
        echo "$command $name${argument:+ $argument}"
    done
}

# ---- a node's side: first process of its namespaces ---------------------------------------------------------------------------------

# /sys/class/net shows a network as of the mount's maker; the control groups below /sys are the machine's.
mount_system() {
    mkdir -p "$folder/nodes/.groups"
    mount --rbind /sys/fs/cgroup "$folder/nodes/.groups"
    mount -t sysfs sysfs /sys
    mount --rbind "$folder/nodes/.groups" /sys/fs/cgroup
    umount -l "$folder/nodes/.groups"
    mount -t proc proc /proc
    mount -t tmpfs -o mode=1777 tmpfs /dev/shm
    mount_temporary
}

# A folder for temporary files of the node's own; where the repository lies in the machine's, it stays in sight.
mount_temporary() {
    local root
    root=$(dirname "$(dirname "$self")")
    [[ $root/ != /tmp/* ]] || mount --rbind "$root" /mnt
    mount -t tmpfs -o mode=1777 tmpfs /tmp
    [[ $root/ != /tmp/* ]] || { mkdir -p "$root" && mount --move /mnt "$root"; }
}

allowed_processors() { # the first so many that we may use, as a list
    local list part processor found=()
    list=$(awk '/^Cpus_allowed_list/ { print $2 }' /proc/self/status)
    for part in ${list//,/ }; do
        for ((processor = ${part%-*}; processor <= ${part#*-}; processor++)); do found+=("$processor"); done
    done
    (IFS=, && echo "${found[*]:0:cpus}")
}

main_node() {
    folder=$1
    local net=$2 name=$3
    cd /
    hostname "$name"
    mount --make-rprivate /
    # The same hardware address after each start: who knew it goes on knowing.
    ip link add eth0 address "02:00:00:00:00:$(printf %02x "${name#n}")" type veth peer name "port-$name" netns /proc/self/fd/9
    nsenter --net=/proc/self/fd/9 ip link set "port-$name" master cluster up
    exec 9<&-
    mount_system
    ip link set lo up
    ip address add "$net.$((10 + ${name#n}))/24" dev eth0
    ip link set eth0 up
    readlink /proc/self/ns/pid >"$folder/nodes/.$name"
    mv "$folder/nodes/.$name" "$folder/nodes/$name"
    # What a node claims to have is also the most that its processes use. (Which of this machine's processors that are, its own bounds say.)
    taskset --cpu-list "$(allowed_processors)" slurmd -D -b -N "$name" & # -b: it was booted now. And this process gathers the orphans
    while :; do wait; sleep 1; done
}

case ${1:-} in
    --site) shift && main_site "$@" ;;
    --node) shift && main_node "$@" ;;
    *) main "$@" ;;
esac
