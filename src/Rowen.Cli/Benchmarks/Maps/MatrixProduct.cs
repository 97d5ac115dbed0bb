using System.Collections.Concurrent;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Rowen.Fabric.OperatingSystem;
using Rowen.Functions;

namespace Rowen.Cli.Benchmarks.Maps;

/// <summary>Products of dense square matrices in double precision: what an item computes, in an executor and in a plain thread alike.</summary>
/// <remarks>Five for each item, as the published benchmark of Lithops-HPC has them; its matrices are 4096 × 4096.</remarks>
internal static class MatrixProduct
{
    /// <summary>Rows and columns: three such matrices take 6 MiB, as much as a core's share of a large cache.</summary>
    public const int Size = 512;

    /// <summary>Products of one item.</summary>
    public const int Count = 5;

    /// <summary>Multiplications and additions of one item.</summary>
    public const double Operations = Count * 2.0 * Size * Size * Size;

    private const string OpenBlas = "libopenblas.so.0";
    private const int PanelRows = 64; // of 4 KiB each: a quarter of a core's second cache
    private const int RowMajor = 101;
    private const int NoTranspose = 111;

    private static readonly string[] Computing = ["OPENBLAS_", "OMP_", "GOTO_", "MKL_"];
    private static readonly ConcurrentBag<Matrices> Idle = []; // used again: neither side pays for new pages each time
    private static readonly Lazy<Dgemm> OpenBlasKernel = new(Load);

    private delegate void Dgemm(
        int order, int transposeA, int transposeB, int m, int n, int k, double alpha, nint a, int lda, nint b, int ldb, double beta, nint c, int ldc);

    private delegate void SetThreads(int count);

    /// <summary>
    /// Lets the libraries that compute find in this process what they find in executors: one thread for each lane, and nothing else that this shell says. OPENBLAS_CORETYPE, for
    /// one, chooses another kernel. Before the first product.
    /// </summary>
    public static void ForgetShell()
    {
        foreach (string name in Environment.GetEnvironmentVariables().Keys.Cast<string>().Where(name => Computing.Any(start => name.StartsWith(start, StringComparison.Ordinal))))
        {
            NativeEnvironment.Set(name, null);
        }

        NativeEnvironment.Set("OPENBLAS_NUM_THREADS", "1");
        NativeEnvironment.Set("OMP_NUM_THREADS", "1");
    }

    /// <summary>Whether this machine has OpenBLAS.</summary>
    public static bool HasOpenBlas => NativeLibrary.TryLoad(OpenBlas, out _);

    /// <summary>Products by a kernel in C#.</summary>
    /// <param name="seed">What the matrices are filled from.</param>
    /// <returns>The sum of the products' diagonals.</returns>
    [Function("rowen bench product")]
    public static double ByDotnet(int seed)
    {
        return Compute(seed, static matrices => Multiply(matrices.Left.Values, matrices.Right.Values, matrices.Product.Values));
    }

    /// <summary>The same by OpenBLAS on one thread.</summary>
    /// <param name="seed">What the matrices are filled from.</param>
    /// <returns>The sum of the products' diagonals.</returns>
    [Function("rowen bench dgemm")]
    public static double ByOpenBlas(int seed)
    {
        return Compute(seed, static matrices => OpenBlasKernel.Value(
            RowMajor, NoTranspose, NoTranspose, Size, Size, Size, 1, matrices.Left.Address, Size, matrices.Right.Address, Size, 0, matrices.Product.Address, Size));
    }

    private static double Compute(int seed, Action<Matrices> multiply)
    {
        Matrices matrices = Idle.TryTake(out Matrices? used) ? used : new Matrices();
        double trace = 0;
        for (int product = 0; product < Count; product++)
        {
            Fill(matrices, seed + product);
            multiply(matrices);
            trace += Trace(matrices.Product.Values);
        }

        Idle.Add(matrices);
        return trace;
    }

    private static Dgemm Load()
    {
        nint library = NativeLibrary.Load(OpenBlas);
        Marshal.GetDelegateForFunctionPointer<SetThreads>(NativeLibrary.GetExport(library, "openblas_set_num_threads"))(1);
        return Marshal.GetDelegateForFunctionPointer<Dgemm>(NativeLibrary.GetExport(library, "cblas_dgemm"));
    }

    /// <summary>Small whole numbers: their sums are exact in any order, so that every kernel comes to the same.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Fill(Matrices matrices, int seed)
    {
        Span<double> left = matrices.Left.Values;
        Span<double> right = matrices.Right.Values;
        for (int i = 0; i < left.Length; i++)
        {
            left[i] = ((i * 31) + seed) & 15;
            right[i] = ((i * 17) - seed) & 15;
        }
    }

    private static double Trace(ReadOnlySpan<double> matrix)
    {
        double sum = 0;
        for (int i = 0; i < Size; i++)
        {
            sum += matrix[(i * Size) + i];
        }

        return sum;
    }

    /// <summary>By panels of the right matrix, so that what every row needs stays in the core's own cache: neighbours of this machine share the larger one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply(ReadOnlySpan<double> left, ReadOnlySpan<double> right, Span<double> product)
    {
        product.Clear();
        for (int top = 0; top < Size; top += PanelRows)
        {
            for (int i = 0; i < Size; i += 4)
            {
                MultiplyRows(left.Slice(i * Size, 4 * Size), right.Slice(top * Size, PanelRows * Size), product.Slice(i * Size, 4 * Size), top);
            }
        }
    }

    /// <summary>Four rows at a time, so that each element of the panel that is read serves four products.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyRows(ReadOnlySpan<double> left, ReadOnlySpan<double> panel, Span<double> product, int top)
    {
        Span<Vector<double>> first = MemoryMarshal.Cast<double, Vector<double>>(product[..Size]);
        Span<Vector<double>> second = MemoryMarshal.Cast<double, Vector<double>>(product.Slice(Size, Size));
        Span<Vector<double>> third = MemoryMarshal.Cast<double, Vector<double>>(product.Slice(2 * Size, Size));
        Span<Vector<double>> fourth = MemoryMarshal.Cast<double, Vector<double>>(product.Slice(3 * Size, Size));
        for (int k = 0; k < PanelRows; k++)
        {
            ReadOnlySpan<Vector<double>> row = MemoryMarshal.Cast<double, Vector<double>>(panel.Slice(k * Size, Size));
            var a = new Vector<double>(left[top + k]);
            var b = new Vector<double>(left[Size + top + k]);
            var c = new Vector<double>(left[(2 * Size) + top + k]);
            var d = new Vector<double>(left[(3 * Size) + top + k]);
            for (int j = 0; j < row.Length; j++)
            {
                Vector<double> element = row[j];
                first[j] = Vector.FusedMultiplyAdd(a, element, first[j]);
                second[j] = Vector.FusedMultiplyAdd(b, element, second[j]);
                third[j] = Vector.FusedMultiplyAdd(c, element, third[j]);
                fourth[j] = Vector.FusedMultiplyAdd(d, element, fourth[j]);
            }
        }
    }

    private sealed class Matrices
    {
        public Matrix Left { get; } = new(startBytes: 0);

        public Matrix Right { get; } = new(startBytes: 1024);

        public Matrix Product { get; } = new(startBytes: 2048);
    }

    /// <summary>
    /// Memory at the same place of its page in every process: where an array happens to begin within a line of the cache makes the kernel in C# a fifth faster or slower, and
    /// executors would be compared with the luck of a thread.
    /// </summary>
    private sealed class Matrix
    {
        private const int PageBytes = 4096;

        private readonly double[] _memory = GC.AllocateArray<double>((Size * Size) + (2 * PageBytes / sizeof(double)), pinned: true);
        private readonly int _start;

        public Matrix(int startBytes)
        {
            long first = Marshal.UnsafeAddrOfPinnedArrayElement(_memory, 0);
            long start = ((first + PageBytes - 1) & ~(long)(PageBytes - 1)) + startBytes;
            _start = (int)((start - first) / sizeof(double));
        }

        public nint Address => Marshal.UnsafeAddrOfPinnedArrayElement(_memory, _start);

        public Span<double> Values => _memory.AsSpan(_start, Size * Size);
    }
}
