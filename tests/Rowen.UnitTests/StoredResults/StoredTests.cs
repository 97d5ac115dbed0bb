using System.Security.Cryptography;
using Rowen.Functions;
using Rowen.Protocol.Errors;
using Rowen.StoredResults;

namespace Rowen.UnitTests.StoredResults;

public sealed class StoredTests
{
    [Fact]
    public void Small_and_large_results_travel_alone_and_within_other_payloads()
    {
        byte[] sha256 = SHA256.HashData([1, 2, 3]);
        Stored<int[]>[] all = [Stored<int[]>.Of([1, 0, 0, 0]), Stored<int[]>.Of([]), Stored<int[]>.Of(3, sha256)];

        Stored<int[]>[] alone = [.. all.Select(each => PayloadCodec<Stored<int[]>>.Decode(PayloadCodec<Stored<int[]>>.Encode(each)))];
        Stored<int[]>[] within = PayloadCodec<Stored<int[]>[]>.Decode(PayloadCodec<Stored<int[]>[]>.Encode(all));

        foreach (Stored<int[]>[] arrived in new[] { alone, within })
        {
            Assert.Equal([false, false, true], arrived.Select(each => each.IsReference));
            Assert.Equal([1, 0, 0, 0], arrived[0].Here.ToArray());
            Assert.Equal(0, arrived[1].Here.Length);
            Assert.Equal(3, arrived[2].LengthBytes);
            Assert.Equal(sha256, arrived[2].Sha256.ToArray());
        }
    }

    [Fact]
    public void Payload_is_as_it_is_documented()
    {
        byte[] sha256 = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

        Assert.Equal("2A00", Convert.ToHexString(Stored<byte[]>.Of([0x2A]).Payload));
        Assert.Equal($"0102030000000000{Convert.ToHexString(sha256)}01", Convert.ToHexString(Stored<byte[]>.Of(0x030201, sha256).Payload));
    }

    [Fact]
    public void What_is_neither_small_nor_large_is_refused()
    {
        byte[] reference = Stored<byte[]>.Of(5, new byte[32]).Payload;
        byte[][] wrong = [[], [1], [2], [7, 255], [.. reference[..^1], 2], reference[1..], [0, .. reference], [.. Stored<byte[]>.Of(-1, new byte[32]).Payload], [.. Stored<byte[]>.Of(1L << 31, new byte[32]).Payload]];

        Assert.All(wrong, bytes => Assert.Equal(ErrorCode.MalformedInput, Assert.Throws<RowenException>(() => Stored<byte[]>.Read(bytes)).Code));
    }

    [Fact]
    public void Executors_reference_leads_to_nowhere_but_the_map_s_own_folder()
    {
        var place = new ResultPlace("s3://bucket/prefix/", null, "map-1", 0, Keeps: false);

        Assert.Equal($"s3://bucket/prefix/map-1/{new string('0', 64)}", place.UriOf(Stored<string>.Of(5, new byte[32])));
        Assert.Null(place.UriOf(Stored<string>.Of([])));
    }
}
