namespace Rowen.Lambdas;

/// <summary>Sees what an object holds, in the order in which it is written.</summary>
internal abstract class SlotVisitor
{
    /// <summary>A value without references.</summary>
    public abstract void Plain(Type type, object value);

    /// <summary>Whether a nullable value is there; if so, the value follows.</summary>
    public abstract void Flag(bool isThere);

    /// <summary>How many elements follow.</summary>
    public abstract void Count(int count);

    /// <summary>A value with references; its fields follow.</summary>
    public abstract void Value(Type type, GraphStep step);

    /// <summary>A reference.</summary>
    /// <param name="declared">The static type of the place that holds it.</param>
    /// <param name="value">What it refers to.</param>
    /// <param name="step">How it is reached.</param>
    public abstract void Reference(Type declared, object? value, GraphStep step);
}
