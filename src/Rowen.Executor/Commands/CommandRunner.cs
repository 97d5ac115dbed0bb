using System.ComponentModel;
using System.Diagnostics;
using Microsoft.Win32.SafeHandles;
using Rowen.Commands;
using Rowen.Fabric.OperatingSystem;
using Rowen.Protocol.Errors;

namespace Rowen.Executor.Commands;

/// <summary>Runs one command after the other, on one lane's thread: starts, reads, bounds, ends, and reports.</summary>
/// <remarks>Thread safety: one thread runs; any may <see cref="Stop"/>.</remarks>
internal sealed class CommandRunner : IDisposable
{
    private const int ReadBytes = 64 * 1024; // what a pipe holds

    /// <summary>The agent looks each second whether the kernel has killed somebody for the lease's memory.</summary>
    private static readonly TimeSpan MemoryVerdict = TimeSpan.FromSeconds(2);

    private readonly CommandHost _host;
    private readonly CommandFolder _folder;
    private readonly DescriptorPoll _poll = new();
    private readonly OutputKeeper _output = new();
    private readonly OutputKeeper _error = new();
    private readonly PrintTeller _outputTeller = new(isError: false, TimeProvider.System);
    private readonly PrintTeller _errorTeller = new(isError: true, TimeProvider.System);
    private readonly byte[] _buffer = new byte[ReadBytes];
    private readonly List<SafeFileHandle> _handles = [];
    private readonly bool[] _isReady = new bool[3];
    private readonly int _ownCore = CpuAffinity.GetAllowed()[0];
    private volatile ErrorAnswer? _stopReason;
    private volatile bool _isStoppedHard;

    public CommandRunner(CommandHost host)
    {
        _host = host;
        _folder = new CommandFolder(host.CreateFolder(), host.NodeName);
    }

    public void Dispose() => _poll.Dispose();

    /// <summary>Asks the command that runs to end, or kills it.</summary>
    public void Stop(ErrorAnswer why, bool isHard)
    {
        _stopReason = why;
        _isStoppedHard |= isHard;
        _poll.Wake();
    }

    /// <summary>Runs a command to its end; afterwards nothing that it started runs any more.</summary>
    /// <exception cref="RowenException">It could not be started, or was ended with its lease.</exception>
    public CommandReport Run(CommandOrder order)
    {
        CommandItem item = order.Item;
        Check(item);
        IReadOnlyList<int> cores = _host.CoresFrom(_ownCore, item.Cores);
        string work = _folder.Prepare(item);
        try
        {
            _output.Begin(item.MaxOutputBytes);
            _error.Begin(item.MaxOutputBytes);
            _outputTeller.Begin(order.Index);
            _errorTeller.Begin(order.Index);
            CommandReport report = RunIn(work, order, cores);
            return report with
            {
                Output = _output.ToKept(),
                Error = _error.ToKept(),
                Files = _folder.Collect(work, item.FilesOut),
            };
        }
        finally
        {
            _folder.Clean();
        }
    }

    private static void Check(CommandItem item)
    {
        try
        {
            item.Check();
        }
        catch (ArgumentException exception)
        {
            throw new RowenException(ErrorCode.BadRequest, exception.Message, exception);
        }
    }

    private CommandReport RunIn(string work, CommandOrder order, IReadOnlyList<int> cores)
    {
        (_stopReason, _isStoppedHard) = (null, false);
        (long number, string mark) = _host.Add(this);
        try
        {
            long startedAt = Stopwatch.GetTimestamp();
            using ChildProcess child = Start(work, order, mark, cores);
            var life = new CommandLife(child.Id, startedAt, order.Item.TimeLimit);
            ChildProcessExit exit = Attend(child, life);
            TimeSpan duration = Stopwatch.GetElapsedTime(startedAt);
            _host.Remove(number); // before the last of the output: nobody is left to write more
            Pump(child.Output, _output, _outputTeller, isToEnd: true);
            Pump(child.Error, _error, _errorTeller, isToEnd: true);
            if (!life.IsAskedToEnd && WasKilled(exit))
            {
                _handles.Clear();
                _poll.Wait(_handles, _isReady, MemoryVerdict); // if it was for memory, the agent ends us and says so; the command alone seems to be at fault
            }

            return life.IsAskedToEnd && _stopReason is { } why ? throw why.ToException()
                : !life.IsAskedToEnd && WasTakenBack(exit) ? throw TakenBack()
                : life.Report(exit, duration) with { NodeName = _host.NodeName };
        }
        finally
        {
            _host.Remove(number);
        }
    }

    /// <summary>Whether it failed because the batch system, which signals all processes of a job, wants the node: that is no failure.</summary>
    private static bool WasTakenBack(ChildProcessExit exit)
    {
        const int terminate = (int)ProcessSignal.Terminate;
        bool isBySignal = exit.Signal == terminate || exit.ExitCode == 128 + terminate; // the latter from a shell
        return (isBySignal && BatchSignals.ComeNow()) || (exit is not { Signal: 0, ExitCode: 0 } && BatchSignals.HaveCome);
    }

    /// <summary>Whether it, or what a shell ran for it, was killed, by whomever.</summary>
    private static bool WasKilled(ChildProcessExit exit) =>
        exit.Signal == (int)ProcessSignal.Kill || exit.ExitCode == 128 + (int)ProcessSignal.Kill;

    private RowenException TakenBack() =>
        new(ErrorCode.LeaseRevoked, $"The batch system takes node {_host.NodeName} back, and ended the command with it.");

    private ChildProcess Start(string work, CommandOrder order, string mark, IReadOnlyList<int> cores)
    {
        CommandItem item = order.Item;
        Dictionary<string, string> environment = CommandEnvironment.Build(order.Index, item, _folder.Temporary, mark);
        string program = CommandEnvironment.Find(item.Arguments[0], environment, _host.NodeName);
        using SafeFileHandle? input = OpenInput(work, item);
        var start = new ChildProcessStart
        {
            FileName = program,
            CalledAs = item.Arguments[0],
            Arguments = [.. item.Arguments.Skip(1)],
            Environment = environment,
            WorkingFolder = work,
            Input = input,
            IsSession = true,
        };
        try
        {
            if (cores.Count > 1)
            {
                CpuAffinity.PinCurrentThread(cores); // the child inherits it
            }

            return ChildProcess.Start(start);
        }
        catch (Win32Exception exception)
        {
            throw new RowenException(
                ErrorCode.CommandNotStarted,
                $"The program '{Path.Combine(work, program)}' could not be started on node {_host.NodeName}: {Why(exception, Path.Combine(work, program))}",
                exception);
        }
        finally
        {
            if (cores.Count > 1)
            {
                CpuAffinity.PinCurrentThread(_ownCore);
            }
        }
    }

    private static string Why(Win32Exception exception, string program)
    {
        const int notFound = 2;
        const int notPermitted = 13;
        const int noFormat = 8;
        return exception.NativeErrorCode switch
        {
            notFound when File.Exists(program) => "the interpreter or loader that it names is not there.",
            notFound => "there is no such file.",
            notPermitted when Directory.Exists(program) => "it is a folder.",
            notPermitted => "it may not be executed (chmod +x), or a folder on the way may not be entered.",
            noFormat => "it is no program of this machine, and its first line names no interpreter (#!/bin/sh).",
            _ => exception.Message,
        };
    }

    private SafeFileHandle? OpenInput(string work, CommandItem item)
    {
        if (item.InputPath is not { } path)
        {
            return item.Input.IsEmpty ? null : ContentFile.Create(item.Input.Span);
        }

        string file = Path.Combine(work, path);
        try
        {
            return File.OpenHandle(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new RowenException(
                ErrorCode.CommandNotStarted,
                $"The input '{file}' of the command could not be opened on node {_host.NodeName}: {exception.Message}",
                exception);
        }
    }

    /// <summary>Reads what it prints until it ends; lets it end when it has to.</summary>
    private ChildProcessExit Attend(ChildProcess child, CommandLife life)
    {
        ChildProcessExit exit;
        while (!TryReap(child, out exit))
        {
            life.Enforce(_stopReason is not null, _isStoppedHard);
            _handles.Clear();
            AddIfOpen(child.Output);
            AddIfOpen(child.Error);
            if (child.EndHandle is { } end)
            {
                _handles.Add(end);
            }

            _poll.Wait(_handles, _isReady, life.NextLook(isBlind: child.EndHandle is null));
            Pump(child.Output, _output, _outputTeller, isToEnd: false);
            Pump(child.Error, _error, _errorTeller, isToEnd: false);
            _outputTeller.TellIfDue(_host.TellPrinted);
            _errorTeller.TellIfDue(_host.TellPrinted);
            life.Sample();
        }

        return exit;
    }

    /// <summary>Asks the kernel only when it has said that there is an answer.</summary>
    private bool TryReap(ChildProcess child, out ChildProcessExit exit)
    {
        exit = default;
        bool mayHaveEnded = child.EndHandle is null || (_handles.Count > 0 && _handles[^1] == child.EndHandle && _isReady[_handles.Count - 1]);
        return mayHaveEnded && child.TryReap(out exit);
    }

    private void AddIfOpen(OutputPipe pipe)
    {
        if (!pipe.HasEnded)
        {
            _handles.Add(pipe.Handle);
        }
    }

    private void Pump(OutputPipe pipe, OutputKeeper keeper, PrintTeller teller, bool isToEnd)
    {
        int count;
        while ((count = pipe.Read(_buffer)) > 0)
        {
            keeper.Add(_buffer.AsSpan(0, count));
            teller.Add(_buffer.AsSpan(0, count));
            if (!isToEnd && count < ReadBytes)
            {
                return;
            }
        }
    }
}
