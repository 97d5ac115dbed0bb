using System.Globalization;

namespace Rowen.ResourceManager.Harvesting.Slurm.Examination;

/// <summary>Names and values as <c>scontrol show</c> prints them: the whole configuration, or a partition, or a node. Tolerates whatever is there.</summary>
internal sealed class SlurmRecord
{
    private const int MaxValueLength = 300;

    private readonly Dictionary<string, string> _values = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The value; empty if there is none, also where Slurm says so in words.</summary>
    public string this[string name] => _values.TryGetValue(name, out string? value) && value is not "(null)" and not "N/A" ? value : string.Empty;

    /// <summary>Lines of <c>name = value</c>.</summary>
    public static SlurmRecord OfLines(string text)
    {
        var record = new SlurmRecord();
        foreach (string line in text.Split('\n'))
        {
            record.Add(line);
        }

        return record;
    }

    /// <summary>Words of <c>name=value</c>, a record a line.</summary>
    public static IReadOnlyList<SlurmRecord> OfOneliners(string text, string key)
    {
        var records = new List<SlurmRecord>();
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var record = new SlurmRecord();
            foreach (string word in line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                record.Add(word);
            }

            if (record[key].Length > 0)
            {
                records.Add(record);
            }
        }

        return records;
    }

    /// <summary>Whether a value with commas in it has this one, case aside.</summary>
    public bool Lists(string name, string item) => this[name].Split(',').Contains(item, StringComparer.OrdinalIgnoreCase);

    /// <summary>A time (<see cref="SlurmTime"/>); null if it is unlimited, or no time.</summary>
    public TimeSpan? TimeOrNone(string name) => SlurmTime.ParseOrNone(this[name]);

    /// <summary>A number; null if it is none.</summary>
    public int? NumberOrNone(string name) => TryParse(this[name], out int number) ? number : null;

    private void Add(string pair)
    {
        int at = pair.IndexOf('=', StringComparison.Ordinal);
        if (at > 0)
        {
            string value = new([.. pair[(at + 1)..].Trim().Where(letter => !char.IsControl(letter)).Take(MaxValueLength)]);
            _values.TryAdd(pair[..at].Trim(), value); // a reason may hold what looks like a pair, and stands last
        }
    }

    private static bool TryParse(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number < 10_000_000;
}
