"""A function in C and one in Fortran, of one library: native.py LIBRARY"""
import struct
import sys

import rowen

with rowen.connect() as cluster, cluster.native_lease(sys.argv[1], "black_scholes", "transport") as lease:
    black_scholes, transport = lease.function("black_scholes"), lease.function("transport")
    price, = struct.unpack("d", black_scholes(struct.pack("5d", 100, 100, 1, 0.02, 0.2)))
    print("%.4f" % price)
    tally = memoryview(bytearray(22 * 8)).cast("d")  # a numpy array does, too
    transport.into(tally, struct.pack("2q", 0, 1000))
    print(" ".join("%.17g" % each for each in tally))
