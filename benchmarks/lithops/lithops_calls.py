"""See run.sh."""
import argparse
import glob
import os
import platform
import signal
import statistics
import sys
import tempfile
import time

import lithops


def noop(x):
    return x


def mark(index, folder):
    import os
    import time
    with open(f"{folder}/{index}-{os.getpid()}", "w") as target:
        target.write(str(time.time()))
    time.sleep(0.5)
    return index


def one_call(executor):
    began = time.perf_counter()
    assert executor.get_result([executor.call_async(noop, 1)]) == 1
    return time.perf_counter() - began


def one_future(executor):
    began = time.perf_counter()
    assert executor.call_async(noop, 1).result() == 1
    return time.perf_counter() - began


def a_map(executor, items):
    began = time.perf_counter()
    assert executor.get_result(executor.map(noop, range(items))) == list(range(items))
    return time.perf_counter() - began


def a_loss(executor):
    """From kill -9 of an executor in the midst of a map until its call runs again; and all results are right."""
    with tempfile.TemporaryDirectory() as folder:
        futures = executor.map(mark, range(8), extra_args=(folder,))
        while not (found := glob.glob(f"{folder}/*-*")):
            time.sleep(0.001)
        time.sleep(0.1)
        index, pid = os.path.basename(found[0]).split("-")
        killed = time.time()
        os.kill(int(pid), 9)
        assert executor.get_result(futures) == list(range(8))
        again = [path for path in glob.glob(f"{folder}/{index}-*") if not path.endswith(f"-{pid}")]
        assert len(again) == 1, again
        with open(again[0], encoding="ascii") as source:
            return float(source.read()) - killed


class Side:
    """One back end, and what it took. An action that does not end within the bound is counted, and an executor of its own follows: Lithops' own back end hangs now and then."""

    def __init__(self, bound, **named):
        self._bound, self._named = bound, named
        self._executor = None
        self.took, self.hung = {}, {}

    def act(self, name, action, *arguments):
        if self._executor is None:
            self._executor = lithops.FunctionExecutor(log_level="CRITICAL", **self._named)
        signal.signal(signal.SIGALRM, self._give_up)
        signal.alarm(self._bound)
        try:
            self.took.setdefault(name, []).append(action(self._executor, *arguments))
        except TimeoutError:
            self.hung[name] = self.hung.get(name, 0) + 1
            self._executor = None
        finally:
            signal.alarm(0)

    def _give_up(self, *_):
        raise TimeoutError

    def cell(self, name):
        took, hung = self.took.get(name), self.hung.get(name, 0)
        text = f"{1000 * statistics.median(took):,.1f} ({1000 * min(took):,.1f} to {1000 * max(took):,.1f}) of {len(took)}" if took else ""
        return text + (f" {hung} not done after {self._bound} s" if hung else "")


def main():
    parser = argparse.ArgumentParser()
    for name, value in (("--calls", 20), ("--items", 1000), ("--maps", 1), ("--losses", 5), ("--bound", 300)):
        parser.add_argument(name, type=int, default=value)
    parser.add_argument("--commit", default="")
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}, Lithops {lithops.__version__}, Rowen {options.commit}\n", flush=True)
    sides = [Side(options.bound, backend="rowen"), Side(options.bound, backend="localhost", storage="localhost")]
    rounds = [("first call of the program", one_call, 1), ("call_async, get_result()", one_call, options.calls), ("call_async, future.result()", one_future, options.calls),
              (f"map of {options.items}, get_result()", a_map, options.maps)]
    for name, action, count in rounds:
        for _ in range(count):
            for side in sides:
                side.act(name, action, *([options.items] if action is a_map else []))
                print(f"{name}: {side.cell(name)}", file=sys.stderr, flush=True)
    lost = "executor killed in a map: until its call runs again"
    for _ in range(options.losses):
        sides[0].act(lost, a_loss)
    print("| median ms (least to most) of rounds | Rowen | localhost | ratio |\n| --- | ---: | ---: | ---: |")
    for name in [*(each[0] for each in rounds), lost]:
        both = [statistics.median(side.took[name]) for side in sides if side.took.get(name)]
        print(f"| {name} | {sides[0].cell(name)} | {sides[1].cell(name)} | {f'{both[1] / both[0]:,.0f}×' if len(both) == 2 else ''} |")
    print(f"\nload at the end: {os.getloadavg()[0]:.1f}")
    sys.stdout.flush()
    os._exit(0)  # localhost's threads may hang too


if __name__ == "__main__":
    sys.exit(main())
