using System.Reflection;
using System.Runtime.CompilerServices;
using Rowen.Lambdas;
using Rowen.Protocol.ControlMessages;

namespace Rowen.Executor.Lambdas;

/// <content>What objects hold.</content>
internal sealed partial class GraphReader
{
    private void FillFields(object value, GraphShape shape, ref MessageReader contents)
    {
        foreach (FieldInfo field in shape.Fields)
        {
            field.SetValue(value, ReadSlot(field.FieldType, ref contents));
        }
    }

    private void FillArray(Array array, ref MessageReader contents)
    {
        Type element = array.GetType().GetElementType()!;
        if (array.Rank == 1)
        {
            for (int i = 0; i < array.Length; i++)
            {
                array.SetValue(ReadSlot(element, ref contents), i);
            }

            return;
        }

        int[] place = new int[array.Rank];
        for (long i = 0; i < array.LongLength; i++)
        {
            array.SetValue(ReadSlot(element, ref contents), place);
            Advance(place, array);
        }
    }

    private static void Advance(int[] place, Array array)
    {
        for (int dimension = place.Length - 1; dimension >= 0 && ++place[dimension] == array.GetLength(dimension); dimension--)
        {
            place[dimension] = 0;
        }
    }

    private void FillCollection(FilledCollection collection, ref MessageReader contents)
    {
        for (int i = CollectionForms.ComparerCount(collection.Type); i > 0; i--)
        {
            collection.Comparers.Add(ObjectOf(contents.I32()));
        }

        int count = contents.I32();
        for (int i = 0; i < count; i++)
        {
            collection.Elements.Add(ReadSlot(CollectionForms.ElementType(collection.Type, i), ref contents));
            if (contents.IsDamaged)
            {
                throw GraphNames.Damaged($"a {collection.Type} of {count} elements");
            }
        }
    }

    private object? ReadSlot(Type declared, ref MessageReader contents)
    {
        if (!declared.IsValueType)
        {
            return ObjectOf(contents.I32());
        }

        if (Nullable.GetUnderlyingType(declared) is { } underlying)
        {
            return contents.Flag() ? ReadSlot(underlying, ref contents) : null;
        }

        if (PlainBytes.Has(declared))
        {
            return ReadPlain(declared, contents.Bytes());
        }

        GraphShape shape = _names.Shape(contents.I32());
        object value = shape.Type == declared
            ? RuntimeHelpers.GetUninitializedObject(declared)
            : throw GraphNames.Damaged($"a {shape.Type} in place of a {declared}");
        FillFields(value, shape, ref contents);
        return value;
    }

    private static object ReadPlain(Type type, byte[] bytes) => PlainBytes.Has(type) && PlainBytes.ValueOrNone(type, bytes) is { } value
        ? value
        : throw GraphNames.Damaged($"a {type} in {bytes.Length} bytes");

    private object? ObjectOf(int number) => number == 0 ? null : _objects[IndexOf(number)];

    private int IndexOf(int number) => number >= 1 && number <= _objects.Length
        ? number - 1
        : throw GraphNames.Damaged($"object {number} of {_objects.Length}");

    private static void Skip(int count, ref MessageReader contents)
    {
        for (int i = 0; i < count; i++)
        {
            _ = contents.I32();
        }
    }
}
