using Rowen.StoredResults;

namespace Rowen.Lambdas;

/// <summary>Which functions return what nobody would await: executors wait for any task, and callers are told what a <c>Task&lt;T&gt;</c> ends with.</summary>
internal static class ReturnedTasks
{
    /// <summary>Refuses a function whose result would be a task itself.</summary>
    /// <exception cref="ArgumentException">It returns a <c>ValueTask</c>, or takes an item and returns a task of nothing.</exception>
    public static void Refuse(Delegate function)
    {
        ArgumentNullException.ThrowIfNull(function);
        Type returned = StoredFunction.Within(function).Method.ReturnType;
        string? instead = returned == typeof(ValueTask) || (returned.IsGenericType && returned.GetGenericTypeDefinition() == typeof(ValueTask<>))
            ? "Return a Task, as asynchronous lambdas do: async x => await F(x)"
            : returned == typeof(Task) && function is not Func<Task> ? "Return a value as well: a Task<bool>, for example" : null;
        if (instead is not null)
        {
            throw new ArgumentException(
                $"'{MemberNames.Of(StoredFunction.Within(function).Method)}' returns a {MemberNames.Of(returned)}, which is no result. {instead}.", nameof(function));
        }
    }
}
