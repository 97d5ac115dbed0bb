"""Half of the work on this core, half on a leased one, at the same time; without a free core all of it here."""
import threading
import time

import fields
import rowen


def both(cluster, work):
    """Results of fields.harvest for all of `work`, from two ends."""
    results, rest = [None] * len(work), list(range(len(work)))
    turn = threading.Lock()

    def take(function):
        while True:
            with turn:
                if not rest:
                    return
                index = rest.pop()
            try:
                results[index] = function(work[index])
            except rowen.RowenError as error:  # a batch job took the core: this one is done here
                print(f"no leased core any more: {error.name}")
                rest.append(index)
                return

    try:
        with cluster.lease(max_wait=0.1) as lease:
            there = threading.Thread(target=take, args=(lease.function(fields.harvest),))
            there.start()
            take(fields.harvest)
            there.join()
    except rowen.RowenError as error:
        print(f"no leased core: {error.name}")
    take(fields.harvest)
    return results


if __name__ == "__main__":
    with rowen.connect() as cluster:
        print("equal:", both(cluster, range(14, 400)) == [fields.harvest(each) for each in range(14, 400)])
        with cluster.lease(hot=0.01) as lease:  # a call of microseconds, for loops that cannot wait for a map
            harvest = lease.function(fields.harvest)
            harvest(1)
            began = time.perf_counter()
            for _ in range(1000):
                harvest(5)
            print(f"{1000 * (time.perf_counter() - began):.0f} us a call, over {lease.provider}; what it printed: rowen logs {lease.name}")
