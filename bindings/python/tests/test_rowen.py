"""The package on a real cluster, that of ROWEN_CLUSTER or ~/.rowen. python3 -m unittest, in this folder, with ../ on PYTHONPATH."""
import concurrent.futures
import math
import os
import tempfile
import unittest

import functions
import rowen


class Maps(unittest.TestCase):
    def setUp(self):
        self.cluster = rowen.connect()
        self.addCleanup(self.cluster.close)

    def test_results_come_in_the_order_of_the_items(self):
        self.assertEqual(self.cluster.map(functions.double, range(2000)), [2 * i for i in range(2000)])
        self.assertEqual(self.cluster.starmap(functions.divide, [(6, 3), (1, 2)]), [2.0, 0.5])
        self.assertEqual(self.cluster.map(functions.double, []), [])
        self.assertEqual(self.cluster.call(functions.divide, 9, 3), 3)
        self.assertEqual(self.cluster.map(functions.divide, [6, 8], [3, 4]), [2, 2])

    def test_functions_run_in_other_processes(self):
        self.assertNotIn(os.getpid(), self.cluster.map(functions.where, range(10)))

    def test_the_first_failure_is_raised_with_its_remote_traceback(self):
        with self.assertRaises(ZeroDivisionError) as caught:
            self.cluster.starmap(functions.divide, [(1, 1), (1, 0)])
        self.assertIsInstance(caught.exception.__cause__, rowen.RemoteError)
        self.assertIn("return a / b", caught.exception.__cause__.traceback)

    def test_failures_can_be_kept_beside_results(self):
        one, failed = self.cluster.starmap(functions.divide, [(1, 1), (1, 0)], errors="return")
        self.assertEqual(one, 1)
        self.assertIsInstance(failed, ZeroDivisionError)

    def test_an_exception_that_cannot_be_made_again_still_says_what_it_was(self):
        with self.assertRaises(rowen.RemoteError) as caught:
            self.cluster.call(functions.fail_oddly)
        self.assertEqual(caught.exception.type_name, "functions.Odd")
        self.assertIn("1 and 2", str(caught.exception))

    def test_a_function_that_exits_has_failed_and_nothing_else(self):
        with self.assertRaises(SystemExit):
            self.cluster.call(functions.leave, 3)
        self.assertEqual(self.cluster.call(functions.double, 3), 6)

    def test_an_item_whose_process_died_runs_again(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "mark")
            self.assertEqual(self.cluster.call(functions.crash_once, path), "survived")

    def test_results_have_a_bound_that_can_be_raised(self):
        self.assertEqual(len(self.cluster.call(functions.long_text, 900_000)), 900_000)
        with self.assertRaises(rowen.RowenError) as caught:
            self.cluster.call(functions.long_text, 3_000_000)
        self.assertEqual(caught.exception.name, "ResultTooLarge")
        self.assertEqual(len(self.cluster.call(functions.long_text, 3_000_000, max_result=4 << 20)), 3_000_000)

    def test_progress_is_told_and_may_end_the_map(self):
        seen = []
        self.cluster.map(functions.double, range(50), progress=lambda done, total: seen.append((done, total)))
        self.assertEqual(seen[-1], (50, 50))
        self.assertEqual(len(seen), 50)

        def stop(done, _):
            raise KeyboardInterrupt

        with self.assertRaises(KeyboardInterrupt):
            self.cluster.map(functions.double, range(50), progress=stop)

    def test_what_cannot_travel_is_refused_before_anything_is_sent(self):
        try:
            import cloudpickle  # noqa: F401
        except ImportError:
            with self.assertRaisesRegex(TypeError, "cloudpickle"):
                self.cluster.map(lambda x: x, [1])
        else:
            base = 5
            self.assertEqual(self.cluster.map(lambda x: x + base, [1, 2]), [6, 7])

    def test_a_closed_connection_says_so(self):
        other = rowen.connect()
        other.close()
        other.close()
        with self.assertRaisesRegex(ValueError, "closed"):
            other.map(functions.double, [1])

    def test_no_cluster_is_an_error_that_says_where_it_was_looked_for(self):
        with self.assertRaisesRegex(rowen.RowenError, "/nowhere/cluster.json"):
            rowen.connect("/nowhere/cluster.json")

    def test_memory_is_zeroed_and_read_back(self):
        with self.cluster.memory(4096) as memory:
            self.assertEqual(memory.read(0, 10), bytes(10))
            memory.write(100, b"second crop")
            self.assertEqual(memory.read(100, 11), b"second crop")
            with self.assertRaises(rowen.RowenError):
                memory.read(4090, 10)


class Executors(unittest.TestCase):
    def test_it_stands_in_for_a_process_pool(self):
        with rowen.connect() as cluster, cluster.executor(2) as pool:
            self.assertIsInstance(pool, concurrent.futures.Executor)
            self.assertEqual(list(pool.map(math.sqrt, range(20))), [math.sqrt(i) for i in range(20)])
            self.assertEqual(pool.submit(functions.divide, 1, b=4).result(), 0.25)
            self.assertIsInstance(pool.submit(functions.divide, 1, 0).exception(), ZeroDivisionError)
            naps = [pool.submit(functions.nap, 0.01) for _ in range(6)]
            self.assertEqual(len(concurrent.futures.wait(naps, timeout=60).done), 6)

    def test_a_call_that_kills_its_process_fails_and_the_next_has_another(self):
        with rowen.connect() as cluster, cluster.executor() as pool:
            with self.assertRaises(rowen.RowenError):
                pool.submit(os.abort).result(timeout=60)
            self.assertEqual(pool.submit(functions.double, 4).result(timeout=60), 8)

    def test_after_shutdown_nothing_is_taken(self):
        with rowen.connect() as cluster:
            pool = cluster.executor()
            running = pool.submit(functions.nap, 0.2)
            waiting = [pool.submit(functions.nap, 0.2) for _ in range(20)]
            pool.shutdown(cancel_futures=True)
            self.assertTrue(running.done())
            self.assertTrue(any(each.cancelled() for each in waiting))
            with self.assertRaises(RuntimeError):
                pool.submit(functions.double, 1)

    def test_shutdown_without_waiting_can_be_followed_by_one_that_drops_the_rest(self):
        with rowen.connect() as cluster:
            pool = cluster.executor()
            running = pool.submit(functions.nap, 0.5)
            pool.submit(functions.nap, 0.5)
            pool.shutdown(wait=False)
            pool.shutdown(cancel_futures=True)
            self.assertTrue(running.done())


if __name__ == "__main__":
    unittest.main()
