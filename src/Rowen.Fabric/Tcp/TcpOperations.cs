using System.Runtime.CompilerServices;
using Rowen.Fabric.Memory;

namespace Rowen.Fabric.Tcp;

/// <summary>Our own reads and writes that the peer has yet to answer: as many as <see cref="MaxCount"/>.</summary>
/// <remarks>Numbers on the wire grow, so that an answer that comes twice, or is invented, meets nothing.</remarks>
internal sealed class TcpOperations
{
    /// <summary>How many operations of one side may wait for an answer. Part of the protocol: more is hostile.</summary>
    public const int MaxCount = 64;

    private readonly Operation[] _operations = new Operation[MaxCount];
    private ulong _lastNumber;

    /// <summary>Remembers an operation; zero if there is no room.</summary>
    public ulong StartOrNone(bool isRead, ulong cookie, RegisteredMemory? local, ulong localOffset, ulong lengthBytes)
    {
        for (int tries = 0; tries < MaxCount; tries++)
        {
            ulong number = ++_lastNumber;
            ref Operation operation = ref _operations[number % MaxCount];
            if (operation.Number == 0)
            {
                operation = new Operation
                {
                    Number = number,
                    IsRead = isRead,
                    Cookie = cookie,
                    Local = local,
                    LocalOffset = localOffset,
                    LengthBytes = lengthBytes,
                };
                return number;
            }
        }

        return 0;
    }

    /// <summary>The operation that a peer's answer names; a null reference if there is none.</summary>
    public ref Operation FindOrNone(ulong number)
    {
        ref Operation operation = ref _operations[number % MaxCount];
        if (number != 0 && operation.Number == number)
        {
            return ref operation;
        }

        return ref Unsafe.NullRef<Operation>();
    }

    /// <summary>Memory was given back while a read into it is under way: its bytes are dropped from here on.</summary>
    public void Forget(RegisteredMemory memory)
    {
        for (int i = 0; i < MaxCount; i++)
        {
            if (_operations[i].Local == memory)
            {
                _operations[i].Local = null;
            }
        }
    }

    internal struct Operation
    {
        public ulong Number;
        public bool IsRead;
        public ulong Cookie;
        public RegisteredMemory? Local;
        public ulong LocalOffset;
        public ulong LengthBytes;
        public ulong ReceivedBytes;
    }
}
