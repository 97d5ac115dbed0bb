using Rowen.Fabric.OperatingSystem;

namespace Rowen.UnitTests.SystemCalls;

public sealed class SharedPagesTests
{
    [Fact]
    public void What_one_mapping_writes_the_other_reads()
    {
        using SharedPages own = SharedPages.Create(8192);
        using SharedPages other = SharedPages.Open(own.Path, 8192);

        own.Bytes[8191] = 42;

        Assert.Equal(42, other.Bytes[8191]);
        Assert.Equal(0, other.Bytes[0]);
    }

    [Fact]
    public void Pages_smaller_than_expected_are_refused()
    {
        using SharedPages own = SharedPages.Create(4096);

        IOException refusal = Assert.Throws<IOException>(() => SharedPages.Open(own.Path, 8192).Dispose());

        Assert.Contains("fewer than 8192 bytes", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sleep_on_a_word_that_has_changed_already_ends_at_once()
    {
        using SharedPages pages = SharedPages.Create(4096);
        ref int word = ref System.Runtime.InteropServices.MemoryMarshal.AsRef<int>(pages.Bytes);
        word = 1;

        SharedPages.WaitWhile(ref word, 0, TimeSpan.FromSeconds(10)); // a test that hangs here has failed

        Assert.Equal(1, word);
    }

    [Fact]
    public void Disposed_pages_are_out_of_reach()
    {
        SharedPages pages = SharedPages.Create(4096);
        pages.Dispose();

        Assert.Throws<ObjectDisposedException>(() => pages.Bytes.Length);
    }
}
