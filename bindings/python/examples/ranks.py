"""Ranks of an MPI program, each with half of its work on a leased core of its own: mpirun -n 2 python3 ranks.py (with mpi4py)"""
import fields
import rowen
from mpi4py import MPI
from offload import both

ranks = MPI.COMM_WORLD
work = range(14, 400)
with rowen.connect() as cluster:  # each rank; before MPI_Init or after it
    parts = ranks.gather(both(cluster, work[ranks.rank::ranks.size]))
if ranks.rank == 0:
    whole = [None] * len(work)
    for rank, part in enumerate(parts):
        whole[rank::ranks.size] = part
    print(f"{ranks.size} ranks, equal:", whole == [fields.harvest(each) for each in work])
