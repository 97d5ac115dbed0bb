namespace Rowen.Cli.Jobs.Reports;

/// <summary>How reports look. Blue and vermilion are told apart by every eye; what failed has a pattern of its own, too.</summary>
internal static class ReportStyle
{
    /// <summary>Of the pictures, in both forms; colors are variables.</summary>
    public const string Pictures = """
        text { font: 11px system-ui, sans-serif; fill: var(--dim); }
        text.middle { text-anchor: middle; }
        text.end { text-anchor: end; }
        text.head { font-size: 13px; font-weight: 600; fill: var(--ink); }
        .grid { stroke: var(--line); stroke-width: 1; }
        .run { stroke: var(--ink); stroke-width: 1.5; stroke-dasharray: 4 3; }
        .done { fill: var(--done); }
        .item.done { stroke: var(--page); stroke-width: 0.5; }
        .failed { fill: var(--failed); stroke: var(--failed); stroke-width: 1; }
        .area { fill: var(--done); fill-opacity: 0.35; stroke: var(--done); stroke-width: 1; }
        .line { fill: none; stroke: var(--done); } .line.bad { stroke: var(--failed); }
        .piece { fill-opacity: 0; }
        .s1 { fill-opacity: 0.25; } .s2 { fill-opacity: 0.4; } .s3 { fill-opacity: 0.6; } .s4 { fill-opacity: 0.8; } .s5 { fill-opacity: 1; }
        """;

    public const string Light = "--page: #ffffff; --ink: #1b1f24; --dim: #59636e; --line: #d9dee3; --done: #0072b2; --failed: #d55e00; --soft: #f4f6f8;";

    public const string Dark = "--page: #15191e; --ink: #e8ebee; --dim: #a3adb8; --line: #343c45; --done: #56b4e9; --failed: #ff9248; --soft: #1e242b;";

    public const string Page = $$"""
        :root { color-scheme: light dark; {{Light}} }
        @media (prefers-color-scheme: dark) { :root { {{Dark}} } }
        @media print { :root { {{Light}} } }
        body { background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 1040px; padding: 0 1rem; }
        h1 { font-size: 1.5rem; margin: 0 0 .25rem; } h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
        p.dim, .dim { color: var(--dim); }
        svg { display: block; width: 100%; height: auto; }
        .cards { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1rem 0; padding: 0; list-style: none; }
        .cards li { background: var(--soft); border-radius: 8px; padding: .6rem 1rem; }
        .cards b { display: block; font-size: 1.25rem; font-variant-numeric: tabular-nums; }
        .two { display: grid; grid-template-columns: repeat(auto-fit, minmax(320px, 1fr)); gap: 1.5rem; }
        table { border-collapse: collapse; width: 100%; }
        th, td { border-bottom: 1px solid var(--line); padding: .35rem .6rem .35rem 0; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
        td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
        pre { background: var(--soft); border-radius: 8px; overflow-x: auto; padding: .75rem; white-space: pre-wrap; overflow-wrap: anywhere; }
        #tip { background: var(--ink); border-radius: 6px; color: var(--page); display: none; font-size: 13px; padding: .2rem .5rem; pointer-events: none; position: fixed; }
        """;

    /// <summary>Shows at once what the browser's own titles show after a while. Without characters that XML would escape.</summary>
    public const string Script = """
        (function () {
          var tip = document.getElementById('tip');
          document.addEventListener('mousemove', function (event) {
            var shown = event.target.tagName === 'rect' ? event.target.querySelector('title') : null;
            if (shown === null) { tip.style.display = 'none'; return; }
            tip.textContent = shown.textContent;
            tip.style.display = 'block';
            tip.style.left = Math.min(event.clientX + 12, window.innerWidth - tip.offsetWidth - 8) + 'px';
            tip.style.top = (event.clientY + 16) + 'px';
          });
        })();
        """;
}
