namespace Rowen.StoredResults;

/// <summary>A function around the user's own, which takes or gives stored results. It travels as lambdas do, with the other in it.</summary>
/// <remarks>Nobody is told of it: names, paths and code packages are those of the function within.</remarks>
internal abstract class StoredFunction
{
    /// <summary>The function within.</summary>
    protected abstract Delegate Next { get; }

    /// <summary>The user's own function, of whatever is around it.</summary>
    public static Delegate Within(Delegate function) => function.Target is StoredFunction around ? Within(around.Next) : function;
}

/// <summary>Puts what a function returns.</summary>
internal sealed class PutsResult<TIn, TOut>(Func<TIn, TOut> function, ResultPlace place) : StoredFunction
{
    protected override Delegate Next => function;

    public Stored<TOut> Run(TIn input) => place.Put(function(input));
}

/// <summary>Puts what an asynchronous function ends with.</summary>
internal sealed class PutsTaskResult<TIn, TOut>(Func<TIn, Task<TOut>> function, ResultPlace place) : StoredFunction
{
    protected override Delegate Next => function;

    public async Task<Stored<TOut>> RunAsync(TIn input) => place.Put(await function(input).ConfigureAwait(false));
}

/// <summary>Puts each value that a function returns, by its key.</summary>
internal sealed class PutsValues<TIn, TKey, TValue>(Func<TIn, Dictionary<TKey, TValue>> function, ResultPlace place) : StoredFunction
    where TKey : notnull
{
    protected override Delegate Next => function;

    public Dictionary<TKey, Stored<TValue>> Run(TIn input) => function(input).ToDictionary(pair => pair.Key, pair => place.Put(pair.Value));
}

/// <summary>Likewise, those that an asynchronous function ends with.</summary>
internal sealed class PutsTaskValues<TIn, TKey, TValue>(Func<TIn, Task<Dictionary<TKey, TValue>>> function, ResultPlace place) : StoredFunction
    where TKey : notnull
{
    protected override Delegate Next => function;

    public async Task<Dictionary<TKey, Stored<TValue>>> RunAsync(TIn input) =>
        (await function(input).ConfigureAwait(false)).ToDictionary(pair => pair.Key, pair => place.Put(pair.Value));
}

/// <summary>Reads what a function takes.</summary>
internal sealed class ReadsInput<TIn, TOut>(Func<TIn, TOut> function, ResultPlace place) : StoredFunction
{
    protected override Delegate Next => function;

    public TOut Run(Stored<TIn> input) => function(place.Read(input));
}

/// <summary>Reads all of what a function takes.</summary>
internal sealed class ReadsInputs<TIn, TOut>(Func<TIn[], TOut> function, ResultPlace place) : StoredFunction
{
    protected override Delegate Next => function;

    public TOut Run(Stored<TIn>[] inputs) => function(Array.ConvertAll(inputs, place.Read));
}
