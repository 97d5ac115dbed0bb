using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Rowen.Executor.CodePackages;
using Rowen.Executor.Functions;
using Rowen.Fabric.ControlSockets;
using Rowen.Protocol.ControlMessages;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Executors;
using Rowen.Protocol.Identifiers;
using Rowen.Protocol.Sessions;

namespace Rowen.Executor;

/// <summary>Gets code packages from the agent and loads each once.</summary>
internal sealed class PackageLoader(ControlSocket agent, FunctionTable functions)
{
    /// <summary>Fetching through a slow network may take long; the agent answers as soon as it knows.</summary>
    private static readonly TimeSpan FetchTimeout = TimeSpan.FromMinutes(2);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, PackageFunctions> _loaded = new(StringComparer.Ordinal);
    private readonly Dictionary<string, CodePackageContext> _contexts = new(StringComparer.Ordinal);
    private readonly BlockingCollection<PackageAnswer> _answers = new(boundedCapacity: 16);

    /// <summary>Whether user code may have run in this process.</summary>
    public bool HasLoaded { get; private set; }

    /// <summary>The agent's answer; called on the agent's socket thread.</summary>
    public void Answer(PackageAnswer answer) => _answers.TryAdd(answer);

    /// <summary>Where the assemblies of a loaded package live.</summary>
    /// <exception cref="RowenException">It was not loaded.</exception>
    public CodePackageContext ContextOf(CodePackageId package)
    {
        lock (_lock)
        {
            return _contexts.TryGetValue(package.ToString(), out CodePackageContext? context)
                ? context
                : throw new RowenException(ErrorCode.UnknownPackage, $"Code package {package.ToShortString()} is not loaded here: load it first.");
        }
    }

    /// <summary>Whether a package is loaded.</summary>
    public bool Has(CodePackageId package)
    {
        lock (_lock)
        {
            return _contexts.ContainsKey(package.ToString());
        }
    }

    /// <summary>Loads a package, or says why not. Called on a thread that may wait.</summary>
    public PackageFunctions Load(LoadPackage load) => Load(load, isBrought: false);

    /// <summary>Loads the package of the assignment, which the agent brings unasked.</summary>
    public void LoadAhead(CodePackageId package) => Load(new LoadPackage(Ask: 0, package), isBrought: true);

    private PackageFunctions Load(LoadPackage load, bool isBrought)
    {
        lock (_lock)
        {
            if (!_loaded.TryGetValue(load.Package.ToString(), out PackageFunctions? functionsOfPackage))
            {
                functionsOfPackage = LoadLocked(load.Package, isBrought);
                if (functionsOfPackage.Error is null)
                {
                    _loaded.Add(load.Package.ToString(), functionsOfPackage);
                }
            }

            return functionsOfPackage with { Ask = load.Ask };
        }
    }

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "User assemblies throw anything; the owner is told.")]
    private PackageFunctions LoadLocked(CodePackageId package, bool isBrought)
    {
        try
        {
            if (!isBrought)
            {
                agent.Send((byte)ExecutorMessage.NeedPackage, ControlMessage.Write(new PackageQuestion(package)));
            }

            string folder = AwaitFolder(package);
            HasLoaded = true;
            var context = new CodePackageContext(folder);
            IReadOnlyList<FunctionDescription> loaded = functions.Add(CodePackageLoader.Load(context));
            _contexts[package.ToString()] = context;
            return new PackageFunctions(0, package, loaded, Error: null);
        }
        catch (RowenException exception)
        {
            return Failed(package, new ErrorAnswer(exception.Code, exception.Message));
        }
        catch (Exception exception)
        {
            return Failed(package, new ErrorAnswer(
                ErrorCode.PackageUnusable, $"Code package {package.ToShortString()} could not be loaded: {exception.GetType().Name}: {exception.Message}"));
        }
    }

    private static PackageFunctions Failed(CodePackageId package, ErrorAnswer why) => new(0, package, [], why);

    private string AwaitFolder(CodePackageId package)
    {
        while (_answers.TryTake(out PackageAnswer? answer, FetchTimeout))
        {
            if (answer.Package == package)
            {
                return answer.Folder ?? throw (answer.Error ?? new ErrorAnswer(ErrorCode.UnknownPackage, $"The agent has no code package {package}.")).ToException();
            }
        }

        throw new RowenException(ErrorCode.UnknownPackage, $"The agent did not bring code package {package.ToShortString()} within {FetchTimeout.TotalSeconds} s.");
    }
}
