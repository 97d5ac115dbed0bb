using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using Rowen.Fabric.Libfabric.Binding;
using Rowen.UnitTests.CodePackages;

namespace Rowen.UnitTests.Fabric.Libfabric;

/// <summary>Every offset, size and number of the binding, compared with a C program that has libfabric's own headers.</summary>
public sealed partial class LibfabricLayoutTests
{
    /// <summary>What we allocate and libfabric writes, or reads whole.</summary>
    private static readonly Type[] ExactSizes =
    [
        typeof(FiAvAttr), typeof(FiContext2), typeof(FiCqAttr), typeof(FiCqDataEntry), typeof(FiCqEntry), typeof(FiMsgRma),
        typeof(FiRmaIov), typeof(Iovec),
    ];

    private static readonly Type[] Structures = [.. typeof(Fi).Assembly.GetTypes()
        .Where(type => type is { IsValueType: true, IsNested: false } && type.Namespace == typeof(Fi).Namespace)];

    [Fact]
    public void Binding_is_laid_out_as_the_headers_are()
    {
        (string Expression, string Value)[] ours = [.. Offsets(), .. Sizes(), .. Numbers()];

        string[] theirs = RunProbe(ours.Select(each => each.Expression));

        Assert.True(ours.Length > 150, $"only {ours.Length} numbers were found to compare");
        Assert.Equal(ours.Select(each => $"{each.Expression} = {each.Value}"), theirs);
    }

    [Fact]
    public void No_structure_is_larger_than_the_headers_say()
    {
        string[] theirs = RunProbe(Structures.Select(type => $"sizeof(struct {Snake(type.Name)})"));

        foreach ((Type type, string line) in Structures.Zip(theirs))
        {
            ulong size = ulong.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture);
            Assert.True((ulong)Marshal.SizeOf(type) <= size, $"{type.Name} takes {Marshal.SizeOf(type)} bytes; {line}");
        }
    }

    private static IEnumerable<(string Expression, string Value)> Offsets() =>
        from type in Structures
        from field in type.GetFields(BindingFlags.Public | BindingFlags.Instance)
        select ($"offsetof(struct {Snake(type.Name)}, {Snake(field.Name)})", Marshal.OffsetOf(type, field.Name).ToString(CultureInfo.InvariantCulture));

    private static IEnumerable<(string Expression, string Value)> Sizes() =>
        ExactSizes.Select(type => ($"sizeof(struct {Snake(type.Name)})", Marshal.SizeOf(type).ToString(CultureInfo.InvariantCulture)));

    private static IEnumerable<(string Expression, string Value)> Numbers() => typeof(Fi)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Where(field => field.IsLiteral)
        .Select(field => ($"FI_{Snake(field.Name).ToUpperInvariant()}", Convert.ToString(field.GetRawConstantValue(), CultureInfo.InvariantCulture)!));

    /// <summary>PascalCase as C writes it: <c>FiInfo</c> is <c>fi_info</c>.</summary>
    private static string Snake(string name) => WordStart().Replace(name, "_$1").ToLowerInvariant();

    /// <summary>What C thinks of some expressions, one line each.</summary>
    private static string[] RunProbe(IEnumerable<string> expressions)
    {
        using var folder = new ScratchFolder();
        var source = new StringBuilder(
            """
            #include <stdio.h>
            #include <stddef.h>
            #include <sys/uio.h>
            #include <rdma/fabric.h>
            #include <rdma/fi_cm.h>
            #include <rdma/fi_domain.h>
            #include <rdma/fi_endpoint.h>
            #include <rdma/fi_eq.h>
            #include <rdma/fi_errno.h>
            #include <rdma/fi_rma.h>
            int main(void) {

            """);
        foreach (string expression in expressions)
        {
            source.Append(CultureInfo.InvariantCulture, $"    printf(\"%s = %llu\\n\", \"{expression}\", (unsigned long long)({expression}));\n");
        }

        folder.Write("probe.c", source.Append("}\n").ToString());
        Run("gcc", "-o", folder.Combine("probe"), folder.Combine("probe.c"));
        return Run(folder.Combine("probe")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static string Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} failed (are gcc and libfabric-dev installed?): {errors.GetAwaiter().GetResult()}");
        return output;
    }

    [GeneratedRegex("(?<=[a-z0-9])([A-Z])")]
    private static partial Regex WordStart();
}
