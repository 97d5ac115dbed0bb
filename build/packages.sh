# shellcheck shell=bash
# Sourced by scripts that need packages of Debian's: packages=(…) says which, die ends the script with a message.

as_root() {
    if [[ $(id -u) == 0 ]]; then "$@"; else sudo -n "$@"; fi
}

install_missing() {
    local missing=() package
    for package in "${packages[@]}"; do
        [[ $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null) == *' installed' ]] || missing+=("$package")
    done
    [[ ${#missing[@]} == 0 ]] && return
    exec {turn}</var/lib/dpkg
    flock -w 600 "$turn" || die "another script has been installing packages for ten minutes" # tests run side by side, and apt waits for nobody's lists
    as_root apt-get update -qq
    # RUNLEVEL keeps packages from starting their services.
    as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get -o DPkg::Lock::Timeout=300 install -y -qq \
        --no-install-recommends "${missing[@]}" >/dev/null || die "apt-get could not install ${missing[*]}"
    exec {turn}<&-
}
