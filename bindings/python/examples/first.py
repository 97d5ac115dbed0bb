"""A call, a map, and what becomes of failures."""
import fields
import rowen

with rowen.connect() as cluster:  # of ROWEN_CLUSTER, else of ~/.rowen
    print("one field:", cluster.call(fields.harvest, 5, rain=0.5))
    print("a hundred:", sum(cluster.map(fields.harvest, range(14, 114), progress=True)))
    for result in cluster.as_completed(fields.harvest, [(12,), (13,)], retries=1):
        if result.error is not None:
            print(f"field {12 + result.index}: {result.error}")
            print(result.error.__cause__.traceback.splitlines()[-1])
