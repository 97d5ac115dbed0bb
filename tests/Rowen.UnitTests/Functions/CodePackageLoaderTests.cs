using System.Reflection;
using System.Reflection.Emit;
using Rowen.Executor.CodePackages;
using Rowen.Executor.Functions;
using Rowen.Functions;
using Rowen.Protocol.Errors;
using Rowen.UnitTests.CodePackages;

namespace Rowen.UnitTests.Functions;

public sealed class CodePackageLoaderTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Folder_without_functions_is_unusable() => Assert.Contains("holds no function", Refusal(), StringComparison.Ordinal);

    [Fact]
    public void Two_functions_of_one_name_are_both_named()
    {
        Copy("Rowen.TestFunctions.dll", TestPackage.Folder);
        Copy("WordCount.dll", AppContext.BaseDirectory);

        string refusal = Refusal();

        Assert.Contains("'Echo'", refusal, StringComparison.Ordinal);
        Assert.Contains("Rowen.TestFunctions.WellBehaved.Echo", refusal, StringComparison.Ordinal);
        Assert.Contains("WordCount.Words.Echo", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void Functions_are_numbered_in_the_order_of_their_names()
    {
        Copy("Rowen.TestFunctions.dll", TestPackage.Folder);

        string[] names = [.. CodePackageLoader.Load(_folder.Path).Select(function => function.Name)];

        Assert.Equal(names.Order(StringComparer.Ordinal), names);
        Assert.Contains("AddPair", names);
    }

    [Fact]
    public void Only_assemblies_with_functions_are_loaded()
    {
        Copy("WordCount.dll", AppContext.BaseDirectory);
        Copy("xunit.v3.core.dll", AppContext.BaseDirectory);

        CodePackageLoader.Load(_folder.Path);

        Assert.DoesNotContain(
            AppDomain.CurrentDomain.GetAssemblies(),
            assembly => !assembly.IsDynamic && assembly.Location == _folder.Combine("xunit.v3.core.dll"));
        Assert.Contains(
            AppDomain.CurrentDomain.GetAssemblies(),
            assembly => !assembly.IsDynamic && assembly.Location == _folder.Combine("WordCount.dll"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(3000)]
    public void Damaged_assembly_is_named(int lengthBytes)
    {
        byte[] whole = File.ReadAllBytes(Path.Combine(TestPackage.Folder, "Rowen.TestFunctions.dll"));
        File.WriteAllBytes(_folder.Combine("Damaged.dll"), whole[..lengthBytes]);

        Assert.StartsWith("Damaged.dll of the code package cannot be loaded: ", Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void Dependency_beside_the_assembly_is_found()
    {
        BuildAppThatNeedsLibrary();

        LoadedFunction function = Assert.Single(CodePackageLoader.Load(_folder.Path));

        Assert.Equal("Library.Thing", function.InputType);
        using var call = new MemoryCall("{}"u8);
        function.Run(call);
        Assert.Equal(5, PayloadCodec<int>.Decode(call.Result));
    }

    [Fact]
    public void Function_whose_dependency_is_missing_says_so_when_it_is_called()
    {
        BuildAppThatNeedsLibrary();
        File.Delete(_folder.Combine("Library.dll"));

        LoadedFunction function = Assert.Single(CodePackageLoader.Load(_folder.Path));

        using var call = new MemoryCall("{}"u8);
        var error = Assert.Throws<RowenException>(() => function.Run(call));
        Assert.Equal(ErrorCode.PackageUnusable, error.Code);
        Assert.Contains("App.Functions.TakeThing", error.Message, StringComparison.Ordinal);
        Assert.Contains("Library", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("native libmissing.so: f", "libmissing.so of the code package cannot be loaded")]
    [InlineData("native libtext.so: f", "libtext.so of the code package cannot be loaded")]
    [InlineData("native libtestfunctions.so: missing", "exports no symbol missing")]
    [InlineData("native libtestfunctions.so: native_echo, native_echo", "Two functions are named 'native_echo'")]
    [InlineData("native ../libtestfunctions.so: f", "Line 1")]
    [InlineData("native /lib/libc.so.6: getpid", "Line 1")]
    [InlineData("# comment\n\nlibx.so: f", "Line 3")]
    [InlineData("native libx.so f", "Line 1")]
    [InlineData("native libx.so: f,,g", "Line 1")]
    [InlineData("native libx.so:", "Line 1")]
    public void List_of_native_functions_that_cannot_be_met_says_where(string list, string why)
    {
        Copy("libtestfunctions.so", TestPackage.Folder);
        _folder.Write("libtext.so", "not ELF").Write("rowen.functions", list);

        Assert.Contains(why, Refusal(), StringComparison.Ordinal);
    }

    private string Refusal()
    {
        var error = Assert.Throws<RowenException>(() => CodePackageLoader.Load(_folder.Path));
        Assert.Equal(ErrorCode.PackageUnusable, error.Code);
        return error.Message;
    }

    private void Copy(string name, string from) => File.Copy(Path.Combine(from, name), _folder.Combine(name));

    /// <summary>Library.dll: class Thing. App.dll: [Function] static int TakeThing(Thing) → 5.</summary>
    private void BuildAppThatNeedsLibrary()
    {
        var library = new PersistedAssemblyBuilder(new AssemblyName("Library"), typeof(object).Assembly);
        TypeBuilder thing = library.DefineDynamicModule("Library").DefineType("Library.Thing", TypeAttributes.Public);
        thing.DefineDefaultConstructor(MethodAttributes.Public);
        thing.CreateType();
        library.Save(_folder.Combine("Library.dll"));

        var app = new PersistedAssemblyBuilder(new AssemblyName("App"), typeof(object).Assembly);
        TypeBuilder functions = app.DefineDynamicModule("App").DefineType("App.Functions", TypeAttributes.Public);
        MethodBuilder method = functions.DefineMethod(
            "TakeThing", MethodAttributes.Public | MethodAttributes.Static, typeof(int), [thing]);
        method.SetCustomAttribute(new CustomAttributeBuilder(typeof(FunctionAttribute).GetConstructor([])!, []));
        ILGenerator code = method.GetILGenerator();
        code.Emit(OpCodes.Ldc_I4_5);
        code.Emit(OpCodes.Ret);
        functions.CreateType();
        app.Save(_folder.Combine("App.dll"));
    }
}
