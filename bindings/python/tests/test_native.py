"""Functions in C and Fortran of one library, on a real cluster. Compiled here, with gcc and gfortran."""
import array
import ctypes
import os
import pathlib
import struct
import subprocess
import tempfile
import threading
import unittest

import rowen

SOURCES = pathlib.Path(__file__).resolve().parents[2] / "c"
LARGE = 1 << 20  # bytes: far beyond a slot
OPTION = struct.pack("5d", 100, 100, 1, 0.02, 0.2)
PARTICLES = struct.pack("2q", 0, 1000)


class Native(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        objects = [os.path.join(folder.name, name) for name in ("functions.o", "failing.o")]
        for target, source in zip(objects, (SOURCES / "examples" / "functions.c", SOURCES / "tests" / "failing.c")):
            subprocess.run(["gcc", "-O2", "-fPIC", "-c", "-o", target, source], check=True)
        cls.library = os.path.join(folder.name, "libkernels.so")
        subprocess.run(["gfortran", "-O2", "-fPIC", "-shared", "-J", folder.name, "-o", cls.library, SOURCES / "examples" / "mpi" / "transport.f90", *objects, "-lm"], check=True)

    def setUp(self):
        self.cluster = rowen.connect()
        self.addCleanup(self.cluster.close)
        self.lease = self.cluster.native_lease(self.library, "echo", "black_scholes", "transport", "fail", "crash", "hold")
        self.addCleanup(self.lease.close)

    def test_c_and_fortran_of_one_library_are_called(self):
        self.assertEqual("%.4f" % struct.unpack("d", self.lease.function("black_scholes")(OPTION)), "8.9160")
        tally = array.array("d", bytes(22 * 8))
        self.assertEqual(self.lease.function("transport").into(tally, PARTICLES), 22 * 8)
        self.assertEqual(list(tally), self._here("transport", PARTICLES, 22))

    def _here(self, name, content, count):
        """The function called in this process."""
        out, size = (ctypes.c_double * count)(), ctypes.c_uint64(8 * count)
        self.assertEqual(getattr(ctypes.CDLL(self.library), name)(content, ctypes.c_uint64(len(content)), out, ctypes.byref(size)), 0)
        return list(out)

    def test_inputs_are_bytes_or_lie_in_one_piece(self):
        echo = self.lease.function("echo")
        for content in (b"", b"rye", bytearray(b"rye"), memoryview(b"a rye b")[2:5], array.array("d", [1, 2])):
            with self.subTest(content=content):
                self.assertEqual(echo(content), bytes(content))
        self.assertEqual(echo(), b"")
        with self.assertRaisesRegex(ValueError, "one piece"):
            echo(memoryview(b"barley")[::2])
        with self.assertRaises(TypeError):
            echo("rye")

    def test_results_have_the_room_that_is_given(self):
        echo, content = self.lease.function("echo"), os.urandom(LARGE)
        self.assertEqual(echo(content, room=LARGE), content)
        with self.assertRaises(rowen.RowenError) as caught:
            echo(content)
        self.assertEqual(caught.exception.name, "ResultTooLarge")
        with self.assertRaisesRegex(ValueError, "room is -1"):
            echo(room=-1)

    def test_results_go_into_buffers(self):
        echo, target = self.lease.function("echo"), bytearray(b"......")
        self.assertEqual((echo.into(target, b"rye"), target), (3, b"rye..."))
        self.assertEqual((echo.into(target), target), (0, b"rye..."))
        with self.assertRaises(rowen.RowenError) as caught:
            echo.into(target, b"too long for it")
        self.assertEqual((caught.exception.name, target), ("ResultTooLarge", b"rye..."))
        with self.assertRaisesRegex(ValueError, "writable"):
            echo.into(b"......", b"rye")

    def test_a_code_that_is_not_0_is_an_error_and_the_lease_goes_on(self):
        with self.assertRaisesRegex(rowen.RowenError, "FunctionFailed: .*returned 3"):
            self.lease.function("fail")()
        self.assertEqual(self.lease.function("echo")(b"rye"), b"rye")

    def test_a_process_that_crashes_is_an_error_and_the_lease_over(self):
        with self.assertRaises(rowen.ExecutorLost):
            self.lease.function("crash")()
        self.assertFalse(self.lease.is_held)

    def test_a_call_has_a_deadline(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "held")
            with self.assertRaises(rowen.RowenError) as caught:
                self.lease.function("hold")(path.encode() + b"\0", deadline=0.2)
            self.assertEqual(caught.exception.name, "DeadlineExceeded")
            with open(path + ".end", "w", encoding="utf-8"):
                pass  # it goes on there until then
            self.assertEqual(self.lease.function("echo")(b"rye"), b"rye")

    def test_calls_of_several_threads_take_turns(self):
        echo, found = self.lease.function("echo"), {}

        def call(first):
            for each in range(first, first + 200):
                found[each] = echo(b"%d" % each)

        threads = [threading.Thread(target=call, args=(200 * i,)) for i in range(4)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        self.assertEqual(found, {each: b"%d" % each for each in range(800)})

    def test_what_is_not_there_is_an_error(self):
        with self.assertRaises(rowen.RowenError) as caught:
            self.lease.function("harvest")
        self.assertEqual(caught.exception.name, "UnknownFunction")
        with self.assertRaisesRegex(rowen.RowenError, "BadArgument: .*functions"):
            self.cluster.native_lease(self.library)
        with self.assertRaisesRegex(rowen.RowenError, "PackageUnusable: .*does not exist"):
            self.cluster.native_lease(pathlib.Path("/nowhere/libcrop.so"), "echo")

    def test_a_closed_lease_says_so(self):
        echo = self.lease.function("echo")
        self.lease.close()
        self.lease.close()
        for call in (echo, lambda: self.lease.function("echo")):
            with self.assertRaisesRegex(ValueError, "closed"):
                call()


if __name__ == "__main__":
    unittest.main()
