"""A program that was written for ProcessPoolExecutor: only the line that makes the pool has changed."""
import concurrent.futures
import logging

import fields
import rowen

with rowen.Executor(2, initializer=fields.set_up, initargs=(logging.INFO,)) as pool:
    futures = {pool.submit(fields.harvest, each): each for each in (3, 13, 20)}
    for future in concurrent.futures.as_completed(futures):
        print(futures[future], future.exception() or future.result())
    print(list(pool.map(fields.harvest, range(14, 20), chunksize=3)))
