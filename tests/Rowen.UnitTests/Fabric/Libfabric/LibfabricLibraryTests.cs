using Rowen.Fabric.Libfabric;

namespace Rowen.UnitTests.Fabric.Libfabric;

public sealed class LibfabricLibraryTests
{
    [Fact]
    public void Absent_library_says_what_to_install()
    {
        IOException exception = Assert.Throws<IOException>(() => LibfabricLibrary.LoadFrom("libfabric-that-is-absent.so.1"));

        Assert.Equal(
            "The fabric provider 'ofi' needs libfabric-that-is-absent.so.1, which could not be loaded: "
            + "install libfabric (Debian: apt-get install libfabric1).",
            exception.Message);
    }

    [Fact]
    public void Other_library_of_that_name_is_an_error()
    {
        IOException exception = Assert.Throws<IOException>(() => LibfabricLibrary.LoadFrom("libc.so.6"));

        Assert.Contains("libc.so.6 that was found is no libfabric", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Interface_is_asked_for_that_both_know()
    {
        LibfabricLibrary library = LibfabricLibrary.Load();

        Assert.InRange(library.NegotiatedVersion, LibfabricLibrary.MinVersion, LibfabricLibrary.MaxVersion);
        Assert.True(library.NegotiatedVersion <= library.Version);
    }
}
