import Pictures

/// How the report of a training run looks.
enum TrainingReportStyle {
    static let css =
        HTMLPage.style + """
            :root { --c1: #1f5fa8; --c2: #c65f00; }
            @media (prefers-color-scheme: dark) { :root { --c1: #6fabf0; --c2: #ffa552; } }
            .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(440px, 100%), 1fr)); gap: 20px 28px;
              margin-top: 12px; }
            figure { margin: 0; min-width: 0; }
            .chart figcaption { display: flex; flex-wrap: wrap; gap: 0 8px; align-items: baseline; padding-left: 4px; }
            .names { margin-left: auto; color: var(--dim); } .names span { margin-left: 14px; }
            .names i { display: inline-block; width: 14px; height: 3px; border-radius: 2px; margin-right: 6px;
              vertical-align: 4px; }
            .names .c1 { background: var(--c1); } .names .c2 { background: var(--c2); }
            svg { display: block; width: 100%; height: auto; }
            svg text { font-size: 12.5px; fill: var(--dim); font-variant-numeric: tabular-nums; }
            svg .rule { stroke: var(--rule); } svg .axis { stroke: var(--line); }
            svg .mark { stroke: var(--del); stroke-dasharray: 3 3; }
            svg .line { fill: none; stroke-width: 1.8; stroke-linejoin: round; } svg .band { opacity: .16; }
            svg .line.c1 { stroke: var(--c1); } svg .line.c2 { stroke: var(--c2); }
            svg .band.c1, svg .dot.c1 { fill: var(--c1); } svg .band.c2, svg .dot.c2 { fill: var(--c2); }
            input[name=over] { position: absolute; opacity: 0; }
            input[name=over] + label { display: inline-block; padding: 3px 12px; border: 1px solid var(--line); cursor: pointer;
              color: var(--dim); }
            #over-steps + label { border-radius: 6px 0 0 6px; } #over-hours + label { border-radius: 0 6px 6px 0; margin-left: -1px; }
            input[name=over]:checked + label { background: var(--soft); color: var(--text); font-weight: 600; }
            input[name=over]:focus-visible + label { outline: 2px solid var(--accent); }
            #over-steps:checked ~ .charts.hours, #over-hours:checked ~ .charts.steps { display: none; }
            .verdict { border-left: 3px solid var(--accent); background: var(--soft); padding: 10px 14px; margin: 12px 0;
              overflow-wrap: anywhere; }
            .verdict.bad { border-left-color: var(--del); background: var(--del-back); }
            .alerts { list-style: none; padding: 0; margin: 0; }
            .alerts li { border-left: 3px solid var(--del); background: var(--del-back); padding: 6px 12px; margin: 6px 0;
              overflow-wrap: anywhere; }
            .attention { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(320px, 100%), 1fr)); gap: 20px 24px;
              margin-top: 12px; }
            .attention img { display: block; width: 100%; height: auto; max-height: 420px; image-rendering: pixelated;
              border: 1px solid var(--line); }
            .attention .time { display: flex; justify-content: space-between; font-size: 12px; color: var(--dim); }
            blockquote { margin: 6px 0; padding: 2px 12px; border-left: 3px solid var(--line); overflow-wrap: anywhere; }
            .samples td { overflow-wrap: anywhere; } .samples td.n { width: 1%; color: var(--dim); }
            .samples tr.said td { border-bottom-color: var(--line); font-weight: 600; padding-top: 14px; }
            pre { background: var(--soft); border: 1px solid var(--rule); border-radius: 6px; padding: 12px 16px;
              overflow-x: auto; }
            summary { cursor: pointer; font-size: 16px; font-weight: 600; margin: 32px 0 8px; }
            @media (max-width: 600px) { main { padding: 16px 14px 60px; } .card { min-width: 0; flex: 1 1 40%; padding: 8px 12px; } }

            """
}
