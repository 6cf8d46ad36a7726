/// What every page for the browser begins and ends with: one file, without addresses that need a network.
package enum HTMLPage {
    /// Everything up to the first element of the body.
    ///
    /// - Parameters:
    ///   - title: plain text.
    ///   - style: CSS.
    package static func beginning(title: String, style: String) -> String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <title>\(escaped(title))</title>
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <style>\(style)</style>
        </head>
        <body>

        """
    }

    /// How all pages look, light or dark as the reader's system is: colours, text, cards, tables, and the marks of substituted, deleted and inserted words.
    package static let style = """
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

    /// What follows the last element of the body.
    package static let end = "</body>\n</html>\n"

    /// A text as it stands in a page, also inside an attribute in double quotes.
    package static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }
}
