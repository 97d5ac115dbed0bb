using Microsoft.Data.Sqlite;

namespace Rowen.ResourceManager.Journal;

/// <summary>The statements of a commit, compiled once per connection.</summary>
internal sealed class JournalStatements(SqliteConnection connection) : IDisposable
{
    private readonly SqliteCommand _count =
        Compile(connection, "UPDATE counter SET lease = $lease, node = $node WHERE id = 1", "$lease", "$node");

    public SqliteCommand Begin { get; } = Compile(connection, "BEGIN IMMEDIATE");

    public SqliteCommand Commit { get; } = Compile(connection, "COMMIT");

    public SqliteCommand SaveLease { get; } =
        Compile(connection, "INSERT OR REPLACE INTO lease VALUES ($id, $body, $checksum)", "$id", "$body", "$checksum");

    public SqliteCommand SaveNode { get; } =
        Compile(connection, "INSERT OR REPLACE INTO node VALUES ($id, $body, $checksum)", "$id", "$body", "$checksum");

    public SqliteCommand DeleteLease { get; } = Compile(connection, "DELETE FROM lease WHERE id = $id", "$id");

    public SqliteCommand DeleteNode { get; } = Compile(connection, "DELETE FROM node WHERE id = $id", "$id");

    public static void Save(SqliteCommand command, long id, byte[] body, byte[] checksum)
    {
        command.Parameters[0].Value = id;
        command.Parameters[1].Value = body;
        command.Parameters[2].Value = checksum;
        command.ExecuteNonQuery();
    }

    public static void Delete(SqliteCommand command, long id)
    {
        command.Parameters[0].Value = id;
        command.ExecuteNonQuery();
    }

    public void Count(long lastLeaseId, long lastNodeId)
    {
        _count.Parameters[0].Value = lastLeaseId;
        _count.Parameters[1].Value = lastNodeId;
        _count.ExecuteNonQuery();
    }

    public void Dispose()
    {
        Begin.Dispose();
        Commit.Dispose();
        SaveLease.Dispose();
        SaveNode.Dispose();
        DeleteLease.Dispose();
        DeleteNode.Dispose();
        _count.Dispose();
    }

    private static SqliteCommand Compile(SqliteConnection connection, string constantSql, params string[] parameters)
    {
        SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // only constants of this file come here
        command.CommandText = constantSql;
#pragma warning restore CA2100
        foreach (string name in parameters)
        {
            command.Parameters.Add(new SqliteParameter { ParameterName = name });
        }

        return command;
    }
}
