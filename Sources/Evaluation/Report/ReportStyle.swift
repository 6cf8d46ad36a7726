import Pictures

/// How the report of a scored corpus looks.
enum ReportStyle {
    static let css =
        HTMLPage.style + """
            .columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(260px, 1fr)); gap: 0 24px; }
            #table th { position: sticky; top: 0; background: var(--back); cursor: pointer; user-select: none; z-index: 1; }
            #table th.sorted { color: var(--accent); }
            #table tr.row { cursor: pointer; } #table tr.row:hover { background: var(--soft); }
            #table td.id { max-width: 220px; overflow-wrap: anywhere; }
            .controls { display: flex; flex-wrap: wrap; gap: 12px; align-items: center; margin: 8px 0 12px; }
            input[type=search], select { font: inherit; padding: 6px 10px; border: 1px solid var(--line); border-radius: 6px;
              color: inherit; background: var(--back); }
            input[type=search] { min-width: 320px; }
            .detail { background: var(--soft); } .detail td { padding: 12px 16px; }
            .detail canvas { display: block; margin: 8px 0; border: 1px solid var(--line); width: 100%; max-width: 720px;
              height: 120px; image-rendering: auto; }
            .detail audio { display: block; width: 100%; max-width: 720px; height: 36px; margin: 8px 0; }
            .grid { display: flex; flex-wrap: wrap; gap: 6px 6px; margin: 6px 0 12px; }
            .grid > span { display: inline-flex; flex-direction: column; gap: 2px; }
            .grid span span { white-space: nowrap; min-height: 21px; }
            #overview { grid-template-columns: repeat(auto-fit, minmax(420px, 1fr)); }
            #overview td { white-space: nowrap; }
            .bars { display: flex; align-items: flex-end; gap: 3px; height: 120px; border-bottom: 1px solid var(--line); }
            .bars div { flex: 1; background: var(--bar); min-width: 8px; border-radius: 2px 2px 0 0; position: relative; }
            .axis { display: flex; gap: 3px; color: var(--dim); font-size: 11px; } .axis span { flex: 1; text-align: center; min-width: 8px; }
            .scroll { max-height: 300px; overflow: auto; border: 1px solid var(--rule); border-radius: 6px; }
            .scroll th { position: sticky; top: 0; background: var(--back); }

            """
}
