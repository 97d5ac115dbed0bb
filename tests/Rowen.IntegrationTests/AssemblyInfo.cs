[assembly: CollectionBehavior(DisableTestParallelization = true)] // real processes on two cores: one story at a time
