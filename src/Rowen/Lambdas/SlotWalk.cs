using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Rowen.StoredResults;

namespace Rowen.Lambdas;

/// <summary>Shows a visitor what objects hold, as far as the code reads it.</summary>
[UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "Fields of the program's own types, which are sent as they are.")]
internal sealed class SlotWalk(ReadAnalysis analysis)
{
    /// <summary>The fields of a type's objects that travel.</summary>
    public FieldInfo[] FieldsThatTravel(Type type) =>
        [.. ReadAnalysis.FieldsOf(type).Where(field => analysis.IsRead(field, type))];

    /// <summary>What an object holds beyond its tag and type.</summary>
    public void Visit(object value, GraphTag tag, SlotVisitor visitor)
    {
        switch (tag)
        {
            case GraphTag.Fields:
                VisitFields(value.GetType(), value, within: null, visitor);
                break;
            case GraphTag.Array:
                VisitArray((Array)value, visitor);
                break;
            case GraphTag.Collection:
                VisitCollection(value, visitor);
                break;
            case GraphTag.Delegate:
                object? target = ((Delegate)value).Target;
                bool isSilent = target is null or StoredFunction || CodeOrigin.IsClosure(target.GetType());
                visitor.Reference(typeof(object), target, isSilent ? default : new GraphStep(null, Within: ".this"));
                break;
            case GraphTag.Delegates:
                foreach (Delegate each in Delegate.EnumerateInvocationList((Delegate)value))
                {
                    visitor.Reference(value.GetType(), each, default);
                }

                break;
            default:
                break; // all is said by its tag
        }
    }

    private void VisitFields(Type type, object value, string? within, SlotVisitor visitor)
    {
        foreach (FieldInfo field in FieldsThatTravel(type))
        {
            VisitSlot(field.FieldType, field.GetValue(value), value is StoredFunction ? default : new GraphStep(field, Within: within), visitor);
        }
    }

    private void VisitArray(Array array, SlotVisitor visitor)
    {
        Type element = array.GetType().GetElementType()!;
        long number = 0;
        foreach (object? each in array)
        {
            VisitSlot(element, each, new GraphStep(null, ++number), visitor);
        }
    }

    private void VisitCollection(object collection, SlotVisitor visitor)
    {
        Type type = collection.GetType();
        foreach (object? comparer in CollectionForms.ComparersOf(collection))
        {
            visitor.Reference(typeof(object), comparer, default);
        }

        object?[] elements = [.. CollectionForms.ElementsOf(collection)]; // once: others may change it meanwhile
        visitor.Count(elements.Length);
        for (int i = 0; i < elements.Length; i++)
        {
            VisitSlot(CollectionForms.ElementType(type, i), elements[i], new GraphStep(null, i + 1), visitor);
        }
    }

    private void VisitSlot(Type declared, object? value, GraphStep step, SlotVisitor visitor)
    {
        if (!declared.IsValueType)
        {
            visitor.Reference(declared, value, step);
        }
        else if (Nullable.GetUnderlyingType(declared) is { } underlying)
        {
            visitor.Flag(value is not null);
            if (value is not null)
            {
                VisitSlot(underlying, value, step, visitor);
            }
        }
        else if (PlainBytes.Has(declared))
        {
            visitor.Plain(declared, value!);
        }
        else
        {
            visitor.Value(declared, step);
            VisitFields(declared, value!, step.ToString(), visitor);
        }
    }
}
