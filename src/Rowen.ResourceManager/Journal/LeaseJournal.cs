using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Data.Sqlite;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Identifiers;
using Rowen.ResourceManager.Leases;
using Rowen.ResourceManager.Nodes;

namespace Rowen.ResourceManager.Journal;

/// <summary>The manager's durable memory: one SQLite file. Used by one thread at a time.</summary>
/// <remarks>
/// Write-ahead log with full synchronisation: a commit costs one fsync, however many records it holds. Each record is
/// JSON with a checksum of its own, since SQLite does not notice a flipped bit within a value.
/// </remarks>
internal sealed class LeaseJournal : IDisposable
{
    private const long SchemaVersion = 1;

    /// <summary>SQLITE_CORRUPT and SQLITE_NOTADB.</summary>
    private const int CorruptCode = 11;
    private const int NotADatabaseCode = 26;

    private readonly string _path;
    private SqliteConnection? _connection;
    private JournalStatements? _statements;
    private (ulong Lease, uint Node) _counted; // what is durable

    static LeaseJournal() => SQLitePCL.Batteries_V2.Init();

    private LeaseJournal(string path) => _path = path;

    /// <summary>Opens or creates the journal, and counts this manager.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="state">What it holds.</param>
    /// <exception cref="RowenException">The file is damaged, of a newer version, or cannot be written.</exception>
    public static LeaseJournal Open(string path, out JournalState state)
    {
        var journal = new LeaseJournal(path);
        try
        {
            journal.Connect();
            journal.CheckHealth();
            state = journal.Load();
            return journal;
        }
        catch (Exception exception) when (exception is SqliteException or IOException or UnauthorizedAccessException)
        {
            journal.Dispose();
            throw journal.Explain(exception);
        }
        catch
        {
            journal.Dispose();
            throw;
        }
    }

    /// <summary>Makes a batch durable, all of it or nothing.</summary>
    /// <exception cref="RowenException"><see cref="ErrorCode.StorageFailed"/>: the disk is full, or fails.</exception>
    public void Write(JournalBatch batch, ulong lastLeaseId, uint lastNodeId)
    {
        try
        {
            Connect();
            WriteTransaction(batch, lastLeaseId, lastNodeId);
        }
        catch (Exception exception) when (exception is SqliteException or IOException or UnauthorizedAccessException)
        {
            Disconnect(); // whatever state the connection is in: the next attempt begins afresh
            throw Explain(exception);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Disconnect();

    private void Connect()
    {
        if (_connection is not null)
        {
            return;
        }

        CreatePrivateFile();
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = _path,
            Mode = SqliteOpenMode.ReadWrite,
            Pooling = false,
            DefaultTimeout = 5,
        }.ToString());
        try
        {
            connection.Open();
            Prepare(connection);
            _statements = new JournalStatements(connection);
            _connection = connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private void CreatePrivateFile()
    {
        // SQLite gives its log the mode of the file, so that both are ours alone from the first byte.
        using FileStream file = new(_path, new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.ReadWrite,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
    }

    private void Prepare(SqliteConnection connection)
    {
        // Exclusive: nobody else may look in, and SQLite needs no shared-memory file. 4 MiB of log between checkpoints.
        Execute(connection, "PRAGMA locking_mode = EXCLUSIVE");
        Execute(connection, "PRAGMA journal_mode = WAL");
        Execute(connection, "PRAGMA synchronous = FULL");
        Execute(connection, "PRAGMA wal_autocheckpoint = 1000");
        Execute(connection, "PRAGMA journal_size_limit = 8388608");
        long version = Convert.ToInt64(Scalar(connection, "PRAGMA user_version"), CultureInfo.InvariantCulture);
        if (version > SchemaVersion)
        {
            throw new RowenException(ErrorCode.OtherVersion, string.Create(
                CultureInfo.InvariantCulture,
                $"The manager's state in {_path} has format {version}; this Rowen knows {SchemaVersion}. Start the newer Rowen that wrote it."));
        }

        if (version < SchemaVersion)
        {
            Execute(connection, """
                BEGIN IMMEDIATE;
                CREATE TABLE lease (id INTEGER PRIMARY KEY, body BLOB NOT NULL, checksum BLOB NOT NULL);
                CREATE TABLE node (id INTEGER PRIMARY KEY, body BLOB NOT NULL, checksum BLOB NOT NULL);
                CREATE TABLE counter (id INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, lease INTEGER NOT NULL, node INTEGER NOT NULL);
                INSERT INTO counter VALUES (1, 0, 0, 0);
                PRAGMA user_version = 1;
                COMMIT;
                """);
        }
    }

    private void CheckHealth()
    {
        if (Scalar(_connection!, "PRAGMA quick_check") is not "ok")
        {
            throw Damaged("SQLite finds it inconsistent");
        }
    }

    private JournalState Load()
    {
        Execute(_connection!, "UPDATE counter SET epoch = epoch + 1 WHERE id = 1");
        long epoch, lastLease, lastNode;
        using (SqliteCommand command = CommandOf(_connection!, "SELECT epoch, lease, node FROM counter WHERE id = 1"))
        using (SqliteDataReader reader = command.ExecuteReader())
        {
            if (!reader.Read())
            {
                throw Damaged("its counters are missing");
            }

            (epoch, lastLease, lastNode) = (reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2));
        }

        return new JournalState(
            (uint)epoch,
            (ulong)lastLease,
            (uint)lastNode,
            LoadAll("SELECT id, body, checksum FROM node ORDER BY id", JournalJson.Default.NodeRecord),
            LoadAll("SELECT id, body, checksum FROM lease ORDER BY id", JournalJson.Default.LeaseRecord));
    }

    private List<T> LoadAll<T>(string sql, JsonTypeInfo<T> type)
    {
        using SqliteCommand command = CommandOf(_connection!, sql);
        using SqliteDataReader reader = command.ExecuteReader();
        var records = new List<T>();
        while (reader.Read())
        {
            byte[] body = reader.GetFieldValue<byte[]>(1);
            if (!Checksum(reader.GetInt64(0), body).AsSpan().SequenceEqual(reader.GetFieldValue<byte[]>(2)))
            {
                throw Damaged(string.Create(
                    CultureInfo.InvariantCulture, $"record {reader.GetInt64(0)} of {typeof(T).Name} differs from its checksum"));
            }

            try
            {
                records.Add(JsonSerializer.Deserialize(body, type) ?? throw new JsonException("null"));
            }
            catch (JsonException exception)
            {
                throw Damaged(exception.Message);
            }
        }

        return records;
    }

    private void WriteTransaction(JournalBatch batch, ulong lastLeaseId, uint lastNodeId)
    {
        JournalStatements statements = _statements!;
        statements.Begin.ExecuteNonQuery();
        foreach ((NodeId id, NodeRecord? node) in batch.Nodes)
        {
            if (node is null)
            {
                JournalStatements.Delete(statements.DeleteNode, id.Value);
            }
            else
            {
                Save(statements.SaveNode, id.Value, JsonSerializer.SerializeToUtf8Bytes(node, JournalJson.Default.NodeRecord));
            }
        }

        foreach ((LeaseId id, LeaseRecord? lease) in batch.Leases)
        {
            if (lease is null)
            {
                JournalStatements.Delete(statements.DeleteLease, (long)id.Value);
            }
            else
            {
                Save(statements.SaveLease, (long)id.Value, JsonSerializer.SerializeToUtf8Bytes(lease, JournalJson.Default.LeaseRecord));
            }
        }

        if (_counted != (lastLeaseId, lastNodeId)) // one page less for all that gives no number
        {
            statements.Count((long)lastLeaseId, lastNodeId);
        }

        statements.Commit.ExecuteNonQuery();
        _counted = (lastLeaseId, lastNodeId);
    }

    private static void Save(SqliteCommand command, long id, byte[] body) =>
        JournalStatements.Save(command, id, body, Checksum(id, body));

    /// <summary>Of number and body: a record under another's number is damage too.</summary>
    private static byte[] Checksum(long id, byte[] body)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(BitConverter.GetBytes(id));
        hash.AppendData(body);
        return hash.GetHashAndReset()[..8];
    }

    private RowenException Explain(Exception exception) =>
        exception is SqliteException { SqliteErrorCode: CorruptCode or NotADatabaseCode }
            ? Damaged(exception.Message)
            : new RowenException(
                ErrorCode.StorageFailed,
                $"The manager cannot write to its disk, and grants nothing that it could not remember: {exception.Message} "
                + $"({_path}). It goes on by itself when that is mended.",
                exception);

    private RowenException Damaged(string how) => new(
        ErrorCode.StorageFailed,
        $"The manager's state in {_path} is damaged: {how}. Restore the file, or move it away to begin with an empty cluster.");

    private void Disconnect()
    {
        _statements?.Dispose();
        _connection?.Dispose();
        (_statements, _connection) = (null, null);
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = CommandOf(connection, sql);
        command.ExecuteNonQuery();
    }

    private static object? Scalar(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = CommandOf(connection, sql);
        return command.ExecuteScalar();
    }

    private static SqliteCommand CommandOf(SqliteConnection connection, string constantSql)
    {
        SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // only constants of this file come here
        command.CommandText = constantSql;
#pragma warning restore CA2100
        return command;
    }
}
