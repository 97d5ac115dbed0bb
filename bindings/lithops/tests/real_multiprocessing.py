"""Lithops' multiprocessing API over Rowen, as its users write it, with a Redis of its own. Run by real.sh."""
import atexit
import secrets
import socket
import subprocess
import time

import pytest
import yaml


@pytest.fixture(scope="module")
def mp(tmp_path_factory):
    """lithops.multiprocessing, configured by a file as users do."""
    folder = tmp_path_factory.mktemp("redis")
    password = secrets.token_hex(16)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "redis.conf").write_text(f"port {port}\nbind 127.0.0.1\nrequirepass {password}\nsave \"\"\ndir {folder}\n")  # not an argument: others see those
    (folder / "redis.conf").chmod(0o600)
    server = subprocess.Popen(["redis-server", str(folder / "redis.conf")], stdout=subprocess.DEVNULL)
    config = folder / "lithops.yaml"
    config.write_text(yaml.safe_dump({
        "lithops": {"backend": "rowen", "storage": "rowen"},
        "redis": {"host": "127.0.0.1", "port": port, "password": password},
    }))
    config.chmod(0o600)
    atexit.register(server.terminate)  # before Lithops is imported, and so after what it does in the end
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
        except OSError:
            time.sleep(0.05)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LITHOPS_CONFIG_FILE", str(config))
        import lithops.multiprocessing as multiprocessing
        yield multiprocessing


def square(x):
    return x * x


def add(x, y):
    return x + y


def tell(queue, x):
    queue.put(x * 10)


def answer(connection):
    connection.send(connection.recv() + 1)
    connection.close()


def count(value, lock, times):
    for _ in range(times):
        with lock:
            value.value += 1


def note(shared, key):
    shared[key] = key * 2


def test_pool_maps(mp):
    with mp.Pool(2) as pool:
        assert pool.map(square, range(10)) == [x * x for x in range(10)]
        assert pool.starmap(add, [(1, 2), (3, 4)]) == [3, 7]
        assert pool.apply(add, (5, 6)) == 11
        assert list(pool.imap(square, range(5))) == [0, 1, 4, 9, 16]
        assert sorted(pool.imap_unordered(square, range(5))) == [0, 1, 4, 9, 16]


def test_pool_answers_later(mp):
    with mp.Pool(2) as pool:
        squares = pool.map_async(square, range(6))
        one = pool.apply_async(add, (7, 8))
        assert squares.get(60) == [0, 1, 4, 9, 16, 25]
        assert one.get(60) == 15


def test_process_and_queue(mp):
    queue = mp.Queue()
    process = mp.Process(target=tell, args=(queue, 4))
    process.start()
    assert queue.get(timeout=60) == 40
    process.join()


def test_pipe(mp):
    ours, theirs = mp.Pipe()
    process = mp.Process(target=answer, args=(theirs,))
    process.start()
    ours.send(41)
    assert ours.recv() == 42
    process.join()


def test_value_and_lock(mp):
    value, lock = mp.Value("i", 0), mp.Lock()
    processes = [mp.Process(target=count, args=(value, lock, 20)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert value.value == 40


def test_manager_dictionary(mp):
    shared = mp.Manager().dict()
    processes = [mp.Process(target=note, args=(shared, key)) for key in ("a", "b")]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert dict(shared.items()) == {"a": "aa", "b": "bb"}
