namespace Rowen.Jobs;

/// <summary>What a record of a job's journal says. Numbers are never reused.</summary>
internal enum JobRecordKind : ushort
{
    None = 0,

    /// <summary>What the job is: <see cref="JobDescription"/> as JSON. The first record.</summary>
    Description = 1,

    /// <summary>A process has taken the job up: <see cref="JobRun"/> as JSON.</summary>
    RunBegan = 2,

    /// <summary>What the function takes and gives: <see cref="JobTypes"/> as JSON.</summary>
    Types = 3,

    /// <summary>A lane of this run: <see cref="JobLane"/> as JSON.</summary>
    Lane = 4,

    /// <summary>An item's result: <see cref="ItemRecord"/>, then the result.</summary>
    Result = 5,

    /// <summary>A result that lies beside the journal: <see cref="ItemRecord"/>, then <see cref="ResultPlace"/>.</summary>
    LargeResult = 6,

    /// <summary>An item that has failed for good: <see cref="ItemRecord"/>, then <see cref="JobFault"/> as JSON.</summary>
    Failure = 7,

    /// <summary>The run is over: <see cref="JobRunEnd"/> as JSON.</summary>
    RunEnded = 8,

    /// <summary>As <see cref="Failure"/>, because an object store failed: the next run runs the item again.</summary>
    StoreFailure = 9,
}
