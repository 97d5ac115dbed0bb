using Rowen.Protocol.Audits;
using Rowen.Protocol.Errors;
using Rowen.Protocol.Leases;
using Rowen.ResourceManager.Nodes;

namespace Rowen.ResourceManager.Leases;

/// <content>What the audit log is told.</content>
internal sealed partial class LeaseTable
{
    private void NoteAsked(Lease lease, ICollection<LeaseEffect> effects) =>
        Note(lease, AuditEvent.LeaseAsked, $"{WaitingReason.What(lease.Ask)}{(lease.Ask.Client.Length == 0 ? string.Empty : $", for {lease.Ask.Client}")}", effects);

    private void NoteGranted(Lease lease, Node node, ICollection<LeaseEffect> effects) => Note(
        lease,
        AuditEvent.LeaseGranted,
        $"{WaitingReason.What(new LeaseAsk { Kind = lease.Ask.Kind, Cores = lease.Cores, MemoryBytes = lease.MemoryBytes })} of {node}",
        effects);

    private void NoteEnded(Lease lease, ICollection<LeaseEffect> effects) =>
        effects.Add(new LeaseEffect.Audit(EntryOf(lease, AuditEvent.LeaseEnded) with { Code = lease.EndCode, What = lease.Reason }));

    private LeaseAnswer Refuse(LeaseAsk ask, ErrorAnswer error, ICollection<LeaseEffect> effects)
    {
        effects.Add(new LeaseEffect.Audit(new AuditEntry
        {
            Event = AuditEvent.LeaseRefused,
            User = ask.User,
            Account = _limits.AccountOf(ask.User),
            Code = error.Code,
            What = error.Message,
        }));
        return new LeaseAnswer(null, error);
    }

    private static void NoteNode(Node node, AuditEvent what, string why, ICollection<LeaseEffect> effects) =>
        effects.Add(new LeaseEffect.Audit(new AuditEntry { Event = what, Node = node.Id, Job = JobOrNone(node.BatchJob), What = why }));

    private void Note(Lease lease, AuditEvent what, string why, ICollection<LeaseEffect> effects) =>
        effects.Add(new LeaseEffect.Audit(EntryOf(lease, what) with { What = why }));

    private AuditEntry EntryOf(Lease lease, AuditEvent what) => new()
    {
        Event = what,
        User = lease.Ask.User,
        Account = _limits.AccountOf(lease.Ask.User),
        Lease = lease.Id,
        Node = lease.Node == default ? null : lease.Node,
        Job = JobOrNone(lease.BatchJob),
    };

    private static string? JobOrNone(string job) => job.Length == 0 ? null : job;
}
