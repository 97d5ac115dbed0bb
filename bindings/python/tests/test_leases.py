"""Calls on leased cores, what travels beside the pickle, memory and stores, on a real cluster."""
import functools
import gc
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from unittest import mock

import functions
import rowen
from rowen import _native, _package, _travel, _wire

try:
    import numpy
except ImportError:
    numpy = None

LARGE = 1 << 20  # bytes: far beyond a slot


class OnLease(unittest.TestCase):
    def setUp(self):
        self.cluster = rowen.connect()
        self.addCleanup(self.cluster.close)
        self.lease = self.cluster.lease()
        self.addCleanup(self.lease.close)


class Leases(OnLease):
    def test_a_function_is_called_like_itself(self):
        divide = self.lease.function(functions.divide)
        self.assertEqual([divide(6, 3), divide(1, b=2), self.lease.call(functions.nothing)], [2.0, 0.5, None])
        with self.assertRaises(ZeroDivisionError) as caught:
            divide(1, 0)
        self.assertIn("return a / b", caught.exception.__cause__.traceback)

    def test_its_process_keeps_what_functions_keep(self):
        self.assertEqual(self.lease.call(functions.begin, 5), None)
        self.assertEqual(self.lease.call(functions.began), 5)
        self.lease.call(functions.remember, 7)
        self.assertEqual(self.lease.call(functions.remember), 7)  # thread-local variables, too

    def test_calls_of_several_threads_take_turns(self):
        double, found = self.lease.function(functions.double), {}

        def call(first):
            for each in range(first, first + 200):
                found[each] = double(each)

        threads = [threading.Thread(target=call, args=(200 * i,)) for i in range(4)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        self.assertEqual(found, {each: 2 * each for each in range(800)})

    def test_methods_and_partials_travel(self):
        self.assertEqual(self.lease.call(functools.partial(functions.divide, b=4), 2), 0.5)
        self.assertEqual(self.lease.call("second crop".upper), "SECOND CROP")

    def test_a_process_that_ends_is_an_error_and_the_lease_over(self):
        with self.assertRaises(rowen.ExecutorLost):
            self.lease.call(os.abort)
        self.assertFalse(self.lease.is_held)

    def test_what_is_printed_and_logged_is_in_the_logs(self):
        self.lease.call(functions.say, "a word")
        name = self.lease.name
        self.lease.close()
        self.assertEqual(self._logs(name), "a word\n")
        self.assertEqual(self._logs(name, "--stream", "err"), "a word\nlogged a word\n")

    def test_what_a_process_printed_before_it_died_is_in_the_logs(self):
        with self.assertRaises(rowen.ExecutorLost):
            self.lease.call(functions.say_and_abort, "the last word")
        name = self.lease.name
        self.lease.close()
        self.assertEqual(self._logs(name), "the last word\n")

    @staticmethod
    def _logs(*arguments):
        rowen_program = os.environ["ROWEN_PROGRAM"]  # what PythonTests sets
        return subprocess.run([rowen_program, "logs", *arguments], check=True, stdout=subprocess.PIPE, text=True, timeout=60).stdout

    def test_ctrl_c_is_noticed_while_a_function_runs(self):
        program = (
            "import rowen, functions, threading, _thread\n"
            "with rowen.connect() as cluster, cluster.lease() as lease:\n"
            "    lease.call(functions.nothing)\n"
            "    threading.Timer(0.3, _thread.interrupt_main).start()\n"
            "    try:\n"
            "        lease.call(functions.nap, 600)\n"
            "    except KeyboardInterrupt:\n"
            "        print('noticed')\n")
        run = subprocess.run([sys.executable, "-c", program], check=True, stdout=subprocess.PIPE, text=True, timeout=60)
        self.assertEqual(run.stdout, "noticed\n")

    def test_its_interpreter_is_this_one(self):
        self.assertEqual(self.lease.call(functions.interpreter), functions.interpreter())

    def test_a_closed_lease_says_so(self):
        self.lease.close()
        with self.assertRaisesRegex(ValueError, "closed"):
            self.lease.call(functions.nothing)

    def test_an_interpreter_without_a_shared_library_is_refused(self):
        with mock.patch("sysconfig.get_config_var", return_value="libpython3.9.a"), self.assertRaisesRegex(rowen.RowenError, "no shared libpython"):
            _package.libpython()

    def test_a_library_that_the_node_does_not_have_is_named(self):
        self.lease.close()  # there may be two cores, and an executor of another test may hold one still
        with mock.patch("rowen._package.libpython", return_value="/nowhere/libpython3.so"), rowen.connect() as other, other.lease() as lease:
            with self.assertRaisesRegex(rowen.RowenError, "PackageUnusable: no Python in the executor: libpython cannot be loaded on this node: /nowhere/libpython3.so"):
                lease.call(functions.nothing)


class Forks(OnLease):
    def test_a_fork_is_told_so_and_its_parent_goes_on(self):
        double = self.lease.function(functions.double)
        with self.cluster.executor(1) as pool:
            calls = [lambda: double(1), lambda: self.cluster.map(functions.double, [1]), lambda: pool.submit(functions.double, 1), self.cluster.close]
            self.assertEqual((double(4), self._in_fork(calls)), (8, "Forked Forked Forked Forked"))
        with self.cluster.lease() as another:
            self.assertEqual((double(5), another.call(functions.double, 6)), (10, 12))

    def test_a_fork_in_the_midst_of_a_call_of_another_thread_does_not_wait_for_it(self):
        nap = threading.Thread(target=self.lease.call, args=(functions.nap, 1))
        nap.start()
        while not self.lease._turn.locked():
            time.sleep(0.001)
        self.assertEqual(self._in_fork([lambda: self.lease.call(functions.double, 1), lambda: self.lease.is_held]), "Forked nothing")
        nap.join()

    @staticmethod
    def _in_fork(calls):
        """The names of what they raise in a child of this process."""
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            signal.alarm(60)  # ends it where a call hangs
            try:
                os.write(write, " ".join(map(raised, calls)).encode())
            finally:
                os._exit(0)
        os.close(write)
        with os.fdopen(read) as said:
            names = said.read()
        os.waitpid(child, 0)
        return names


class Host(unittest.TestCase):
    def test_a_result_is_not_another_threads(self):
        host = {"__name__": "host"}
        for name in ("_wire.py", "_host.py"):
            with open(os.path.join(os.path.dirname(rowen.__file__), name), encoding="utf-8") as file:
                exec(compile(file.read(), name, "exec"), host)
        begun, found = threading.Barrier(2), {}

        def lane(number):
            call = _travel.Shipped(functions.filled).head().call(*_travel.packed((number, LARGE), {}))
            beginning = host["run"](memoryview(_travel.bytes_of(call)))
            begun.wait(60)  # as executors do: another thread may run in between
            target = memoryview(bytearray(_wire.RESULT.unpack(beginning)[-1]))
            host["write"](target)
            found[number] = _travel.outcome(0, _native.address_of(target), len(target)).value

        threads = [threading.Thread(target=lane, args=(number,)) for number in (1, 2)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        self.assertEqual(found, {number: functions.filled(number, LARGE) for number in (1, 2)})


class Buffers(OnLease):
    def test_bytes_of_any_length_are_what_they_were(self):
        for kind in (bytes, bytearray):
            for size in (0, 1, 65_535, 65_536, LARGE + 1):
                with self.subTest(kind=kind, size=size):
                    value = kind(os.urandom(size))
                    self.assertEqual(self.lease.call(functions.type_and_length, value), (kind.__name__, size))
                    back = self.lease.call(functions.same, value)
                    self.assertIs(type(back), kind)
                    self.assertEqual(back, value)

    def test_a_memoryview_arrives_as_one(self):
        self.assertEqual(self.lease.call(functions.type_and_length, memoryview(bytes(LARGE))), ("memoryview", LARGE))

    def test_maps_and_executors_carry_them_too(self):
        value = os.urandom(LARGE)
        self.lease.close()
        self.assertEqual(self.cluster.map(functions.same, [value, value]), [value, value])
        with self.cluster.executor(1) as pool:
            self.assertEqual(pool.submit(functions.same, value).result(60), value)
            self.assertEqual(list(pool.map(functions.same, [value, value], chunksize=2)), [value, value])


def place(array):
    """The type of what an array's memory belongs to."""
    while isinstance(array, (numpy.ndarray, memoryview)):
        array = array.base if isinstance(array, numpy.ndarray) else array.obj
    return type(array).__name__


@unittest.skipIf(numpy is None, "this interpreter has no numpy; PythonTests runs one that has")
class Arrays(OnLease):
    def test_arrays_come_back_as_they_were_and_belong_to_the_caller(self):
        for array in (numpy.arange(LARGE, dtype="f8"), numpy.asfortranarray(numpy.ones((700, 300))), numpy.arange(LARGE)[::2], numpy.ones(5)):
            back = self.lease.call(functions.same, array)
            self.assertTrue(numpy.array_equal(back, array))
            self.assertEqual(back.dtype, array.dtype)
        first, second = (self.lease.call(functions.scaled, numpy.ones(LARGE), factor) for factor in (2, 3))
        self.assertEqual((first[0], second[0]), (2, 3))
        first[0] = 7
        self.assertEqual((first[0], second[0]), (7, 3))

    def test_results_stay_where_they_came_and_are_the_callers_beyond_the_end_of_everything(self):
        scaled, ones = self.lease.function(functions.scaled), numpy.ones(LARGE)
        kept = [scaled(ones, factor) for factor in range(6)]
        self.assertEqual([place(each) for each in kept], ["Result", "Result"] + 4 * ["bytearray"])  # two of four slots, and the rest is for calls
        del kept[0]
        self.assertEqual(place(scaled(ones, 9)), "Result")  # again and again
        kept.insert(0, scaled(ones, 0))
        kept[0][5] = 50
        self.lease.close()
        self.cluster.close()
        gc.collect()
        self.assertEqual([int(each.sum()) for each in kept], [50] + [LARGE * factor for factor in range(1, 6)])

    def test_a_part_of_a_result_keeps_it(self):
        part = self.lease.call(functions.scaled, numpy.ones(LARGE), 3)[-3:]
        self.assertEqual([self.lease.call(functions.scaled, numpy.ones(LARGE), factor)[0] for factor in range(5)], list(range(5)))
        self.assertEqual(list(part), [3, 3, 3])

    def test_several_arrays_lie_side_by_side(self):
        self.assertEqual(self.lease.call(functions.total, numpy.ones(LARGE), numpy.ones(3), numpy.full(LARGE, 2.0)), [LARGE, 3.0, 2.0 * LARGE])

    def test_a_large_argument_is_read_only(self):
        with self.assertRaisesRegex(ValueError, "read-only"):
            self.lease.call(functions.overwrite, numpy.ones(LARGE))
        self.lease.call(functions.overwrite, numpy.ones(5))

    def test_a_function_that_keeps_its_argument_is_told_so(self):
        with self.assertRaisesRegex(BufferError, "keep a copy"):
            self.lease.call(functions.keep, numpy.ones(LARGE))
        self.assertEqual(self.lease.call(functions.total, numpy.ones(LARGE)), [LARGE])

    def test_memory_and_stores_take_arrays_as_they_lie(self):
        array, back = numpy.arange(1000.0), numpy.empty(1000)
        with self.cluster.memory(8000) as memory, self.cluster.store("rowen-memory:?bytes=1048576") as store:
            memory.write(0, array)
            memory.read_into(0, back)
            self.assertTrue(numpy.array_equal(back, array))
            store.put("a", array * 2)
            with store.open("a") as found:
                found.read_into(back)
            self.assertTrue(numpy.array_equal(back, array * 2))


class Stores(unittest.TestCase):
    def test_objects_of_a_folder(self):
        with tempfile.TemporaryDirectory() as folder, rowen.open_store("file:" + folder) as store:
            self._try(store)
            self.assertEqual(os.listdir(folder), ["field"])

    def test_objects_in_memory_of_the_cluster(self):
        with rowen.connect() as cluster, cluster.store("rowen-memory:?bytes=1048576") as store:
            self._try(store)

    @unittest.skipUnless("ROWEN_REDIS" in os.environ, "PythonTests starts a Redis")
    def test_objects_in_redis(self):
        with rowen.open_store(os.environ["ROWEN_REDIS"]) as store:
            self._try(store)

    @unittest.skipUnless("ROWEN_S3" in os.environ, "PythonTests starts an S3 server")
    def test_objects_in_s3(self):
        with rowen.open_store(os.environ["ROWEN_S3"]) as store:
            self._try(store)

    def test_an_address_without_a_bucket_is_refused(self):
        with self.assertRaisesRegex(rowen.RowenError, "BadArgument"):
            rowen.open_store("s3://")

    def test_a_store_that_is_none_is_refused(self):
        with self.assertRaisesRegex(rowen.RowenError, "BadArgument: 'gopher:x' names no object store"):
            rowen.open_store("gopher:x")

    def _try(self, store):
        store.put("field/one", b"barley")
        store.put("field/two", bytearray(300_000))
        self.assertEqual(store.get("field/one"), b"barley")
        self.assertEqual(store.get("field/one", 3), b"ley")
        self.assertEqual(store.get("field/one", 1, 2), b"ar")
        self.assertEqual(len(store.get("field/two")), 300_000)
        self.assertEqual([(each.name, each.size) for each in store.list("field/")], [("field/one", 6), ("field/two", 300_000)])
        self.assertTrue(store.copy("field/one", "field/three"))
        self.assertEqual(store.get("field/three"), b"barley")
        self.assertEqual((store.size("field/three"), store.size("field/none")), (6, None))
        self.assertEqual((store.delete("field/three"), store.delete("field/three"), store.copy("field/three", "x")), (True, False, False))
        with self.assertRaises(KeyError):
            store.get("field/three")
        with store.open("field/one") as found:
            store.put("field/one", b"changed since")
            with self.assertRaises(rowen.RowenError) as caught:
                found.read()
            self.assertEqual(caught.exception.name, "StoreFailed")
        with self.assertRaises(rowen.RowenError):
            store.put("../one", b"")


class Memory(unittest.TestCase):
    def test_memory_is_zeroed_and_read_back(self):
        with rowen.connect() as cluster, cluster.memory(4096) as memory:
            self.assertEqual(memory.read(0, 10), bytes(10))
            memory.write(100, b"second crop")
            self.assertEqual(memory.read(100, 11), b"second crop")
            with self.assertRaises(rowen.RowenError):
                memory.read(4090, 10)


def raised(call):
    try:
        call()
    except rowen.RowenError as error:
        return error.name
    return "nothing"


if __name__ == "__main__":
    unittest.main()
