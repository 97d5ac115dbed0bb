using Rowen.IntegrationTests.Cli;

namespace Rowen.IntegrationTests.Bindings;

/// <summary>Programs in C, C++ and Fortran that call a real cluster through librowen.</summary>
[Collection(SharedNativeLibrary.Name)]
public sealed class NativeLibraryTests(NativeLibrary library)
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task Every_call_of_the_header_does_what_it_says()
    {
        string program = await library.CompileAsync(
            "calls", "gcc", "-std=c99", "-pedantic", "-D_GNU_SOURCE", NativeLibrary.Source("c/tests/calls.c"));

        Finished run = await library.Home.RunAsync(Bound, program, library.Functions, Repository.Rowen);

        Assert.Equal("0 failures\n", run.Output);
        run.AssertDone();
    }

    [Fact]
    public async Task First_program_of_the_documentation_calls_its_function()
    {
        string program = await library.CompileAsync("first", "gcc", "-std=c99", "-pedantic", NativeLibrary.Source("c/examples/first.c"));

        Finished run = await library.Home.RunAsync(Bound, program, library.Functions);

        run.AssertDone();
        Assert.StartsWith("second crop, over ", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Objects_of_Cpp_lease_and_map()
    {
        string program = await library.CompileAsync("prices", "g++", "-std=c++17", "-pedantic", NativeLibrary.Source("c/examples/prices.cpp"));

        Finished run = await library.Home.RunAsync(Bound, program, library.Functions);

        run.AssertDone();
        Assert.Equal("at the money: 8.9160, from the map 8.9160\n", run.Output);
    }

    [Fact]
    public async Task Module_of_Fortran_calls_and_maps()
    {
        string program = await library.CompileAsync("example", "gfortran", NativeLibrary.Source("fortran/rowen.f90"), NativeLibrary.Source("fortran/example.f90"));

        Finished run = await library.Home.RunAsync(Bound, program, library.Functions);

        run.AssertDone();
        Assert.Equal("at the money:   8.9160", run.Output.Trim());
    }
}
