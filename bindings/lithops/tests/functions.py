"""Functions that the tests send. Without cloudpickle only those of modules travel; the executors find this one by the path of the program."""
import os
import sys
import time


def double(x):
    return 2 * x


def add(x, y):
    return x + y


def total(results):
    return sum(results)


def long(size):
    return "x" * size


def say(text):
    print(text)
    print(text, file=sys.stderr)


def divide(x, y):
    return x / y


def leave(code):
    sys.exit(code)


def environment(name):
    return os.environ.get(name)


def set_environment(name):
    os.environ[name] = "left behind"


def where(_):
    return os.getpid()


def alone(folder):
    """Fails if another call is in the folder at the same time."""
    place = os.path.join(folder, "taken")
    os.mkdir(place)
    time.sleep(0.01)
    os.rmdir(place)
    return True


def nap(seconds):
    time.sleep(seconds)
    return seconds


def wait_for(path):
    """Until it is there; None: not at all."""
    while path is not None and not os.path.exists(path):
        time.sleep(0.01)
    return path


def crash(_):
    os.abort()


def crash_once(path):
    """Kills its executor the first time."""
    if not os.path.exists(path):
        with open(path, "w", encoding="utf-8"):
            pass
        os.kill(os.getpid(), 9)
    return "survived"


def leave_a_mark(path):
    with open(path, "w", encoding="utf-8"):
        pass
    time.sleep(600)


def stored(key, storage):
    return storage.get_object(storage.bucket, key).decode()


def in_own_calls(count):
    """Lithops within Lithops."""
    import lithops
    executor = lithops.FunctionExecutor()
    executor.map(double, range(count))
    found = executor.get_result()
    return found if isinstance(found, list) else [found]


def own_futures(count):
    import lithops
    return lithops.FunctionExecutor().map(double, range(count))


def which(_):
    import of_job  # comes with the job
    return of_job.NAME


def config_in_environment(_):
    return [name for name, value in os.environ.items() if "storage_root" in value]
