using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Rowen.Fabric.ControlSockets;
using Rowen.Fabric.OperatingSystem;
using Rowen.Protocol.ControlMessages;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Executors;
using Rowen.TestExecutor;

// Rowen.TestExecutor BEHAVIOR AGENT_SOCKET: an executor that speaks as it should until it has a lease, and then misbehaves.
// Rowen.TestExecutor agent FOLDER BEHAVIOR: a whole node agent in a process of its own, with such executors.
// Rowen.TestExecutor hold-memory CLUSTER BYTES: an owner of remote memory, to be killed.
// Rowen.TestExecutor fill-disk FOLDER: puts an object that there is no room for.
// Rowen.TestExecutor dereference-null: connects over libfabric, then throws and catches a NullReferenceException.
string behavior = args[0];
if (behavior == "dereference-null")
{
    return NullDereference.Run();
}

if (behavior == "agent")
{
    await AgentProcess.RunAsync(args[1], args[2]);
    return 0;
}

if (behavior == "fill-disk")
{
    await DiskFilling.RunAsync(args[1]);
    return 0;
}

if (behavior == "hold-memory")
{
    await MemoryOwner.RunAsync(args[1], long.Parse(args[2], CultureInfo.InvariantCulture));
    return 0;
}

ProcessControl.DieWithParent();
using ControlSocket agent = Connect(args[1]);
if (behavior == "mute")
{
    await Task.Delay(Timeout.Infinite);
}

agent.Send((byte)ExecutorMessage.Pooled, ControlMessage.Write(new ExecutorPooled([$"unix:@test-{Environment.ProcessId}"])));
agent.Run(Handle);
return 0;

static ControlSocket Connect(string name)
{
    var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    socket.Connect(new UnixDomainSocketEndPoint("\0" + name.TrimStart('@')));
    return new ControlSocket(socket, TimeProvider.System);
}

void Handle(byte kind, ReadOnlySpan<byte> payload)
{
    if (kind == (byte)ExecutorMessage.Assign)
    {
        new Thread(Misbehave) { IsBackground = true }.Start();
    }
    else if (kind == (byte)ExecutorMessage.End && behavior != "hang")
    {
        Environment.Exit(0);
    }
}

void Misbehave()
{
    switch (behavior)
    {
        case "exit":
            Console.Error.WriteLine("I have seen enough.");
            Environment.Exit(7);
            break;
        case "abort":
            throw new InvalidOperationException("nobody catches this");
        case "allocate":
            Allocate();
            break;
        case "flood":
            Flood();
            break;
        case "children":
            StartChildren();
            break;
        case "nonsense":
            agent.Send(200, []);
            break;
        case "failing":
            var failure = new ExecutorFailure(ErrorCode.OutputOverrun, "'blur' wrote past the end of its output");
            agent.Send((byte)ExecutorMessage.Failing, ControlMessage.Write(failure));
            ProcessControl.Kill(Environment.ProcessId, ProcessSignal.Kill);
            break;
        case "meter":
            Meter();
            break;
        default:
            break;
    }
}

static void Allocate()
{
    List<byte[]> held = [];
    for (int i = 0; i < 2048; i++) // ends at 2 GiB, if nobody stops it
    {
        byte[] block = GC.AllocateUninitializedArray<byte>(1 << 20);
        block.AsSpan().Fill(1);
        held.Add(block);
    }
}

static void Flood()
{
    using Stream output = Console.OpenStandardOutput();
    for (long line = 0; ; line++)
    {
        output.Write(System.Text.Encoding.ASCII.GetBytes($"line {line:D12} of a function that prints far too much\n"));
    }
}

static void StartChildren()
{
    using Process near = Process.Start("sleep", "300");
    using Process far = Process.Start("setsid", "sleep 300");
    Console.WriteLine($"{near.Id} {far.Id}");
}

void Meter()
{
    TimeSpan enough = Environment.CpuUsage.TotalTime + TimeSpan.FromMilliseconds(300);
    while (Environment.CpuUsage.TotalTime < enough)
    {
        // computes, however busy the machine is
    }

    agent.Send((byte)ExecutorMessage.Meter, ControlMessage.Write(new ExecutorMeter(long.MaxValue, 3, HasRunUserCode: true)));
}
