"""The executor that stands in for a process pool, on a real cluster."""
import concurrent.futures
import math
import os
import subprocess
import sys
import tempfile
import time
import unittest
from concurrent.futures.process import BrokenProcessPool

import functions
import rowen

LONG = 60  # seconds that nothing takes


class Executors(unittest.TestCase):
    def setUp(self):
        self.cluster = rowen.connect()
        self.addCleanup(self.cluster.close)

    def test_it_stands_in_for_a_process_pool(self):
        with self.cluster.executor(2) as pool:
            self.assertIsInstance(pool, concurrent.futures.Executor)
            self.assertEqual(list(pool.map(math.sqrt, range(20))), [math.sqrt(i) for i in range(20)])
            self.assertEqual(list(pool.map(functions.divide, range(7), [2] * 7, chunksize=3)), [i / 2 for i in range(7)])
            self.assertEqual(pool.submit(functions.divide, 1, b=4).result(), 0.25)
            self.assertIsInstance(pool.submit(functions.divide, 1, 0).exception(), ZeroDivisionError)
            naps = [pool.submit(functions.nap, 0.01) for _ in range(6)]
            self.assertEqual(len(concurrent.futures.wait(naps, timeout=LONG).done), 6)

    def test_a_chunk_raises_what_its_item_raised(self):
        with self.cluster.executor(1) as pool:
            results = pool.map(functions.divide, [1, 1], [1, 0], chunksize=2)
            with self.assertRaises(ZeroDivisionError):
                list(results)

    def test_results_that_are_late_are_a_timeout(self):
        for chunk in (1, 2):
            with self.cluster.executor(1) as pool:
                with self.assertRaises(concurrent.futures.TimeoutError):
                    list(pool.map(functions.nap, [0.5] * 3, timeout=0.1, chunksize=chunk))

    def test_each_process_is_initialized_once(self):
        with self.cluster.executor(1, initializer=functions.begin, initargs=("first crop",)) as pool:
            self.assertEqual([pool.submit(functions.began).result(LONG) for _ in range(3)], ["first crop"] * 3)

    def test_an_initializer_that_fails_breaks_the_pool(self):
        with self.cluster.executor(1, initializer=functions.fail_to_begin) as pool:
            with self.assertRaises(BrokenProcessPool) as caught:
                pool.submit(functions.double, 1).result(LONG)
            self.assertIn("no crop here", str(caught.exception.__cause__))
            with self.assertRaises(concurrent.futures.BrokenExecutor):
                pool.submit(functions.double, 1)

    def test_a_process_that_dies_in_the_initializer_is_replaced(self):
        with tempfile.TemporaryDirectory() as folder:
            with self.cluster.executor(1, initializer=functions.crash_once, initargs=(os.path.join(folder, "mark"),)) as pool:
                self.assertEqual(pool.submit(functions.double, 4).result(LONG), 8)

    def test_an_initializer_that_kills_every_process_is_an_error_of_the_calls(self):
        with self.cluster.executor(1, initializer=os.abort) as pool:
            self.assertIsInstance(pool.submit(functions.double, 1).exception(LONG), rowen.ExecutorLost)

    def test_an_initializer_whose_result_cannot_be_read_holds_nothing_up(self):
        with self.cluster.executor(1, initializer=functions.unreadable) as pool:
            self.assertIsInstance(pool.submit(functions.double, 1).exception(LONG), BrokenProcessPool)

    def test_processes_can_be_renewed(self):
        with self.cluster.executor(1, max_tasks_per_child=2) as pool:
            processes = [pool.submit(functions.where).result(LONG) for _ in range(4)]
        self.assertEqual(processes[0], processes[1])
        self.assertNotEqual(processes[1], processes[2])

    def test_what_cannot_be_pickled_is_the_futures_exception(self):
        with self.cluster.executor(1) as pool:
            self.assertIsInstance(pool.submit(functions.double, (each for each in "x")).exception(LONG), TypeError)
            self.assertIsInstance(pool.submit(functions.unpicklable).exception(LONG), TypeError)
            self.assertEqual(pool.submit(functions.double, 4).result(LONG), 8)

    def test_a_call_that_kills_its_process_fails_and_the_next_has_another(self):
        with self.cluster.executor(1) as pool:
            with self.assertRaises(BrokenProcessPool) as caught:
                pool.submit(os.abort).result(LONG)
            self.assertIsInstance(caught.exception, rowen.RowenError)
            self.assertEqual(pool.submit(functions.double, 4).result(LONG), 8)

    def test_more_cores_than_there_are_hold_nothing_up(self):
        with self.cluster.executor(8) as pool:
            self.assertEqual(list(pool.map(functions.double, range(200))), [2 * i for i in range(200)])

    def test_after_shutdown_nothing_is_taken(self):
        pool = self.cluster.executor(1)
        running = pool.submit(functions.nap, 0.5)
        while not running.running():
            time.sleep(0.001)
        waiting = [pool.submit(functions.nap, 0.5) for _ in range(20)]
        pool.shutdown(cancel_futures=True)
        self.assertTrue(running.done())
        self.assertTrue(all(each.cancelled() for each in waiting))
        with self.assertRaises(RuntimeError):
            pool.submit(functions.double, 1)

    def test_shutdown_without_waiting_lets_calls_end(self):
        pool = self.cluster.executor(1)
        calls = [pool.submit(functions.nap, 0.01) for _ in range(3)]
        pool.shutdown(wait=False)
        self.assertEqual([each.result(LONG) for each in calls], [0.01] * 3)
        pool.shutdown()

    def test_a_program_ends_when_its_calls_have_and_leaves_nothing_behind(self):
        program = (
            "import functions, rowen, sys\n"
            "pool = rowen.Executor(1)\n"
            "for _ in range(3):\n"
            "    pool.submit(functions.fail_times, sys.argv[1], 'called', 0)\n")
        for end in ("pool.shutdown(wait=False)", ""):
            with self.subTest(end=end), tempfile.TemporaryDirectory() as folder:
                subprocess.run([sys.executable, "-c", program + end, folder], check=True, timeout=LONG, env={**os.environ, "TMPDIR": folder})
                self.assertEqual({each: os.path.getsize(os.path.join(folder, each)) for each in os.listdir(folder)}, {"called": 3})


if __name__ == "__main__":
    unittest.main()
