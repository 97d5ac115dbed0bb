#!/usr/bin/env bash
# Runs a command where InfiniBand verbs work although this machine has no adapter and its kernel no drivers for them:
#
#   build/verbs-guest.sh [--seconds N] COMMAND [ARGUMENT...]
#
# in an emulated machine (QEMU, no KVM) with Debian's own kernel, whose Soft-RoCE (rdma_rxe) does verbs over a pair of
# virtual Ethernet interfaces. The guest sees this machine's files as they are; what it writes is in its memory and gone with
# it. Output and exit status are the command's; 125 if the guest did not get that far. However this ends, the guest ends, too:
# with a signal at once, after kill -9 when its N seconds (300) are over. Kernel and first file system are kept in
# artifacts/guest. Installs what it needs (as root, or by sudo).
set -euo pipefail
root=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
cache=$root/artifacts/guest
packages=(qemu-system-x86 busybox-static cpio kmod rdma-core ibverbs-providers iproute2 libfabric1)
modules=(virtio_pci 9pnet_virtio 9p overlay veth crc32_generic ib_uverbs rdma_ucm rdma_rxe)
seconds=300

die() {
    echo "verbs-guest: $*" >&2
    exit 125
}

. "$root/build/packages.sh"

# Debian's kernel is unpacked, not installed: this machine never boots it.
make_kernel() {
    local scratch package release
    scratch=$(mktemp -d)
    package=$(apt-cache depends linux-image-amd64 | sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' | head -1)
    [[ -n $package ]] || die "apt knows no linux-image-amd64: run apt-get update"
    release=${package#linux-image-}
    (cd "$scratch" && as_root apt-get -o APT::Sandbox::User=root download -qq "$package" && dpkg-deb -x "$package"_*.deb kernel) ||
        die "the kernel package $package could not be fetched"
    depmod -b "$scratch/kernel" "$release"
    make_first_files "$scratch" "$release"
    cp "$scratch/kernel/boot/vmlinuz-$release" "$cache/kernel.new"
    rm -rf "$scratch"
    mv "$cache/kernel.new" "$cache/kernel"
}

# What the guest starts with: busybox, modules in the order in which they can be loaded, and a script that takes over our files.
make_first_files() { # SCRATCH RELEASE
    local files=$1/first module path
    mkdir -p "$files"/{bin,proc,sys,dev,modules,files,memory,all}
    cp /bin/busybox "$files/bin/"
    for path in sh mount insmod mkdir poweroff switch_root; do ln -s busybox "$files/bin/$path"; done
    for module in "${modules[@]}"; do
        modprobe -d "$1/kernel" -S "$2" --show-depends "$module" | sed -n 's/^insmod \([^ ]*\).*/\1/p'
    done | awk '!seen[$0]++' >"$1/order"
    while read -r path; do
        cp "$path" "$files/modules/"
        basename "$path"
    done <"$1/order" >"$files/modules/order"
    cat >"$files/init" <<'INIT'
#!/bin/sh
export PATH=/bin
mount -t proc none /proc; mount -t sysfs none /sys; mount -t devtmpfs none /dev
while read -r module; do insmod "/modules/$module"; done </modules/order
mount -t 9p -o ro,trans=virtio,version=9p2000.L,cache=loose,msize=524288 files /files &&
    mount -t tmpfs none /memory && mkdir /memory/upper /memory/work &&
    mount -t overlay -o lowerdir=/files,upperdir=/memory/upper,workdir=/memory/work none /all || poweroff -f
for folder in proc sys dev; do mkdir -p /all/$folder; mount --move /$folder /all/$folder; done
mkdir -p /all/dev/shm /all/dev/pts /all/run /all/mnt/talk
mount -t tmpfs -o mode=1777 none /all/dev/shm
mount -t devpts none /all/dev/pts
mount -t tmpfs none /all/run
mount -t 9p -o trans=virtio,version=9p2000.L,msize=524288 talk /all/mnt/talk
exec switch_root /all /bin/bash /mnt/talk/start
INIT
    chmod +x "$files/init"
    (cd "$files" && find . | cpio --quiet -o -H newc) >"$cache/first.cpio"
}

write_start() { # FILE COMMAND...: the guest's whole life
    local file=$1
    shift
    {
        # A universe of 4 peers: for the default of 1024 libfabric asks for longer queues than Soft-RoCE has. .NET maps code
        # twice, to write it where it is not run: under emulation that takes long.
        cat <<'START'
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root FI_UNIVERSE_SIZE=4 DOTNET_EnableWriteXorExecute=0
ulimit -l unlimited
hostname verbs-guest
ip link set lo up
ip link add here type veth peer name there
ip address add 10.77.0.1/24 dev here
ip link set there up
ip link set here up
rdma link add rxe0 type rxe netdev here
for _ in $(seq 50); do grep -q ACTIVE /sys/class/infiniband/rxe0/ports/1/state && break; sleep 0.1; done
START
        printf 'cd %q\n%s >/mnt/talk/output 2>&1\necho $? >/mnt/talk/status\n' "$PWD" "$(printf '%q ' "$@")"
        printf 'sync\necho o >/proc/sysrq-trigger\nsleep 30\n'
    } >"$file"
}

# An old processor: what QEMU emulates of the newest (-cpu max) has brought the guest's kernel down in the midst of .NET.
# A kernel that is damaged stops at once: it would only go on to something that nobody understands.
run_guest() { # TALK
    timeout --kill-after=5 "$seconds" qemu-system-x86_64 -machine q35 -accel tcg,thread=multi -cpu Nehalem -smp 2 -m 4096 \
        -kernel "$cache/kernel" -initrd "$cache/first.cpio" -append "console=ttyS0 quiet oops=panic panic=-1 mitigations=off" \
        -nographic -no-reboot -nic none \
        -virtfs local,path=/,mount_tag=files,security_model=none,readonly=on,multidevs=remap \
        -virtfs "local,path=$1,mount_tag=talk,security_model=none" >"$1/console" 2>&1 </dev/null &
    guest=$!
    wait "$guest" || true
    guest=
}

# timeout hands the signal on. Whoever waits for the end of this script then finds no guest, and nothing among the temporary files.
clean_up() {
    if [[ -n $guest ]]; then
        kill "$guest" 2>/dev/null || true
        wait "$guest" || true
    fi
    rm -rf "$talk"
}

if [[ ${1:-} == --seconds ]]; then
    seconds=$2
    shift 2
fi
[[ $# -gt 0 ]] || die "no command"
mkdir -p "$cache"
exec 8>"$cache/lock"
flock 8 # two at once install and fetch once
install_missing
[[ -s $cache/kernel && -s $cache/first.cpio ]] || make_kernel
exec 8>&-
guest=
talk=$(mktemp -d)
trap clean_up EXIT
trap 'exit 125' INT TERM HUP
write_start "$talk/start" "$@"
run_guest "$talk"
[[ ! -e $talk/output ]] || cat "$talk/output"
[[ -s $talk/status ]] || {
    tail -60 "$talk/console" >&2
    die "the command did not end within $seconds s, or the guest did not start; its console is above"
}
exit "$(cat "$talk/status")"
