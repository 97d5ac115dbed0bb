"""Packs the wheel: wheel.py NATIVE_FOLDER TARGET_FOLDER VERSION. Prints its path.

A wheel is a zip with a list of its files; that is all there is to do, and needs no package. The same sources make the same bytes.
"""
import base64
import hashlib
import os
import sys
import zipfile

TAG = "py3-none-linux_x86_64"  # pure Python, and two libraries for this kind of machine
FIRST_MOMENT = (1980, 1, 1, 0, 0, 0)  # of a zip: no file has another


def main(native, target, version):
    here = os.path.dirname(os.path.abspath(__file__))
    version = version.replace("-dev", ".dev0")  # as Python writes versions
    info = f"rowen-{version}.dist-info"
    files = {f"rowen/{name}": read(here, "rowen", name) for name in os.listdir(os.path.join(here, "rowen")) if name.endswith((".py", ".typed"))}
    files.update({f"rowen/lib/{name}": read(native, "lib", name) for name in ("librowen.so", "librowen_python.so")})
    files[f"{info}/LICENSE"] = read(here, "..", "..", "LICENSE")
    files[f"{info}/METADATA"] = (
        f"Metadata-Version: 2.1\nName: rowen\nVersion: {version}\nSummary: Python functions on idle cores of a cluster\nRequires-Python: >=3.9\n"
        "Provides-Extra: all\nRequires-Dist: cloudpickle; extra == 'all'\nRequires-Dist: numpy; extra == 'all'\n").encode()
    files[f"{info}/WHEEL"] = f"Wheel-Version: 1.0\nGenerator: rowen\nRoot-Is-Purelib: false\nTag: {TAG}\n".encode()
    record = f"{info}/RECORD"
    files[record] = "".join(f"{name},sha256={digest(content)},{len(content)}\n" for name, content in sorted(files.items())).encode() + f"{record},,\n".encode()
    path = os.path.join(target, f"rowen-{version}-{TAG}.whl")
    os.makedirs(target, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(name, FIRST_MOMENT)
            entry.external_attr = (0o755 if name.endswith(".so") else 0o644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            wheel.writestr(entry, content)
    print(path)


def read(*path):
    with open(os.path.join(*path), "rb") as file:
        return file.read()


def digest(content):
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


if __name__ == "__main__":
    main(*sys.argv[1:])
