"""See run.sh."""
import argparse
import glob
import os
import platform
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


def row(name, rowen, localhost=None):
    middle = statistics.median(rowen)
    text = f"| {name} | {1000 * middle:,.1f} | {1000 * min(rowen):,.1f} to {1000 * max(rowen):,.1f} |"
    if localhost:
        other = statistics.median(localhost)
        print(f"{text} {1000 * other:,.1f} | {other / middle:,.0f}× | {len(rowen)}, {len(localhost)} |")
    else:
        print(f"{text} | | {len(rowen)} |")


def main():
    parser = argparse.ArgumentParser()
    for name, value in (("--calls", 20), ("--items", 1000), ("--maps", 1), ("--losses", 5)):
        parser.add_argument(name, type=int, default=value)
    parser.add_argument("--commit", default="")
    options = parser.parse_args()
    rowen = lithops.FunctionExecutor(backend="rowen", log_level="WARNING")
    localhost = lithops.FunctionExecutor(backend="localhost", storage="localhost", log_level="WARNING")
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}, Lithops {lithops.__version__}, Rowen {options.commit}\n")
    first = [one_call(rowen)]
    one_call(localhost)
    calls, futures, maps = ([], []), ([], []), ([], [])
    for _ in range(options.calls):
        for place, executor in enumerate((rowen, localhost)):
            calls[place].append(one_call(executor))
            futures[place].append(one_future(executor))
    for _ in range(options.maps):
        for place, executor in enumerate((rowen, localhost)):
            maps[place].append(a_map(executor, options.items))
    print("| | Rowen, median ms | least to most | localhost, median ms | ratio | rounds |\n| --- | ---: | ---: | ---: | ---: | ---: |")
    row("first call of the program", first)
    row("call_async, get_result()", *calls)
    row("call_async, future.result()", *futures)
    row(f"map of {options.items}, get_result()", *maps)
    row("executor killed: its call runs again after", [a_loss(rowen) for _ in range(options.losses)])


if __name__ == "__main__":
    sys.exit(main())
