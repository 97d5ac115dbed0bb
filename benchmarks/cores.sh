# shellcheck shell=bash
# Sourced by benchmarks: cores=(…) are those that this process may run on.
cores=()
for range in $(sed -n 's/^Cpus_allowed_list:\s*//p' /proc/self/status | tr ',' ' '); do
    cores+=($(seq "${range%-*}" "${range#*-}"))
done
