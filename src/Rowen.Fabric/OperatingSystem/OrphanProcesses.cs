using System.ComponentModel;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Rowen.Fabric.OperatingSystem;

/// <summary>
/// Descendants whose own parent has ended. A process that adopts them loses no process that any of its children has started,
/// whatever group, session or environment that one gave itself.
/// </summary>
/// <remarks>
/// <para>When a process ends, the kernel hands its children to the nearest adopter above it, in the same moment in which its
/// end becomes visible. So if a child has ended and no orphan is there, nothing that it started runs any more.</para>
/// <para>Thread safety: any thread. Children that this process starts on its first thread look like orphans.</para>
/// </remarks>
public static unsafe partial class OrphanProcesses
{
    private const int SetChildSubreaper = 36;
    private const int DoNotHang = 1;
    private const int ListBytes = 1024;

    private static readonly string List = string.Create(
        CultureInfo.InvariantCulture, $"/proc/{Environment.ProcessId}/task/{Environment.ProcessId}/children");

    private static readonly Lazy<SafeFileHandle?> OpenList = new(OpenOrNone);

    /// <summary>From now on orphans among this process's descendants come to it, and not to the system's first process.</summary>
    /// <exception cref="Win32Exception">The kernel refused.</exception>
    public static void Adopt()
    {
        if (Control(SetChildSubreaper, 1, 0, 0, 0) != 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError(), "This process could not become the adopter of orphans.");
        }
    }

    /// <summary>Ids of the orphans that were adopted and not yet reaped, those that have ended included.</summary>
    /// <remarks>Their ids stay theirs until <see cref="TryReap"/>.</remarks>
    public static IReadOnlyList<int> Find()
    {
        string text = ListOrEmpty();
        return text.Length == 0
            ? []
            : [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                .Select(id => int.Parse(id, CultureInfo.InvariantCulture))];
    }

    /// <summary>The session that a process is in; 0 if it is gone.</summary>
    /// <param name="processId">The process; 0 for the caller's own.</param>
    public static int SessionOf(int processId) => GetSession(processId) is > 0 and int session ? session : 0;

    /// <summary>A variable of the environment with which a process was started; null if it had none, or is none any more.</summary>
    /// <param name="processId">The process.</param>
    /// <param name="name">The variable.</param>
    public static string? VariableOrNone(int processId, string name)
    {
        string prefix = name + "=";
        string environment = ReadOrEmpty(string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/environ"));
        return environment.Split('\0').FirstOrDefault(entry => entry.StartsWith(prefix, StringComparison.Ordinal))?[prefix.Length..];
    }

    /// <summary>Takes an orphan's end, if it has ended.</summary>
    /// <param name="processId">One of <see cref="Find"/>.</param>
    /// <returns>True if it is gone.</returns>
    public static bool TryReap(int processId)
    {
        int status;
        return Wait(processId, &status, DoNotHang) != 0;
    }

    /// <summary>Looked at once for each command: the file stays open, and to find nothing takes one call.</summary>
    private static string ListOrEmpty()
    {
        Span<byte> bytes = stackalloc byte[ListBytes];
        try
        {
            SafeFileHandle? list = OpenList.Value;
            int count = list is null ? 0 : RandomAccess.Read(list, bytes, fileOffset: 0);
            return count == 0 ? string.Empty
                : count < ListBytes ? Encoding.ASCII.GetString(bytes[..count])
                : ReadOrEmpty(List);
        }
        catch (IOException)
        {
            return ReadOrEmpty(List);
        }
    }

    private static SafeFileHandle? OpenOrNone()
    {
        try
        {
            return File.OpenHandle(List);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null; // a kernel without such lists
        }
    }

    private static string ReadOrEmpty(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return string.Empty;
        }
    }

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    private static partial int Control(int option, nuint first, nuint second, nuint third, nuint fourth);

    [LibraryImport("libc", EntryPoint = "getsid")]
    private static partial int GetSession(int processId);

    [LibraryImport("libc", EntryPoint = "waitpid")]
    private static partial int Wait(int processId, int* status, int options);
}
