"""What notebooks do, in a real kernel of Jupyter."""
import os
import queue
import sys
import time
import unittest

try:
    import ipykernel
    import ipywidgets
    from jupyter_client import KernelManager
except ImportError:
    KernelManager = None

PATIENCE = 60  # seconds
BEGIN = """
import time, rowen
cluster = rowen.connect()
scale = 3
def scaled(x):
    return x * scale
"""


@unittest.skipIf(KernelManager is None, "this interpreter has no ipykernel and ipywidgets; PythonTests runs one that has")
class Notebooks(unittest.TestCase):
    def setUp(self):
        self.manager = KernelManager()
        self.manager.kernel_spec.argv = [sys.executable, "-Xfrozen_modules=off", *self.manager.kernel_spec.argv[1:]]  # its debugger warns otherwise
        self.manager.start_kernel(cwd=os.path.dirname(os.path.abspath(__file__)))
        self.addCleanup(self.manager.shutdown_kernel, now=True)
        self.client = self.manager.client()
        self.client.start_channels()
        self.addCleanup(self.client.stop_channels)
        self.client.wait_for_ready(timeout=PATIENCE)
        self.run_cell(BEGIN)
        self.addCleanup(self.run_cell, "cluster.close()")  # else its leases outlive the kernel, by a minute

    def run_cell(self, code, meanwhile=lambda: None):
        """Runs a cell: what it shows, by kind; a failure is of kind "error"."""
        asked, shown = self.client.execute(code), {}
        meanwhile()
        while True:
            try:
                message = self.client.get_iopub_msg(timeout=PATIENCE)
            except queue.Empty:
                self.fail(f"a cell hangs: {code}")
            if message["parent_header"].get("msg_id") != asked:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "status" and content["execution_state"] == "idle":
                return shown
            kind = content["name"] if kind == "stream" else kind
            shown[kind] = shown.get(kind, "") + self.text_of(kind, content)

    @staticmethod
    def text_of(kind, content):
        if kind == "execute_result":
            return content["data"]["text/plain"]
        if kind == "comm_msg":
            return str(content["data"])
        return content.get("text") or "\n".join(content.get("traceback", [])) or " ".join(content.get("data", {}))

    def test_functions_of_cells_are_mapped_with_a_widget_for_a_bar(self):
        shown = self.run_cell("cluster.map(scaled, range(5), progress=True)")
        self.assertEqual(shown["execute_result"], "[0, 3, 6, 9, 12]")
        self.assertIn("application/vnd.jupyter.widget-view+json", shown["display_data"])
        self.assertIn("success", shown["comm_msg"])  # the bar's colour at the end
        self.run_cell("scale = 5\nlease = cluster.lease()")
        self.assertEqual(self.run_cell("lease.call(lambda x: scaled(x) + 1, 2)")["execute_result"], "11")

    def test_without_ipywidgets_there_are_lines(self):
        self.run_cell("import sys\nsys.modules['ipywidgets'] = None")
        shown = self.run_cell("cluster.map(scaled, range(5), progress=True)")
        self.assertIn("5 of 5 done", shown["stderr"])
        self.assertNotIn("display_data", shown)

    def test_cells_await(self):
        self.assertEqual(self.run_cell("[x async for x in cluster.map_async(scaled, range(4))]")["execute_result"], "[0, 3, 6, 9]")
        self.assertEqual(self.run_cell("await cluster.call_async(scaled, 7)")["execute_result"], "21")

    def test_a_failure_shows_the_line_that_failed_there(self):
        error = self.run_cell("def reciprocal(x):\n    return 1 / x  # there\ncluster.map(reciprocal, [1, 0])")["error"]
        self.assertIn("ZeroDivisionError", error)
        self.assertIn("RemoteError", error)
        self.assertIn("in reciprocal", error)

    def test_a_cell_that_is_interrupted_ends_and_the_next_one_works(self):
        def interrupt():
            time.sleep(2)  # it must have begun: the kernel says so before it runs a line of it
            self.manager.interrupt_kernel()

        self.assertIn("KeyboardInterrupt", self.run_cell("cluster.map(time.sleep, [600, 600])", interrupt)["error"])
        self.assertEqual(self.run_cell("cluster.map(scaled, [1, 2])")["execute_result"], "[3, 6]")


if __name__ == "__main__":
    unittest.main()
