using System.Text;
using Rowen.Protocol.Clusters;

namespace Rowen.UnitTests.Client;

public sealed class HttpAnswerTests
{
    private const string Plain = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nDate: now\r\n\r\nhello";
    private const string Chunked = "HTTP/1.1 409 Conflict\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n";

    [Theory]
    [InlineData(Plain, 200, false)]
    [InlineData(Chunked, 409, true)]
    public void Whole_answer_is_read_and_each_part_of_it_asks_for_more(string text, int status, bool mustClose)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(text);

        for (int length = 0; length < bytes.Length; length++)
        {
            Assert.True(HttpAnswer.TryRead(bytes.AsSpan(0, length), out HttpAnswer? part), $"after {length} bytes");
            Assert.Null(part);
        }

        Assert.True(HttpAnswer.TryRead(bytes, out HttpAnswer? answer));
        Assert.Equal(status, answer!.Status);
        Assert.Equal("hello"u8.ToArray(), answer.Body);
        Assert.Equal(mustClose, answer.MustClose);
    }

    [Theory]
    [InlineData("HTTP/1.1 204 No Content\r\n\r\n", 204)]
    [InlineData("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", 503)]
    public void Answer_without_body_is_whole_with_its_head(string text, int status)
    {
        Assert.True(HttpAnswer.TryRead(Encoding.Latin1.GetBytes(text), out HttpAnswer? answer));
        Assert.Equal(status, answer!.Status);
        Assert.Empty(answer.Body);
    }

    [Theory]
    [InlineData("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 2x0 OK\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("SSH-2.0-OpenSSH\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nno colon\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 65537\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10001\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\naXX")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nmore")]
    public void What_no_manager_says_is_refused(string text) =>
        Assert.False(HttpAnswer.TryRead(Encoding.Latin1.GetBytes(text), out _));

    [Fact]
    public void Head_without_end_is_refused_at_its_bound()
    {
        byte[] bytes = Encoding.Latin1.GetBytes("HTTP/1.1 200 OK\r\nX: " + new string('x', HttpAnswer.MaxHeadBytes));

        Assert.True(HttpAnswer.TryRead(bytes.AsSpan(0, HttpAnswer.MaxHeadBytes - 1), out _));
        Assert.False(HttpAnswer.TryRead(bytes, out _));
    }

    [Fact]
    public void Hostile_bytes_never_throw()
    {
        const int seed = 4711;
        var random = new Random(seed);
        for (int i = 0; i < 100_000; i++)
        {
            byte[] bytes = Encoding.Latin1.GetBytes(i % 2 == 0 ? Plain : Chunked);
            for (int change = random.Next(1, 5); change > 0; change--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            int length = random.Next(bytes.Length + 1);
            Exception? error = Record.Exception(() => HttpAnswer.TryRead(bytes.AsSpan(0, length), out _));
            Assert.True(error is null, $"seed {seed}, input {i}: {error}");
        }
    }
}
