"""Objects as files below a folder that every node sees."""
import fnmatch
import io
import itertools
import logging
import os
import shutil
import threading

from lithops.storage.utils import StorageNoSuchKeyError

from rowen_lithops import _futures

__all__ = ["StorageBackend"]

_MARK = ".rowen-put-"
_numbers = itertools.count()
_logger = logging.getLogger(__name__)


class _Stream(io.BufferedReader):
    @property
    def _raw_stream(self):  # what Lithops' partitions read lines from
        return self


class StorageBackend:
    """Readers see an object whole, as it was or as it became: a put writes beside it and renames. Thread safety: any thread, any process, any node."""

    def __init__(self, config):
        _futures.install()  # futures of other programs are waited for with the storage alone
        self._root = os.path.abspath(os.path.expanduser(config["storage_root"]))
        try:
            os.makedirs(self._root, mode=0o700, exist_ok=True)
        except OSError as error:
            raise ValueError(f"The storage of Rowen cannot be in {self._root}: {error.strerror}. Set 'storage_root' in the section 'rowen' of Lithops' "
                             "configuration to a folder that this machine and every node can write.") from error

    def get_client(self):
        return _Client(self)

    def create_bucket(self, bucket):
        os.makedirs(self._bucket(bucket), mode=0o700, exist_ok=True)

    def put_object(self, bucket, key, data):
        path = self._path(bucket, key)
        temporary = f"{os.path.dirname(path)}/{_MARK}{os.getpid()}-{threading.get_ident()}-{next(_numbers)}"
        with _opened(temporary) as target:
            try:
                if hasattr(data, "read"):
                    _copy(data, target)
                else:
                    target.write(data.encode() if isinstance(data, str) else data)
            except BaseException:
                os.unlink(temporary)
                raise
        os.replace(temporary, path)

    def get_object(self, bucket, key, stream=False, extra_get_args=None):
        wanted = (extra_get_args or {}).get("Range")
        try:
            if stream and wanted is None:
                return _Stream(io.FileIO(self._path(bucket, key)))
            with open(self._path(bucket, key), "rb") as source:
                if wanted is None:
                    return source.read()
                first, last = _bounds(wanted, os.fstat(source.fileno()).st_size)
                source.seek(first)
                part = source.read(max(0, last - first + 1))
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            raise StorageNoSuchKeyError(bucket, key) from None
        return _Stream(io.BytesIO(part)) if stream else part

    def upload_file(self, file_name, bucket, key=None, extra_args=None, config=None):
        try:
            with open(file_name, "rb") as source:
                self.put_object(bucket, key or os.path.basename(file_name), source)
            return True
        except Exception as error:  # the interface answers by a bool
            _logger.error("%s was not uploaded: %s", file_name, error)
            return False

    def download_file(self, bucket, key, file_name=None, extra_args=None, config=None):
        try:
            target = file_name or key
            os.makedirs(os.path.dirname(target) or ".", exist_ok=True)
            with self.get_object(bucket, key, stream=True) as source, open(target, "wb") as copy:
                shutil.copyfileobj(source, copy, 1 << 20)
            return True
        except Exception as error:
            _logger.error("/%s/%s was not downloaded: %s", bucket, key, error)
            return False

    def head_object(self, bucket, key):
        path = self._path(bucket, key)
        if not os.path.isfile(path):
            raise StorageNoSuchKeyError(bucket, key)
        return {"content-length": str(os.path.getsize(path))}

    def head_bucket(self, bucket):
        if not os.path.isdir(self._bucket(bucket)):
            raise StorageNoSuchKeyError(bucket, "")
        return {"ResponseMetadata": {"HTTPStatusCode": 200}}

    def delete_object(self, bucket, key):
        path, top = self._path(bucket, key), self._bucket(bucket)
        try:
            os.unlink(path)
            while (path := os.path.dirname(path)) != top:  # folders are no objects: empty ones go
                os.rmdir(path)
        except OSError:
            pass  # not there, or others are in the folder

    def delete_objects(self, bucket, key_list):
        for key in key_list:
            self.delete_object(bucket, key)

    def list_objects(self, bucket, prefix=None, match_pattern=None):
        found = []
        for key in self.list_keys(bucket, prefix):
            if match_pattern is None or fnmatch.fnmatchcase(key, match_pattern):
                try:
                    found.append({"Key": key, "Size": os.path.getsize(self._path(bucket, key))})
                except FileNotFoundError:
                    pass  # deleted meanwhile
        return found

    def list_keys(self, bucket, prefix=None):
        prefix, top = prefix or "", self._bucket(bucket)
        if prefix.startswith("/"):
            return []  # no key does
        start = self._path(bucket, prefix.rpartition("/")[0]) if "/" in prefix else top
        keys = []
        for folder, folders, names in os.walk(start):
            below = folder[len(top) + 1:] + "/" if folder != top else ""
            keys += [below + name for name in names if (below + name).startswith(prefix) and not name.startswith(_MARK)]
            folders[:] = [name for name in folders if (below + name + "/").startswith(prefix) or prefix.startswith(below + name + "/")]
        return sorted(keys)

    def _bucket(self, bucket):
        if not bucket or "/" in bucket or bucket in (".", ".."):
            raise ValueError(f"A bucket cannot be called {bucket!r}: it is one folder below {self._root}.")
        return f"{self._root}/{bucket}"

    def _path(self, bucket, key):
        if not key or key.startswith("/") or any(part in ("", ".", "..") for part in key.split("/")):
            raise ValueError(f"A key cannot be {key!r}: it is a path below the folder of its bucket, without '.' and '..'.")
        return f"{self._bucket(bucket)}/{key}"


class _Client:
    """What programs use of boto's client, over this store."""

    def __init__(self, backend):
        self._backend = backend

    def put_object(self, Bucket, Key, Body, **_):
        self._backend.put_object(Bucket, Key, Body)

    def get_object(self, Bucket, Key, **arguments):
        return {"Body": self._backend.get_object(Bucket, Key, stream=True, extra_get_args=arguments)}

    def list_objects(self, Bucket, Prefix=None, **_):
        return {"Contents": self._backend.list_objects(Bucket, Prefix)}

    list_objects_v2 = list_objects


def _opened(path):
    for _ in range(100):
        try:
            return open(path, "wb")
        except FileNotFoundError:
            os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)  # and again: a delete may take the empty folder away
    return open(path, "wb")


def _copy(source, target):
    while chunk := source.read(1 << 20):
        target.write(chunk.encode() if isinstance(chunk, str) else chunk)


def _bounds(wanted, size):
    """First and last byte of 'bytes=a-b', 'bytes=a-' or 'bytes=-n'."""
    first, _, last = wanted.partition("=")[2].partition("-")
    if not first:
        return max(0, size - int(last)), size - 1
    return int(first), min(int(last), size - 1) if last else size - 1
