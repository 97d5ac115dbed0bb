extern alias analyzers;

using System.Collections.Immutable;
using System.Globalization;
using analyzers::Rowen.Analyzers;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Rowen.Lambdas;

namespace Rowen.UnitTests.Analyzers;

/// <summary>The analyzer over programs that a compiler has taken: it warns of what the client would refuse, and of nothing else.</summary>
public sealed class CaptureAnalyzerTests
{
    private static readonly ImmutableArray<MetadataReference> References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(':')
            .Where(path => !Path.GetFileName(path).StartsWith("xunit", StringComparison.Ordinal) && !path.EndsWith("Rowen.Analyzers.dll", StringComparison.Ordinal))
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    [Theory]
    [InlineData("var http = new System.Net.Http.HttpClient(); await client.MapAsync(items, i => http.GetHashCode() + i);", "lambda.http': HttpClient. Create it in the lambda")]
    [InlineData("Stream stream = File.OpenRead(\"x\"); await client.MapAsync(items, i => (int)stream.Length + i);", "lambda.stream': Stream. Capture the path")]
    [InlineData("await client.MapAsync(items, i => { token.ThrowIfCancellationRequested(); return i; });", "lambda.token': CancellationToken. Give a token to MapAsync")]
    [InlineData("var lazy = new Lazy<int>(() => 1); await client.MapAsync(items, i => i + lazy.Value);", "lambda.lazy': Lazy<int>. Capture its Value.")]
    [InlineData("var frozen = items.ToFrozenSet(); await client.MapAsync(items, i => frozen.Contains(i) ? 1 : 0);", "lambda.frozen': FrozenSet<int>. Capture the collection")]
    [InlineData("var lookup = items.ToLookup(i => i); Lookup<int, int> known = (Lookup<int, int>)lookup; await client.MapAsync(items, i => known.Count);", "lambda.known': Lookup<int, int>. Capture what it was made of")]
    [InlineData("await client.MapAsync(items, async i => (await client.MapAsync(new[] { i }, j => j))[0]);", "lambda.client': RowenClient. It belongs to this program. Connect in the lambda")]
    [InlineData("await client.MapAsync(items, i => log.BeginScope(i) is null ? 0 : 1);", "lambda.this.log': ILogger. Write to Console")]
    [InlineData("await client.MapAsync(items, Own);", "lambda.this.gate': SemaphoreSlim. A semaphore holds nobody")]
    [InlineData("await client.MapAsync(items, i => Own(i));", "lambda.this.gate': SemaphoreSlim.")]
    [InlineData("await client.MapAsync(items, i => Handler is null ? 0 : i);", "lambda.this.Handler': HttpClient.")]
    [InlineData("nint address = 1; await client.MapAsync(items, i => i + (int)address);", "lambda.address': nint. An address means nothing")]
    [InlineData("Task<int> first = Task.FromResult(1); int Local(int i) => i + first.Id; await client.MapAsync(items, i => Local(i));", "lambda.first': Task<int>. Await it first")]
    [InlineData("await using Lease lease = await client.LeaseAsync(); await lease.MapAsync(items, i => lease.Cores);", "lambda.lease': Lease. A lease belongs")]
    [InlineData("await using Lease lease = await client.LeaseAsync(); var writer = new StringWriter(); await lease.InvokeAsync(() => writer.ToString());", "lambda.writer': StringWriter. Return what is")]
    [InlineData("var http = new HttpClient(); await client.SubmitAsync(items, i => http.GetHashCode() + i);", "lambda.http': HttpClient. Create it in the lambda")]
    [InlineData("var http = new HttpClient(); Func<int, int> count = i => http.GetHashCode() + i; await client.MapAsync(items, count);", "lambda.http': HttpClient. Create it in the lambda")]
    [InlineData("var http = new HttpClient(); var count = (int i) => http.GetHashCode() + i; await client.MapAsync(items, count);", "lambda.http': HttpClient. Create it in the lambda")]
    [InlineData("Func<int, int> own = Own; await client.MapAsync(items, own);", "lambda.this.gate': SemaphoreSlim.")]
    [InlineData("var site = new Site(new HttpClient(), 3); await client.MapAsync(items, i => site.Http is null ? 0 : i);", "lambda.site.Http': HttpClient. Create it in the lambda")]
    [InlineData("var pair = (Site: new Site(new HttpClient(), 3), Size: 3); await client.MapAsync(items, i => pair.Site.Plain.GetHashCode() + i);", "lambda.pair.Item1.Plain': HttpClient.")]
    [InlineData("await client.MapAsync(items, i => here.Http is null ? 0 : i);", "lambda.this.here.Http': HttpClient.")]
    public async Task What_the_client_would_refuse_is_a_warning(string body, string expected)
    {
        ImmutableArray<Diagnostic> found = await AnalyzeAsync(body);

        Diagnostic only = Assert.Single(found);
        Assert.Equal(("ROWEN001", DiagnosticSeverity.Warning), (only.Id, only.Severity));
        Assert.Contains($"cannot ship '{expected}", only.GetMessage(CultureInfo.InvariantCulture), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("int factor = 2; await client.MapAsync(items, i => factor * i);")]
    [InlineData("var http = new System.Net.Http.HttpClient(); int length = (await http.GetStringAsync(\"x\")).Length; await client.MapAsync(items, i => length);")]
    [InlineData("var http = new System.Net.Http.HttpClient(); await client.MapAsync(items, i => nameof(http).Length);")]
    [InlineData("await client.MapAsync(items, i => { using var stream = new MemoryStream(); return (int)stream.Length + i; });")]
    [InlineData("Type type = typeof(int); await client.MapAsync(items, i => type.Name.Length);")]
    [InlineData("await client.MapAsync(items, Marked);")]
    [InlineData("await client.MapAsync(items, i => size + i);")]
    [InlineData("Stream stream = Stream.Null; int[] local = items.Select(i => i + (int)stream.Length).ToArray(); await client.MapAsync(local, i => i);")]
    [InlineData("using var ending = new CancellationTokenSource(); await client.MapAsync(items, i => i, cancellationToken: ending.Token);")]
    [InlineData("Dictionary<string, int> words = []; await client.MapAsync(items, i => words.Count + i);")]
    [InlineData("var http = new HttpClient(); Func<int, int> count = i => http.GetHashCode() + i; count = i => i; await client.MapAsync(items, count);")]
    [InlineData("Func<int, int> count = i => i; await client.MapAsync(items, count);")]
    [InlineData("var site = new Site(new HttpClient(), 3); await client.MapAsync(items, i => site.Size + i);")]
    [InlineData("var site = new Site(new HttpClient(), 3); await client.MapAsync(items, i => { site.Plain = null; return i; });")]
    [InlineData("await client.MapAsync(items, i => { var site = new Site(new HttpClient(), 3); return site.Http is null ? 0 : i; });")]
    [InlineData("var sites = new[] { new Site(new HttpClient(), 3) }; int size = sites[0].Http is null ? 0 : 1; await client.MapAsync(items, i => size + i);")]
    public async Task What_travels_is_no_warning(string body)
    {
        Assert.Empty(await AnalyzeAsync(body));
    }

    [Fact]
    public void Client_and_analyzer_refuse_the_same_types()
    {
        Assert.Equal(TravelTable.Refused.Select(row => row.Type), TravelRules.RefusedNames);
    }

    private static async Task<ImmutableArray<Diagnostic>> AnalyzeAsync(string body)
    {
        string source = $$"""
            using System;
            using System.Collections.Frozen;
            using System.Collections.Generic;
            using System.IO;
            using System.Linq;
            using System.Net.Http;
            using System.Threading;
            using System.Threading.Tasks;
            using Microsoft.Extensions.Logging;
            using Rowen;
            using Rowen.Functions;

            public sealed record Site(HttpClient Http, int Size)
            {
                public HttpClient Plain = Http;
            }

            public sealed class Program(ILogger log)
            {
                private readonly Site here = new(new HttpClient(), 4);
                private readonly SemaphoreSlim gate = new(1);
                private readonly int size = 3;

                private HttpClient Handler { get; } = new();

                [Function]
                public static int Marked(int i) => i;

                public async Task RunAsync(RowenClient client, int[] items, CancellationToken token)
                {
                    {{body}}
                    _ = log;
                }

                private int Own(int i) => gate.CurrentCount + i;
            }
            """;
        CSharpCompilation compilation = CSharpCompilation.Create(
            "Program",
            [CSharpSyntaxTree.ParseText(source, new CSharpParseOptions(LanguageVersion.Preview))],
            References,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));
        Assert.Empty(compilation.GetDiagnostics().Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error));
        return await compilation.WithAnalyzers([new CaptureAnalyzer()]).GetAnalyzerDiagnosticsAsync(TestContext.Current.CancellationToken);
    }
}
