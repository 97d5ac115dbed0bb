namespace Rowen.Lambdas;

/// <summary>One object that a lambda reaches.</summary>
/// <param name="value">The object.</param>
/// <param name="tag">How it is written.</param>
/// <param name="from">The object through which it was reached first; null for the lambda itself.</param>
/// <param name="step">How it was reached from there.</param>
internal sealed class GraphNode(object value, GraphTag tag, GraphNode? from, GraphStep step)
{
    public object Value => value;

    public GraphTag Tag => tag;

    /// <summary>The way from the lambda to the object, or to something in it, as in <c>lambda.client.handler</c>.</summary>
    public string PathTo(GraphStep last = default)
    {
        var steps = new Stack<string>();
        steps.Push(last.ToString());
        GraphNode node = this;
        for (; node.From is { } parent; node = parent)
        {
            steps.Push(node.Step.ToString());
        }

        return "lambda" + string.Concat(steps);
    }

    private GraphNode? From => from;

    private GraphStep Step => step;
}
