"""Makes the wheel, as pip asks for it (PEP 517), or `python3 build/wheel.py FOLDER`. By hand, as no build tool puts a .pth file where Python reads it."""
import base64
import hashlib
import os
import sys
import zipfile

_ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def _version():
    with open(os.path.join(_ROOT, "pyproject.toml"), encoding="utf-8") as source:
        return next(line.split('"')[1] for line in source if line.startswith("version"))


def _files():
    yield "rowen_lithops.pth", os.path.join(_ROOT, "rowen_lithops.pth")
    for folder, _, names in sorted(os.walk(os.path.join(_ROOT, "rowen_lithops"))):
        for name in sorted(names):
            if name.endswith(".py"):
                path = os.path.join(folder, name)
                yield os.path.relpath(path, _ROOT), path


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    version = _version()
    info, name = f"rowen_lithops-{version}.dist-info", f"rowen_lithops-{version}-py3-none-any.whl"
    contents = {}
    for target, path in _files():
        with open(path, "rb") as source:
            contents[target] = source.read()
    contents[f"{info}/METADATA"] = (f"Metadata-Version: 2.1\nName: rowen-lithops\nVersion: {version}\nSummary: Rowen as compute and storage back end of Lithops\n"
                                    "Requires-Python: >=3.9\n").encode()
    contents[f"{info}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: rowen\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    hashes = {each: base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode() for each, content in contents.items()}
    record = "".join(f"{each},sha256={hashes[each]},{len(content)}\n" for each, content in contents.items()) + f"{info}/RECORD,,\n"
    contents[f"{info}/RECORD"] = record.encode()
    with zipfile.ZipFile(os.path.join(wheel_directory, name), "w", zipfile.ZIP_DEFLATED) as wheel:
        for each, content in contents.items():
            wheel.writestr(zipfile.ZipInfo(each, (1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)  # the same bytes from the same sources
    return name


def build_sdist(sdist_directory, config_settings=None):
    raise NotImplementedError("There is no source distribution: the repository is it.")


if __name__ == "__main__":
    os.makedirs(sys.argv[1], exist_ok=True)
    print(os.path.join(sys.argv[1], build_wheel(sys.argv[1])))
