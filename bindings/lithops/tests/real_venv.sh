# shellcheck shell=bash
# Sourced by scripts that run Lithops itself: makes $folder/venv with what Lithops needs and the package as it is installed. Sets python, PYTHONPATH and ROWEN_NATIVE.
# Needs folder, root, ROWEN_LITHOPS and die.
source "$root/build/packages.sh"
# shellcheck disable=SC2034
packages=(libpython3-stdlib python3-venv python3-click python3-cloudpickle python3-paramiko python3-pika python3-psutil python3-pytest python3-redis python3-requests
    python3-six python3-tabulate python3-tblib python3-tqdm python3-yaml redis-server)
install_missing
/usr/bin/python3 -m venv --system-site-packages --without-pip "$folder/venv"
python=$folder/venv/bin/python
site=$("$python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
"$python" -m zipfile -e "$("$python" "$root/bindings/lithops/build/wheel.py" "$folder")" "$site"
echo "$ROWEN_LITHOPS" >"$site/lithops.pth"
"$python" -c 'import ps_mem' 2>/dev/null || : >"$site/ps_mem.py" # Debian has none; Lithops imports it and uses it for a report of its own back ends
[[ -n ${ROWEN_NATIVE:-} ]] || ROWEN_NATIVE=$("$root/build/librowen.sh")/lib
export ROWEN_NATIVE PYTHONPATH=$root/bindings/python
