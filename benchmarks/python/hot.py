"""hot.py LIBFUNCTIONS ROUNDS: what run.sh prints. One row after the other in each round, so that a slow moment of the machine is everybody's."""
import concurrent.futures
import ctypes
import functools
import multiprocessing
import os
import pickle
import statistics
import sys
import time

import rowen
from rowen import _native
from rowen.errors import opened
from rowen.lease import options

import work

try:
    import numpy
except ImportError:
    numpy = None

CALLS, WARM = 3000, 300
HOT = 0.01  # seconds: longer than any pause within a row, and gone when the next begins
MIB = 1 << 20


def timed(call, count):
    """Each call's time in nanoseconds."""
    clock, times = time.perf_counter_ns, []
    for _ in range(count):
        start = clock()
        call()
        times.append(clock() - start)
    return times


def plain(_, __):
    return work.nothing, None


def through_ctypes(cluster, functions):
    """A function in C, called by librowen from Python: what a call costs before any Python runs at the other end."""
    made = options(functions, hot=HOT)
    made.package, made.library, made.functions = None, functions.encode(), b"echo"
    lease = opened(_native.library.rowen_lease_cores, cluster._live(), ctypes.byref(made))
    call = opened(_native.library.rowen_call_open, opened(_native.library.rowen_find, lease, b"echo"))
    piece, result, size = _native.Bytes(b"12345678", 8), ctypes.c_void_p(), ctypes.c_size_t()
    piece_place, result_place, size_place = ctypes.byref(piece), ctypes.byref(result), ctypes.byref(size)
    start, wait = _native.library.rowen_call_start, _native.library.rowen_call_wait

    def once():
        start(call, piece_place, 1, 64, 0.0)
        wait(call, 1.0, result_place, size_place)

    def close():
        _native.library.rowen_call_close(call)
        _native.library.rowen_release(lease)

    return once, close


def leased(function, *arguments):
    def opening(cluster, _):
        lease = cluster.lease(hot=HOT)
        remote = lease.function(function)
        return (lambda: remote(*arguments)), lease.close

    return opening


def leased_pickled(function, argument):
    """As it was before arrays travelled beside the pickle: they are within it, both ways."""
    def opening(cluster, _):
        lease = cluster.lease(hot=HOT)
        remote = lease.function(functools.partial(work.within_pickles, function))
        return (lambda: pickle.loads(remote(InPickle(pickle.dumps(argument, 4))))), lease.close

    return opening


class InPickle:
    """Bytes that are copied into the pickle of a call."""

    def __init__(self, content):
        self.content = content

    def __reduce__(self):
        return work.list_of, (self.content,)


def submitted(function, *arguments):
    def opening(cluster, _):
        pool = cluster.executor(1)
        return (lambda: pool.submit(function, *arguments).result()), pool.shutdown

    return opening


def elsewhere():
    """The initializer that puts a pool's process on another core than this one's, as a lease is."""
    others = set(range(os.cpu_count())) - os.sched_getaffinity(0)
    return (os.sched_setaffinity, (0, others)) if others else ()


def process_pool(function, *arguments):
    def opening(_, __):
        pool = concurrent.futures.ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), *elsewhere())
        return (lambda: pool.submit(function, *arguments).result()), pool.shutdown

    return opening


def multiprocessing_pool(function, *arguments):
    def opening(_, __):
        pool = multiprocessing.get_context("spawn").Pool(1, *elsewhere())

        def close():
            pool.terminate()
            pool.join()

        return (lambda: pool.apply(function, arguments)), close

    return opening


def rows():
    yield "a plain call", plain, CALLS
    yield "C function, called from Python by librowen", through_ctypes, CALLS
    yield "no-op, on a lease", leased(work.nothing), CALLS
    yield "x + 1, on a lease", leased(work.following, 41), CALLS
    yield "no-op, rowen executor.submit().result()", submitted(work.nothing), CALLS
    yield "no-op, ProcessPoolExecutor.submit().result()", process_pool(work.nothing), CALLS
    yield "no-op, multiprocessing.Pool.apply()", multiprocessing_pool(work.nothing), CALLS
    if numpy is None:
        return
    for mebibytes, count in ((1, 60), (64, 6)):
        array = numpy.ones(mebibytes * MIB // 8)
        for name, function, argument in (
            ("there, its length back", work.length, array),
            ("there and back", work.same, array),
        ):
            yield f"{mebibytes} MiB array {name}, on a lease", leased(function, argument), count
            yield f"{mebibytes} MiB array {name}, on a lease, pickled", leased_pickled(function, argument), count
            yield f"{mebibytes} MiB array {name}, ProcessPoolExecutor", process_pool(function, argument), count


def main(functions, rounds):
    os.environ.setdefault("PYTHONPATH", os.path.dirname(os.path.abspath(__file__)))
    samples = {}
    with rowen.connect() as cluster:
        for _ in range(rounds):
            for name, opening, count in rows():
                once, close = opening(cluster, functions)
                timed(once, min(WARM, count))
                samples.setdefault(name, []).extend(timed(once, count))
                if close is not None:
                    close()
    floor = statistics.median(samples["C function, called from Python by librowen"])
    print(f"{'':62}{'median us':>12}{'p99 us':>12}{'over the floor':>16}")
    for name, times in samples.items():
        times.sort()
        median, p99 = statistics.median(times), times[len(times) * 99 // 100]
        print(f"{name:62}{median / 1000:12.2f}{p99 / 1000:12.2f}{median / floor:16.2f}")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
