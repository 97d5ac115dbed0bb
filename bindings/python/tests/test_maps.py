"""Maps on a real cluster, that of ROWEN_CLUSTER or ~/.rowen. python3 -m unittest, in this folder, with ../ on PYTHONPATH."""
import asyncio
import importlib
import io
import os
import sys
import tempfile
import unittest
from unittest import mock

import functions
import rowen
from rowen import progress

LARGE = 1 << 20  # bytes: far beyond a slot


class OnCluster(unittest.TestCase):
    def setUp(self):
        self.cluster = rowen.connect()
        self.addCleanup(self.cluster.close)


class Maps(OnCluster):
    def test_results_come_in_the_order_of_the_items(self):
        self.assertEqual(self.cluster.map(functions.double, range(2000)), [2 * i for i in range(2000)])
        self.assertEqual(self.cluster.starmap(functions.divide, [(6, 3), (1, 2)]), [2.0, 0.5])
        self.assertEqual(self.cluster.map(functions.double, []), [])
        self.assertEqual(self.cluster.call(functions.divide, 9, 3), 3)
        self.assertEqual(self.cluster.call(functions.divide, 9, b=2), 4.5)
        self.assertEqual(self.cluster.map(functions.divide, [6, 8], [3, 4]), [2, 2])

    def test_functions_run_in_other_processes(self):
        self.assertNotIn(os.getpid(), self.cluster.map(functions.where, range(10)))

    def test_each_of_two_cores_has_a_process_of_its_own(self):
        with tempfile.TemporaryDirectory() as folder:
            processes = self.cluster.map(functions.meet, [folder] * 8, [2] * 8, cores=2, timeout=60)
        self.assertEqual(len(set(processes)), 2)

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

    def test_a_crash_in_C_is_one_items_failure(self):
        results = self.cluster.map(functions.read_in_C, [*["rye"] * 50, None, *["barley"] * 50], errors="return")
        self.assertIsInstance(results.pop(50), rowen.ExecutorLost)
        self.assertEqual(results, [3] * 50 + [6] * 50)

    def test_items_that_raise_can_be_tried_again(self):
        with tempfile.TemporaryDirectory() as folder:
            calls = [(folder, "a", 0), (folder, "b", 2), (folder, "c", 9)]
            found = self.cluster.starmap(functions.fail_times, calls, retries=2, retry_on=(ConnectionError,), errors="return")
        self.assertEqual(found[:2], [1, 3])
        self.assertIsInstance(found[2], ConnectionError)

    def test_tries_are_within_the_timeout_of_the_map(self):
        with self.assertRaises(rowen.RowenError) as caught:
            self.cluster.map(functions.fail_slowly, [0.1], retries=100, timeout=1)
        self.assertEqual(caught.exception.name, "DeadlineExceeded")

    def test_results_come_as_they_are_done(self):
        found = list(self.cluster.as_completed(functions.divide, [(1, 1), (1, 0), (4, 2)]))
        self.assertEqual(sorted((each.index, each.value) for each in found), [(0, 1.0), (1, None), (2, 2.0)])
        self.assertEqual([type(each.error) for each in found if each.error], [ZeroDivisionError])
        self.assertTrue(all(each.duration > 0 for each in found))

    def test_leaving_the_loop_cancels_the_rest(self):
        results = self.cluster.as_completed(functions.nap, [(0.01,)] * 10_000)
        next(results)
        results.close()
        self.assertEqual(self.cluster.call(functions.double, 1), 2)

    def test_results_have_no_bound_of_their_own(self):
        self.assertEqual(len(self.cluster.call(functions.long_text, 3_000_000)), 3_000_000)

    def test_an_item_has_a_deadline(self):
        with self.assertRaises(rowen.RowenError) as caught:
            self.cluster.map(functions.nap, [600], deadline=0.2)
        self.assertEqual(caught.exception.name, "DeadlineExceeded")

    def test_large_results_of_several_cores_are_each_their_items(self):
        calls = [(each, LARGE + each) for each in range(50)]
        self.assertEqual(self.cluster.starmap(functions.filled, calls), [functions.filled(*each) for each in calls])

    def test_a_path_that_is_added_later_is_there_too(self):
        self.assertEqual(self.cluster.call(functions.double, 1), 2)
        with tempfile.TemporaryDirectory() as folder, mock.patch.object(sys, "path", sys.path + [folder]):
            with open(os.path.join(folder, "second_crop.py"), "w", encoding="utf-8") as file:
                file.write("def halve(x):\n    return x / 2\n")
            second_crop = importlib.import_module("second_crop")
            self.assertEqual(self.cluster.call(second_crop.halve, 4), 2)

    def test_settings_that_are_none_are_named(self):
        with self.assertRaisesRegex(TypeError, "no setting corse; there are cores"):
            self.cluster.map(functions.double, [1], corse=1)

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
        base = 5
        function = lambda x: x + base  # noqa: E731
        try:
            import cloudpickle  # noqa: F401
        except ImportError:
            with self.assertRaisesRegex(TypeError, "cloudpickle"):
                self.cluster.map(function, [1])
        else:
            self.assertEqual(self.cluster.map(function, [1, 2]), [6, 7])
            self.assertEqual(self.cluster.map(large(function), [1, 2]), [6, 7])

    def test_a_closed_connection_says_so(self):
        other = rowen.connect()
        other.close()
        other.close()
        with self.assertRaisesRegex(ValueError, "closed"):
            other.map(functions.double, [1])

    def test_no_cluster_is_an_error_that_says_where_it_was_looked_for(self):
        with self.assertRaisesRegex(rowen.RowenError, "/nowhere/cluster.json"):
            rowen.connect("/nowhere/cluster.json")

    def test_the_module_maps_and_submits_by_itself(self):
        self.assertEqual(rowen.map(functions.double, [1, 2]), [2, 4])
        self.assertEqual(rowen.starmap(functions.divide, [(6, 3)]), [2.0])
        self.assertEqual(rowen.submit(functions.divide, 6, b=3).result(timeout=60), 2.0)
        rowen._shared.close()  # or it keeps its core for the tests after this one
        rowen._shared = None


class Asynchronous(OnCluster):
    def test_calls_and_maps_are_awaited_while_the_loop_goes_on(self):
        async def program():
            ticks = 0

            async def tick():
                nonlocal ticks
                while True:
                    await asyncio.sleep(0.01)
                    ticks += 1

            ticking = asyncio.ensure_future(tick())
            called = await self.cluster.call_async(functions.nap, 0.3)
            mapped = [each async for each in self.cluster.map_async(functions.double, range(100))]
            completed = {each.index: each.value async for each in self.cluster.as_completed_async(functions.double, [(1,), (2,)])}
            ticking.cancel()
            return called, mapped, completed, ticks

        called, mapped, completed, ticks = asyncio.run(program())
        self.assertEqual((called, mapped, completed), (0.3, [2 * i for i in range(100)], {0: 2, 1: 4}))
        self.assertGreater(ticks, 2)

    def test_a_failure_is_raised_in_its_turn(self):
        async def program():
            seen = []
            with self.assertRaises(ZeroDivisionError):
                async for each in self.cluster.map_async(functions.divide, [4, 1, 9], [2, 0, 3]):
                    seen.append(each)
            return seen

        self.assertEqual(asyncio.run(program()), [2.0])

    def test_failures_can_be_kept_beside_results(self):
        async def program():
            mapped = [each async for each in self.cluster.map_async(functions.divide, [4, 1, 9], [2, 0, 3], errors="return")]
            starmapped = [each async for each in self.cluster.starmap_async(functions.divide, [(1, 0), (4, 2)], errors="return")]
            return mapped, starmapped

        (two, failed, three), (failed_too, two_too) = asyncio.run(program())
        self.assertEqual((two, three, two_too), (2.0, 3.0, 2.0))
        self.assertIsInstance(failed, ZeroDivisionError)
        self.assertIsInstance(failed_too, ZeroDivisionError)

    def test_progress_is_told_and_may_end_the_map(self):
        def told(seen):
            return lambda done, total: seen.append((done, total))

        def stop(done, _):
            raise KeyError("stopped")

        async def program():
            maps = {
                "map": lambda progress: self.cluster.map_async(functions.double, range(20), progress=progress),
                "starmap": lambda progress: self.cluster.starmap_async(functions.double, [(each,) for each in range(20)], progress=progress),
                "as_completed": lambda progress: self.cluster.as_completed_async(functions.double, [(each,) for each in range(20)], progress=progress),
            }
            for name, begin in maps.items():
                with self.subTest(name):
                    seen = []
                    self.assertEqual(len([each async for each in begin(told(seen))]), 20)
                    self.assertEqual(seen, [(done, 20) for done in range(1, 21)])
                    with self.assertRaisesRegex(KeyError, "stopped"):
                        async for _ in begin(stop):
                            pass

        asyncio.run(program())

    def test_settings_that_are_none_are_named(self):
        async def program():
            with self.assertRaisesRegex(TypeError, "no setting corse"):
                await self.cluster.map_async(functions.double, [1], corse=1).__anext__()
            with self.assertRaisesRegex(ValueError, "'raise' or 'return'"):
                await self.cluster.starmap_async(functions.double, [(1,)], errors="ignore").__anext__()

        asyncio.run(program())

    def test_who_leaves_an_ordered_map_leaves_nothing_behind(self):
        async def program():
            results = self.cluster.starmap_async(functions.nap, [(0.01,)] * 10_000)
            first = await results.__anext__()
            await results.aclose()
            return first, await self.cluster.call_async(functions.double, 4)

        self.assertEqual(asyncio.run(program()), (0.01, 8))

    def test_who_is_cancelled_leaves_nothing_behind(self):
        async def program():
            async def read():
                async for _ in self.cluster.as_completed_async(functions.nap, [(30,)] * 4):
                    pass

            with self.assertRaises(asyncio.TimeoutError):
                await asyncio.wait_for(read(), 0.5)
            return await self.cluster.call_async(functions.double, 4)

        self.assertEqual(asyncio.run(program()), 8)


class Progress(unittest.TestCase):
    def test_terminals_have_a_bar(self):
        text = self._shown(is_terminal=True)
        self.assertIn("\r", text)
        self.assertIn("##############################", text)
        self.assertIn("3 of 3 done", text)

    def test_files_have_a_line_at_the_end(self):
        self.assertRegex(self._shown(is_terminal=False), r"^3 of 3 done, [\d,.]+ a second in 0:00\n$")

    @staticmethod
    def _fill(bar):
        for done in (1, 2, 3):
            bar.update(done)
        bar.close()

    @staticmethod
    def _shown(is_terminal):
        stream = io.StringIO()
        stream.isatty = lambda: is_terminal
        with mock.patch("sys.stderr", stream):
            Progress._fill(progress.shown(True, 3))
        return stream.getvalue()


def large(function):
    """A function that captures much: it is sent once, and not with each item."""
    ballast = os.urandom(200_000)
    return lambda x: function(x) + len(ballast) - 200_000


if __name__ == "__main__":
    unittest.main()
