using Rowen.IntegrationTests.Cli;

namespace Rowen.IntegrationTests.Bindings;

/// <summary>The programs of bindings/c/examples/mpi and the test of ranks' lives, compiled for both of Debian's MPIs.</summary>
public sealed class MpiPrograms(NativeLibrary library) : IAsyncLifetime
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(5);

    private PrivateHome Home => library.Home;

    /// <summary>Functions in C and Fortran, in one library.</summary>
    public string Kernels => Path.Combine(FolderOf("openmpi"), "libkernels.so");

    public async ValueTask InitializeAsync()
    {
        (await Home.RunAsync(Bound, Path.Combine(Repository.Root, "build", "mpi.sh"))).AssertDone();
        foreach (string mpi in new[] { "openmpi", "mpich" })
        {
            string[] variables = [$"MPICC=mpicc.{mpi}", $"MPIFC=mpifort.{mpi}", $"ROWEN={library.Folder}", $"OUT={FolderOf(mpi)}"];
            (await Home.RunAsync(Bound, "make", ["-s", "-C", NativeLibrary.Source("c/examples/mpi"), .. variables])).AssertDone();
            File.Copy(await library.CompileAsync($"lifecycle.{mpi}", $"mpicc.{mpi}", NativeLibrary.Source("c/tests/lifecycle.c")), Path.Combine(FolderOf(mpi), "lifecycle"));
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Where the programs for an MPI are.</summary>
    public string FolderOf(string mpi) => Home.Folder(mpi);

    /// <summary>Runs one of them. There may be more ranks than cores, and the user may be root: Open MPI has to be told that both are meant.</summary>
    internal async Task<Finished> RunAsync(string mpi, int ranks, params string[] command)
    {
        const string script = "cd \"$1\" && shift && export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMP_NUM_THREADS=2 && exec \"$@\"";
        string[] launcher = mpi == "openmpi" ? ["mpirun.openmpi", "--oversubscribe", "--bind-to", "none"] : ["mpirun.mpich", "-launcher", "fork"];
        Finished run = await Home.RunAsync(Bound, "sh", ["-c", script, "mpirun", FolderOf(mpi), .. launcher, "-n", $"{ranks}", .. command]);
        run.AssertDone();
        return run;
    }
}
