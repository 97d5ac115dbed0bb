namespace Rowen.IntegrationTests.Lambdas;

/// <summary>One way to write a lambda, with an input. Its result here is what it has to give there.</summary>
/// <param name="Name">What is special about it.</param>
/// <param name="Lambda">The lambda.</param>
internal sealed record LambdaShape(string Name, Func<int, string> Lambda)
{
    public override string ToString() => Name;
}
