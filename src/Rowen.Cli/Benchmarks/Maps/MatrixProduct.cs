using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
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
    private const int RowMajor = 101;
    private const int NoTranspose = 111;

    [ThreadStatic]
    private static double[]? s_left;

    [ThreadStatic]
    private static double[]? s_right;

    [ThreadStatic]
    private static double[]? s_product;

    private static Dgemm? s_dgemm;

    private delegate void Dgemm(
        int order, int transposeA, int transposeB, int m, int n, int k, double alpha, double[] a, int lda, double[] b, int ldb, double beta, double[] c, int ldc);

    private delegate void SetThreads(int count);

    /// <summary>Whether this machine has OpenBLAS.</summary>
    public static bool HasOpenBlas => NativeLibrary.TryLoad(OpenBlas, out _);

    /// <summary>One product by a kernel in C#.</summary>
    /// <param name="seed">What the matrices are filled from.</param>
    /// <returns>The sum of the product's diagonal.</returns>
    [Function("rowen bench product")]
    public static double ByDotnet(int seed)
    {
        Fill(seed);
        Multiply(s_left!, s_right!, s_product!);
        return Trace(s_product!);
    }

    /// <summary>The same by OpenBLAS on one thread.</summary>
    /// <param name="seed">What the matrices are filled from.</param>
    /// <returns>The sum of the product's diagonal.</returns>
    [Function("rowen bench dgemm")]
    public static double ByOpenBlas(int seed)
    {
        Fill(seed);
        Dgemm dgemm = s_dgemm ??= Load();
        dgemm(RowMajor, NoTranspose, NoTranspose, Size, Size, Size, 1, s_left!, Size, s_right!, Size, 0, s_product!, Size);
        return Trace(s_product!);
    }

    private static Dgemm Load()
    {
        nint library = NativeLibrary.Load(OpenBlas);
        Marshal.GetDelegateForFunctionPointer<SetThreads>(NativeLibrary.GetExport(library, "openblas_set_num_threads"))(1);
        return Marshal.GetDelegateForFunctionPointer<Dgemm>(NativeLibrary.GetExport(library, "cblas_dgemm"));
    }

    /// <summary>Small whole numbers: their sums are exact in any order, so that every kernel comes to the same.</summary>
    private static void Fill(int seed)
    {
        s_left ??= new double[Size * Size];
        s_right ??= new double[Size * Size];
        s_product ??= new double[Size * Size];
        for (int i = 0; i < s_left.Length; i++)
        {
            s_left[i] = ((i * 31) + seed) & 15;
            s_right[i] = ((i * 17) - seed) & 15;
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
}
