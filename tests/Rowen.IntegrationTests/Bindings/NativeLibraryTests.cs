using Rowen.IntegrationTests.Cli;
using Rowen.IntegrationTests.ObjectStorage;

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
        S3Server s3 = await S3Server.GetAsync();
        s3.WriteAccess(Path.GetDirectoryName(library.ClusterFile)!);

        Finished run = await library.Home.RunAsync(Bound, program, library.Functions, Repository.Rowen, $"s3://{await s3.MakeBucketAsync()}");

        Assert.Equal("0 failures\n", run.Output);
        run.AssertDone();
    }

    [Fact]
    public async Task Everything_returns_while_the_cluster_stands_still()
    {
        string program = await library.CompileAsync("finalize", "gcc", "-std=c99", "-pedantic", "-D_GNU_SOURCE", NativeLibrary.Source("c/tests/finalize.c"));
        using var home = new PrivateHome();
        (await home.RowenAsync("up", "--detach", "--cores", "1")).AssertDone();
        string file = Path.Combine(home.Temporary, "held");

        Finished run = await home.RunAsync(Bound, program, [library.Functions, file, .. home.Processes().Select(process => $"{process}")]);
        await File.WriteAllTextAsync(file + ".end", string.Empty, TestContext.Current.CancellationToken);

        Assert.Equal("0 failures\n", run.Output);
        (await home.RowenAsync("down")).AssertDone();
        Assert.Empty(await home.ProcessesAfterAMomentAsync());
    }

    [Fact]
    public async Task Every_class_of_the_header_of_Cpp_does_what_it_says()
    {
        string program = await library.CompileAsync("calls-cpp", "g++", "-std=c++17", "-pedantic", NativeLibrary.Source("c/tests/calls.cpp"));

        Finished run = await library.Home.RunAsync(Bound, program, library.Functions, Repository.Rowen);

        Assert.Equal("0 failures\n", run.Output);
        run.AssertDone();
    }

    [Fact]
    public async Task CMake_finds_the_library()
    {
        string project = library.Home.Folder("cmake");
        await File.WriteAllTextAsync(
            Path.Combine(project, "CMakeLists.txt"),
            $"""
            cmake_minimum_required(VERSION 3.16)
            project(first C)
            find_package(rowen 0.1 REQUIRED)
            add_executable(first {NativeLibrary.Source("c/examples/first.c")})
            target_link_libraries(first rowen::rowen)
            """,
            TestContext.Current.CancellationToken);

        (await library.Home.RunAsync(Bound, "cmake", $"-DCMAKE_PREFIX_PATH={library.Folder}", "-S", project, "-B", project)).AssertDone();
        (await library.Home.RunAsync(Bound, "cmake", "--build", project)).AssertDone();
        Finished run = await library.Home.RunAsync(Bound, Path.Combine(project, "first"), library.Functions);

        run.AssertDone();
        Assert.StartsWith("second crop, over ", run.Output, StringComparison.Ordinal);
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
