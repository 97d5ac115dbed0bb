"""The back ends against a stand-in of Lithops (stand_in/), on the cluster of ROWEN_CLUSTER or ~/.rowen. tests/run.sh runs them as they are installed: from the wheel."""
import glob
import os
import pickle
import re
import subprocess
import sys
import tempfile
import time
import unittest

import functions
import lithops
from lithops.storage.utils import StorageNoSuchKeyError

LONG_S = 120  # on a machine with much other work; what waits for Lithops' sleeps waits 600 s


def until(condition, what):
    end = time.monotonic() + LONG_S
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"waited {LONG_S} s for {what}")
        time.sleep(0.01)


class Compute(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.executor = lithops.FunctionExecutor(backend="rowen")

    def test_nothing_but_the_name_of_the_back_end_is_needed(self):
        self.executor.call_async(functions.add, (3, 4))
        self.assertEqual(self.executor.get_result(self.executor.futures[-1]), 7)
        self.assertEqual(self.executor.config["lithops"]["storage"], "rowen")
        self.assertEqual(self.executor.config["lithops"]["monitoring"], "rowen")

    def test_results_of_a_map_come_in_order_and_from_other_processes(self):
        futures = self.executor.map(functions.double, range(300))
        self.assertEqual(self.executor.get_result(futures), [2 * i for i in range(300)])
        self.assertNotIn(os.getpid(), self.executor.get_result(self.executor.map(functions.where, range(3))))
        self.assertTrue(all("worker_exec_time" in each.stats and "worker_func_cpu_user_time" in each.stats for each in futures))

    def test_a_result_is_waited_for_by_its_future(self):
        self.assertEqual(self.executor.call_async(functions.add, {"x": 1, "y": 2}).result(), 3)

    def test_wait_returns_at_the_first(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "go on")
            futures = self.executor.map(functions.wait_for, [None, path])
            done, others = self.executor.wait(futures, return_when=-1)
            self.assertEqual((len(done), len(others)), (1, 1))
            with open(path, "w", encoding="utf-8"):
                pass
            self.assertEqual(others[0].result(), path)

    def test_long_results_travel(self):
        self.assertEqual(len(self.executor.call_async(functions.long, 3_000_000).result()), 3_000_000)

    def test_map_reduce_and_chains_of_maps(self):
        self.assertEqual(self.executor.get_result(self.executor.map_reduce(functions.double, range(20), functions.total)), 380)
        chained = self.executor.map(functions.double, self.executor.map(functions.double, range(20)))
        self.assertEqual(self.executor.get_result(chained), [4 * i for i in range(20)])

    def test_a_function_has_the_storage(self):
        self.executor.storage.put_object(self.executor.storage.bucket, "of/tests", "in the storage")
        self.assertEqual(self.executor.call_async(functions.stored, "of/tests").result(), "in the storage")

    def test_an_exception_is_raised_here_and_a_function_that_exits_has_failed(self):
        with self.assertRaises(ZeroDivisionError):
            self.executor.call_async(functions.divide, (1, 0)).result()
        with self.assertRaises(SystemExit):
            self.executor.call_async(functions.leave, 3).result()
        self.assertEqual(self.executor.call_async(functions.add, (1, 1)).result(), 2)

    def test_what_a_call_prints_is_with_its_future(self):
        import base64
        import zlib
        future = self.executor.call_async(functions.say, "a word")
        self.executor.wait(future)
        self.assertEqual(zlib.decompress(base64.b64decode(future.logs)).decode().count("a word"), 2)

    def test_the_environment_of_a_call_is_its_own(self):
        one = lithops.FunctionExecutor(backend="rowen", max_workers=1)
        self.assertEqual(one.call_async(functions.environment, "OF_CALL", extra_env={"OF_CALL": "yes"}).result(), "yes")
        one.call_async(functions.set_environment, "OF_CALL").result()
        self.assertIsNone(one.call_async(functions.environment, "OF_CALL").result())
        self.assertEqual(one.call_async(functions.config_in_environment, 0).result(), [])

    def test_calls_within_calls_use_the_core_of_their_call(self):
        self.assertEqual(self.executor.get_result(self.executor.map(functions.in_own_calls, [2, 3, 2])), [[0, 2], [0, 2, 4], [0, 2]])
        self.assertEqual(self.executor.get_result([self.executor.call_async(functions.own_futures, 3)]), [0, 2, 4])

    def test_modules_come_with_their_job(self):
        for name in ("first", "second"):
            with lithops.FunctionExecutor(backend="rowen", modules={"of_job.py": f"NAME = {name!r}"}) as executor:
                self.assertEqual(set(executor.get_result(executor.map(functions.which, range(4)))), {name})

    def test_no_more_run_at_once_than_the_executor_may_have(self):
        one = lithops.FunctionExecutor(backend="rowen", max_workers=1)
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(one.get_result(one.map(functions.alone, [folder] * 20)), [True] * 20)

    def test_a_call_whose_executor_was_killed_runs_again(self):
        with tempfile.TemporaryDirectory() as folder:
            marks = [os.path.join(folder, str(i)) for i in range(3)]
            self.assertEqual(self.executor.get_result(self.executor.map(functions.crash_once, marks)), ["survived"] * 3)

    def test_a_call_that_kills_every_executor_has_failed_alone(self):
        futures = [self.executor.call_async(functions.crash, 0), self.executor.call_async(functions.add, (2, 2))]
        self.assertEqual(futures[1].result(), 4)
        with self.assertRaisesRegex(RuntimeError, "executors have died of it"):
            futures[0].result()

    def test_a_call_that_outruns_its_time_has_failed(self):
        with self.assertRaisesRegex(TimeoutError, "exceeded maximum time of 1 seconds"):
            self.executor.call_async(functions.nap, 600, timeout=1).result()
        self.assertEqual(self.executor.call_async(functions.add, (1, 1)).result(), 2)

    def test_a_failed_wait_ends_what_still_runs(self):
        with tempfile.TemporaryDirectory() as folder, lithops.FunctionExecutor(backend="rowen", max_workers=1) as executor:
            mark = os.path.join(folder, "began")
            long = executor.call_async(functions.leave_a_mark, mark)
            until(lambda: os.path.exists(mark), "a call to begin")
            with self.assertRaises(ZeroDivisionError):
                failing = lithops.FunctionExecutor(backend="rowen").call_async(functions.divide, (1, 0))
                executor.wait([long, failing])
            self.assertTrue(long.done)
            self.assertEqual(executor.call_async(functions.add, (1, 2)).result(), 3)  # on its one core

    def test_futures_can_be_read_from_elsewhere(self):
        futures = pickle.loads(pickle.dumps(self.executor.map(functions.double, range(5))))
        self.assertEqual(lithops.get_result(futures), [0, 2, 4, 6, 8])
        program = "import pickle, sys, lithops; print(lithops.get_result(pickle.load(sys.stdin.buffer)))"
        other = subprocess.run([sys.executable, "-c", program], input=pickle.dumps(futures), capture_output=True, timeout=LONG_S)
        self.assertEqual(other.returncode, 0, other.stderr.decode())
        self.assertEqual(other.stdout.decode().strip(), "[0, 2, 4, 6, 8]")


class Storage(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = folder.name
        self.storage = lithops.Storage(config={"lithops": {"storage": "rowen"}, "rowen": {"storage_root": self.root, "storage_bucket": "b"}})
        self.storage.create_bucket("b")

    def test_what_was_put_is_got_in_every_form(self):
        import io
        for body in (b"0123456789", "0123456789", io.BytesIO(b"0123456789"), io.StringIO("0123456789")):
            self.storage.put_object("b", "a/key", body)
            self.assertEqual(self.storage.get_object("b", "a/key"), b"0123456789")
        with self.storage.get_object("b", "a/key", stream=True) as stream:
            self.assertEqual(stream.read(), b"0123456789")
        for wanted, part in (("bytes=1-4", b"1234"), ("bytes=7-", b"789"), ("bytes=-2", b"89"), ("bytes=8-100", b"89"), ("bytes=50-60", b"")):
            self.assertEqual(self.storage.get_object("b", "a/key", extra_get_args={"Range": wanted}), part)
            self.assertEqual(self.storage.get_object("b", "a/key", stream=True, extra_get_args={"Range": wanted}).read(), part)
        self.assertEqual(self.storage.head_object("b", "a/key"), {"content-length": "10"})
        with self.storage.get_client().get_object(Bucket="b", Key="a/key")["Body"] as stream:
            self.assertEqual(stream.read(), b"0123456789")

    def test_keys_are_found_by_their_beginning(self):
        keys = ["foo/baz", "foo/bar/baz", "foo_bar/baz", "foo_baz", "bar"]
        for key in keys:
            self.storage.put_object("b", key, key)
        self.assertEqual(self.storage.list_keys("b"), sorted(keys))
        self.assertEqual(self.storage.list_keys("b", "foo"), sorted(keys[:4]))
        self.assertEqual(self.storage.list_keys("b", "foo/"), ["foo/bar/baz", "foo/baz"])
        self.assertEqual(self.storage.list_keys("b", "foo/ba"), ["foo/bar/baz", "foo/baz"])
        self.assertEqual(self.storage.list_keys("b", "nothing"), [])
        self.assertEqual(self.storage.list_objects("b", "bar"), [{"Key": "bar", "Size": 3}])
        self.assertEqual([each["Key"] for each in self.storage.list_objects("b", match_pattern="*/bar/*")], ["foo/bar/baz"])

    def test_what_is_not_there_says_so(self):
        for call in (self.storage.get_object, self.storage.head_object):
            with self.assertRaises(StorageNoSuchKeyError):
                call("b", "no/such")
        with self.assertRaises(StorageNoSuchKeyError):
            self.storage.head_bucket("other")
        self.assertEqual(self.storage.head_bucket("b")["ResponseMetadata"]["HTTPStatusCode"], 200)
        self.storage.delete_object("b", "no/such")

    def test_deleted_objects_leave_no_folders(self):
        self.storage.put_object("b", "x/y/one", b"")
        self.storage.put_object("b", "x/y/two", b"")
        self.storage.delete_objects("b", ["x/y/one", "x/y/two"])
        self.assertEqual(os.listdir(os.path.join(self.root, "b")), [])

    def test_a_put_that_fails_leaves_what_was_there(self):
        class Broken:
            def read(self, _):
                raise OSError("the source is gone")

        self.storage.put_object("b", "key", b"before")
        with self.assertRaises(OSError):
            self.storage.put_object("b", "key", Broken())
        self.assertEqual(self.storage.get_object("b", "key"), b"before")
        self.assertEqual(glob.glob(os.path.join(self.root, "b", ".*")), [])

    def test_files_go_up_and_down(self):
        source, target = os.path.join(self.root, "source"), os.path.join(self.root, "below", "target")
        with open(source, "wb") as file:
            file.write(b"content")
        self.assertTrue(self.storage.upload_file(source, "b"))
        self.assertTrue(self.storage.download_file("b", "source", target))
        with open(target, "rb") as file:
            self.assertEqual(file.read(), b"content")
        self.assertFalse(self.storage.download_file("b", "no/such", target))

    def test_no_key_leads_out_of_its_bucket(self):
        for key in ("../x", "a/../../x", "/etc/passwd", "", "a//b", "a/"):
            with self.assertRaisesRegex(ValueError, "A key cannot be"):
                self.storage.put_object("b", key, b"")
        with self.assertRaisesRegex(ValueError, "A bucket cannot be"):
            self.storage.put_object("..", "x", b"")


class Settings(unittest.TestCase):
    def refused(self, words, **settings):
        with self.assertRaisesRegex(ValueError, words):
            lithops.FunctionExecutor(backend="rowen", **settings)

    def test_what_is_wrong_is_said_at_once(self):
        self.refused("'max_worker', which it does not know. It knows cluster, storage_root", max_worker=3)
        self.refused("'max_workers' .* is 0: it must be a number, 1 or more", max_workers=0)
        self.refused("'storage_bucket' .* is '../x'", storage_bucket="../x")
        self.refused("cannot be in /proc/no: .* Set 'storage_root'", storage_root="/proc/no")

    def test_no_cluster_is_an_error_that_says_where_it_was_looked_for(self):
        import rowen
        with self.assertRaisesRegex(rowen.RowenError, "/nowhere/cluster.json"):
            lithops.FunctionExecutor(backend="rowen", cluster="/nowhere/cluster.json")

    def test_other_back_ends_are_left_alone(self):
        with self.assertRaisesRegex(Exception, "Unknown compute backend: third"):
            lithops.FunctionExecutor(backend="third")


class Documentation(unittest.TestCase):
    def test_programs_of_the_page_run(self):
        page = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "docs", "lithops.md")
        with open(page, encoding="utf-8") as source:
            programs = [text for text in re.findall(r"```text\n(.*?)```", source.read(), re.DOTALL) if text.startswith("import lithops")]
        self.assertGreater(len(programs), 0)
        for program in programs:
            with tempfile.TemporaryDirectory() as folder:  # as a module: the stand-in sends functions of modules alone
                with open(os.path.join(folder, "page.py"), "w", encoding="utf-8") as target:
                    target.write(program.replace('if __name__ == "__main__":', "def main():"))
                done = subprocess.run([sys.executable, "-c", "import page; page.main()"], cwd=folder, capture_output=True, text=True, timeout=LONG_S)
                self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main()
