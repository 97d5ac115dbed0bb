#!/usr/bin/env bash
# A real S3 server for tests and benchmarks: Ceph's gateway with one monitor and one object store in memory, on this machine alone.
#
#   build/s3-server.sh FOLDER
#
# prints `ready PORT` when it answers, and then takes commands, one a line, each answered by a line that repeats it:
#
#   kill    ends the gateway as a crash would; the objects stay
#   start   starts it again at the same port, and waits until it answers
#
# It ends with its input or with a signal, and removes FOLDER, which must not exist before. After kill -9 its servers end, too. The user's keys are made
# anew each time, and stand in FOLDER/user.json, which is readable by its owner alone. Installs what it needs (as root, or by sudo).
set -euo pipefail
umask 077
packages=(ceph-mon ceph-osd radosgw ceph-common)
declare -A process=()

die() {
    echo "s3-server: $*" >&2
    exit 1
}

. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/packages.sh"

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Three neighbours that nobody listens at: gateway, monitor, and the first of those that the object store tries.
choose_ports() {
    local attempt
    for attempt in {1..50}; do
        port=$((20000 + RANDOM % 12000)) # below the range that the system gives out by itself
        listens "$port" || listens $((port + 1)) || listens $((port + 2)) || return 0
    done
    die "found no free ports"
}

write_configuration() {
    cat >"$folder/ceph.conf" <<END
[global]
fsid = $(cat /proc/sys/kernel/random/uuid)
mon host = v2:127.0.0.1:$((port + 1))
auth allow insecure global id reclaim = false
keyring = $folder/keyring
run dir = $folder/run
admin socket = $folder/run/\$name.asok
log file = $folder/log/\$name.log
mon data = $folder/mon
osd data = $folder/osd
osd objectstore = memstore
memstore device bytes = 4294967296
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
osd client watch timeout = 2
mon data avail warn = 2
mon data avail crit = 1
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind msgr1 = false
ms bind port min = $((port + 2))
ms bind port max = $((port + 60))
rgw dns name = localhost
rgw frontends = beast endpoint=127.0.0.1:$port tcp_nodelay=1
rgw thread pool size = 32
END
    # A gateway that was killed is waited for until its watch is over: 30 s unless that is said. Without tcp_nodelay each small answer waits 40 ms for the reader's acknowledgment.
}

make_keys() {
    local entity
    ceph-authtool --create-keyring "$folder/keyring" --gen-key -n mon. --cap mon 'allow *' >/dev/null
    for entity in client.admin client.rgw; do
        ceph-authtool "$folder/keyring" --gen-key -n $entity --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *' >/dev/null
    done
    ceph-authtool "$folder/keyring" --gen-key -n osd.0 --cap mon 'allow profile osd' --cap mgr 'allow profile osd' --cap osd 'allow *' >/dev/null
}

# A server in the foreground of its own, which the kernel ends with this script, however that ends.
run() { # NAME COMMAND...
    local name=$1
    shift
    setpriv --pdeathsig KILL "$@" </dev/null >"$folder/log/$name.out" 2>&1 &
    process[$name]=$!
    disown # bash would tell of its end
}

wait_until() { # NAME COMMAND...
    local name=$1 attempt
    shift
    for attempt in {1..600}; do
        "$@" >/dev/null 2>&1 && return
        kill -0 "${process[$name]}" 2>/dev/null || die "$name ended: $(tail -3 "$folder/log/$name.out")"
        sleep 0.1
    done
    die "$name does not answer: $(tail -3 "$folder/log/$name.out")"
}

osd_is_up() { [[ $(timeout 5 ceph osd stat) == *'1 up'* ]]; }

start_store() {
    local uuid
    monmaptool --create --fsid "$(sed -n 's/^fsid = //p' "$folder/ceph.conf")" --addv a "[v2:127.0.0.1:$((port + 1))]" "$folder/monmap" >/dev/null
    ceph-mon --mkfs -i a --monmap "$folder/monmap" --keyring "$folder/keyring"
    run mon ceph-mon -f -i a
    wait_until mon timeout 5 ceph -s
    uuid=$(cat /proc/sys/kernel/random/uuid)
    printf '{"cephx_secret": "%s"}' "$(ceph-authtool -p -n osd.0 "$folder/keyring")" | ceph osd new "$uuid" -i - >/dev/null
    ceph-osd -i 0 --mkfs --osd-uuid "$uuid" >/dev/null 2>&1
    run osd ceph-osd -f -i 0
    wait_until osd osd_is_up
}

start_gateway() {
    run gateway radosgw -f -n client.rgw
    wait_until gateway curl -s -o "$folder/answer" "http://127.0.0.1:$port/"
}

end() {
    trap - EXIT
    [[ ${#process[@]} == 0 ]] || kill -KILL "${process[@]}" 2>/dev/null || true
    rm -rf "$folder"
}

[[ $# == 1 ]] || die "usage: build/s3-server.sh FOLDER"
[[ ! -e $1 ]] || die "$1 exists"
mkdir -p "$1"
folder=$(readlink -f "$1")
trap end EXIT
trap 'exit 1' INT TERM HUP
install_missing
mkdir "$folder"/{mon,osd,run,log}
export CEPH_CONF=$folder/ceph.conf
choose_ports
write_configuration
make_keys
start_store
start_gateway
radosgw-admin -n client.rgw user create --uid test --display-name test >"$folder/user.json" 2>"$folder/log/user"
echo "ready $port"
while read -r command; do
    case $command in
        kill)
            kill -KILL "${process[gateway]}"
            while listens "$port"; do sleep 0.01; done
            ;;
        start) start_gateway ;;
        *) die "no command '$command'" ;;
    esac
    echo "$command"
done
