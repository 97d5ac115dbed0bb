using System.Collections.Concurrent;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Rowen.Fabric.OperatingSystem;
using Rowen.Functions;

namespace Rowen.Cli.Benchmarks.Maps;

/// <summary>Products of dense square matrices in double precision: what an item computes, in an executor and in a plain thread alike.</summary>
internal static class MatrixProduct
{
    /// <summary>Rows and columns: three such matrices take 6 MiB, as much as a core's share of a large cache.</summary>
    public const int Size = 512;

    /// <summary>Multiplications and additions of one product.</summary>
    public const double Operations = 2.0 * Size * Size * Size;

    private const string OpenBlas = "libopenblas.so.0";
    private static readonly string[] Computing = ["OPENBLAS_", "OMP_", "GOTO_", "MKL_"];

    private const int RowMajor = 101;
    private const int NoTranspose = 111;

    private static readonly ConcurrentBag<Matrices> Idle = []; // used again: neither side pays for new pages each time
    private static readonly Lazy<Dgemm> OpenBlasKernel = new(Load);

    private delegate void Dgemm(
        int order, int transposeA, int transposeB, int m, int n, int k, double alpha, double[] a, int lda, double[] b, int ldb, double beta, double[] c, int ldc);

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

    /// <summary>One product by a kernel in C#.</summary>
    /// <param name="seed">What the matrices are filled from.</param>
    /// <returns>The sum of the product's diagonal.</returns>
    [Function("rowen bench product")]
    public static double ByDotnet(int seed)
    {
        return Compute(seed, static matrices => Multiply(matrices.Left, matrices.Right, matrices.Product));
    }

    /// <summary>The same by OpenBLAS on one thread.</summary>
    /// <param name="seed">What the matrices are filled from.</param>
    /// <returns>The sum of the product's diagonal.</returns>
    [Function("rowen bench dgemm")]
    public static double ByOpenBlas(int seed)
    {
        return Compute(seed, static matrices => OpenBlasKernel.Value(
            RowMajor, NoTranspose, NoTranspose, Size, Size, Size, 1, matrices.Left, Size, matrices.Right, Size, 0, matrices.Product, Size));
    }

    private static double Compute(int seed, Action<Matrices> multiply)
    {
        Matrices matrices = Idle.TryTake(out Matrices? used) ? used : new Matrices();
        Fill(matrices, seed);
        multiply(matrices);
        double trace = Trace(matrices.Product);
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
    private static void Fill(Matrices matrices, int seed)
    {
        for (int i = 0; i < matrices.Left.Length; i++)
        {
            matrices.Left[i] = ((i * 31) + seed) & 15;
            matrices.Right[i] = ((i * 17) - seed) & 15;
        }
    }

    private static double Trace(double[] matrix)
    {
        double sum = 0;
        for (int i = 0; i < Size; i++)
        {
            sum += matrix[(i * Size) + i];
        }

        return sum;
    }

    /// <summary>Four rows at a time, so that each element of the right matrix that is read serves four products.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply(double[] left, double[] right, double[] product)
    {
        Array.Clear(product);
        for (int i = 0; i < Size; i += 4)
        {
            Span<Vector<double>> first = MemoryMarshal.Cast<double, Vector<double>>(product.AsSpan(i * Size, Size));
            Span<Vector<double>> second = MemoryMarshal.Cast<double, Vector<double>>(product.AsSpan((i + 1) * Size, Size));
            Span<Vector<double>> third = MemoryMarshal.Cast<double, Vector<double>>(product.AsSpan((i + 2) * Size, Size));
            Span<Vector<double>> fourth = MemoryMarshal.Cast<double, Vector<double>>(product.AsSpan((i + 3) * Size, Size));
            for (int k = 0; k < Size; k++)
            {
                ReadOnlySpan<Vector<double>> row = MemoryMarshal.Cast<double, Vector<double>>(right.AsSpan(k * Size, Size));
                var a = new Vector<double>(left[(i * Size) + k]);
                var b = new Vector<double>(left[((i + 1) * Size) + k]);
                var c = new Vector<double>(left[((i + 2) * Size) + k]);
                var d = new Vector<double>(left[((i + 3) * Size) + k]);
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
    }

    private sealed class Matrices
    {
        public double[] Left { get; } = new double[Size * Size];

        public double[] Right { get; } = new double[Size * Size];

        public double[] Product { get; } = new double[Size * Size];
    }
}
