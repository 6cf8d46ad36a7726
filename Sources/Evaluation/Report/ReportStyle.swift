/// How reports look, light or dark as the reader's system is.
package enum ReportStyle {
    /// What all reports share: colours, text, cards, tables, and the marks of substituted, deleted and inserted words.
    package static let base = """
        :root { color-scheme: light dark; --back: #fff; --line: #d8dce2; --rule: #eceff2; --soft: #f5f7f9; --text: #1d2733;
          --dim: #66717e; --accent: #1f5fa8; --bar: #9dbce0; --sub: #b25b00; --del: #b3261e; --ins: #1e6f50;
          --sub-back: #ffedd6; --del-back: #fde3e1; --ins-back: #dcf3e6; }
        @media (prefers-color-scheme: dark) {
          :root { --back: #14181d; --line: #39424d; --rule: #272e36; --soft: #1c2229; --text: #dde3ea; --dim: #97a3b0;
            --accent: #7db2ee; --bar: #3f6698; --sub: #ffbe73; --del: #ff9d95; --ins: #82d8ae; --sub-back: #3f2d11;
            --del-back: #47201d; --ins-back: #143626; }
        }
        * { box-sizing: border-box; }
        body { margin: 0; font: 14px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
          color: var(--text); background: var(--back); }
        main { max-width: 1200px; margin: 0 auto; padding: 20px 24px 80px; }
        h1 { font-size: 22px; margin: 0 0 4px; } h2 { font-size: 16px; margin: 32px 0 8px; }
        .dim { color: var(--dim); } .mono { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: 12px; }
        .cards { display: flex; flex-wrap: wrap; gap: 12px; margin-top: 16px; }
        .card { border: 1px solid var(--line); border-radius: 8px; padding: 10px 16px; min-width: 130px; }
        .card b { display: block; font-size: 24px; font-variant-numeric: tabular-nums; }
        table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
        th { text-align: left; font-weight: 600; color: var(--dim); border-bottom: 1px solid var(--line); padding: 4px 8px; }
        td { border-bottom: 1px solid var(--rule); padding: 4px 8px; vertical-align: top; }
        td.n, th.n { text-align: right; white-space: nowrap; }
        .s { background: var(--sub-back); color: var(--sub); } .d { background: var(--del-back); color: var(--del); }
        .i { background: var(--ins-back); color: var(--ins); }
        .s, .d, .i { border-radius: 3px; padding: 0 3px; } .d { text-decoration: line-through; } .o { color: var(--dim); }
        .s small { opacity: .75; text-decoration: line-through; margin-right: 3px; font-size: 12px; }
        .legend span { margin-right: 10px; }

        """

    /// The report of a scored corpus.
    static let css =
        base + """
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
