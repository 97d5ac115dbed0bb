using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;

namespace Rowen.ObjectStorage.Redis;

/// <summary>A few connections with one Redis server, which repeat what failed on the way. Thread safety: any thread.</summary>
/// <remarks>Every command that is sent here does the same when it is sent twice.</remarks>
internal sealed class RedisClient(RedisAddress address, StoreAccess access) : IDisposable
{
    private const int MaxConnections = 8;

    /// <summary>Redis answers in microseconds: longer than this, it is gone, or busy with somebody's script.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ConcurrentBag<RedisConnection> _idle = [];
    private readonly SemaphoreSlim _free = new(MaxConnections);
    private readonly RetryPolicy _retries = access.ToRetryPolicy();

    /// <summary>The server, for people.</summary>
    public string Name { get; } = string.Create(CultureInfo.InvariantCulture, $"redis at {address.Host}:{address.Port}");

    /// <summary>Sends a command: texts, numbers and bytes.</summary>
    /// <exception cref="IOException">The server refuses, or cannot be reached; the message says what to do.</exception>
    public async Task<object?> AskAsync(CancellationToken cancellationToken, params object[] words)
    {
        ReadOnlyMemory<byte>[] bytes = [.. words.Select(BytesOf)];
        try
        {
            return await _retries.RunAsync(token => AskOnceAsync(bytes, token), IsWorthAnother, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested
            && exception is RedisRefusalException or SocketException or IOException or InvalidDataException or OperationCanceledException or AuthenticationException)
        {
            throw Explain(exception);
        }
    }

    public void Dispose()
    {
        while (_idle.TryTake(out RedisConnection? connection))
        {
            connection.Dispose();
        }
    }

    private async Task<object?> AskOnceAsync(ReadOnlyMemory<byte>[] words, CancellationToken cancellationToken)
    {
        using CancellationTokenSource bound = new(Patience, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(bound.Token, cancellationToken);
        await _free.WaitAsync(either.Token).ConfigureAwait(false);
        try
        {
            RedisConnection connection = _idle.TryTake(out RedisConnection? idle)
                ? idle
                : await RedisConnection.OpenAsync(address, access, either.Token).ConfigureAwait(false);
            return await AskOverAsync(connection, words, either.Token).ConfigureAwait(false);
        }
        finally
        {
            _free.Release();
        }
    }

    /// <summary>A connection is used again unless it broke in the middle of something.</summary>
    private async Task<object?> AskOverAsync(RedisConnection connection, ReadOnlyMemory<byte>[] words, CancellationToken cancellationToken)
    {
        bool isWhole = false;
        try
        {
            object? answer = await connection.AskAsync(words, cancellationToken).ConfigureAwait(false);
            isWhole = true;
            return answer;
        }
        catch (RedisRefusalException)
        {
            isWhole = true;
            throw;
        }
        finally
        {
            if (isWhole)
            {
                _idle.Add(connection);
            }
            else
            {
                connection.Dispose();
            }
        }
    }

    private static bool IsWorthAnother(Exception exception) => exception switch
    {
        RedisRefusalException refusal => refusal.Kind is "LOADING" or "BUSY" or "TRYAGAIN" or "CLUSTERDOWN" or "MASTERDOWN",
        SocketException or IOException or OperationCanceledException => true,
        _ => false,
    };

    private StoreFailedException Explain(Exception exception) => exception switch
    {
        RedisRefusalException { Kind: "NOAUTH" or "WRONGPASS" or "NOPERM" } => new StoreFailedException(
            $"{Name} refused us: user or password are missing, wrong, or may not do this. Set them in {access.Place}, at {access.Uri}."),
        RedisRefusalException { Kind: "OOM" } => new StoreFailedException($"{Name} is full: it has no memory left for this. Remove what is not needed, or raise its maxmemory."),
        RedisRefusalException refusal => new StoreFailedException($"{Name} refused: {refusal.Message}", refusal),
        InvalidDataException => new StoreFailedException($"{Name}: {exception.Message}", exception),
        OperationCanceledException => new StoreFailedException($"{Name} did not answer within {Patience.TotalSeconds} s, several times. See whether it is overloaded.", exception),
        AuthenticationException => new StoreFailedException($"{Name} and we could not agree on TLS: {exception.Message} See `authorities` in {access.Place}.", exception),
        _ => new StoreFailedException($"{Name} cannot be reached, or was lost, several times: {exception.Message} See whether it runs.", exception),
    };

    private static ReadOnlyMemory<byte> BytesOf(object word) => word switch
    {
        ReadOnlyMemory<byte> bytes => bytes,
        Memory<byte> bytes => bytes,
        byte[] bytes => bytes,
        string text => Encoding.UTF8.GetBytes(text),
        _ => Encoding.ASCII.GetBytes(((IFormattable)word).ToString(format: null, CultureInfo.InvariantCulture)),
    };
}
