using System.Reflection;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Rowen.Executor.CodePackages;
using Rowen.Executor.Functions;
using Rowen.Executor.Invocations;
using Rowen.Fabric;

namespace Rowen.Executor.Rehearsals;

/// <summary>
/// What every lease needs and none decides, begun on a second thread while the first still connects: libraries to load,
/// code to compile. An executor that is started for a waiting lease has no time to rehearse.
/// </summary>
internal static class Preparation
{
    public static void Start()
    {
        FabricProviders.PrepareInBackground();
        new Thread(Run) { Name = "rowen-prepare", IsBackground = true }.Start();
    }

    private static void Run()
    {
        _ = HMACSHA256.HashData(RandomNumberGenerator.GetBytes(1), (byte[])[]); // loads OpenSSL
        ThreadPool.UnsafeQueueUserWorkItem(static _ => { }, null);
        _ = string.CompareOrdinal("ab", "ac"); // vectorised, so that the runtime has no compiled form of it; sorting names needs it
        var functions = new List<FoundFunction>();
        FunctionScan.Scan(typeof(Preparation).Assembly.Location, functions);
        foreach (FoundFunction function in functions)
        {
            _ = DotnetFunction.Bind(function, typeof(Preparation).Module);
        }

        const BindingFlags all = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        foreach (MethodInfo method in typeof(FunctionLoop).GetMethods(all))
        {
            RuntimeHelpers.PrepareMethod(method.MethodHandle);
        }
    }
}
