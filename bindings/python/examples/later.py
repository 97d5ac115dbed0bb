"""The same from asyncio, and objects in a store."""
import asyncio
import tempfile

import fields
import rowen


async def main():
    with rowen.connect() as cluster, tempfile.TemporaryDirectory() as folder, cluster.store("file:" + folder) as store:
        one = asyncio.ensure_future(cluster.call_async(fields.harvest, 5))
        async for value in cluster.map_async(fields.harvest, range(3)):
            print("in order:", value)
        print("beside it:", await one)
        store.put("crops/five", b"%.1f" % one.result())
        print("kept:", [(each.name, each.size, bytes(store.get(each.name))) for each in store.list("crops/")])


asyncio.run(main())
