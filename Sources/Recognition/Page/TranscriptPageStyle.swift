import Pictures

/// How the page of a transcript looks.
enum TranscriptPageStyle {
    static let css =
        HTMLPage.style + """
            main { padding-bottom: 380px; max-width: 900px; }
            .tools { display: flex; flex-wrap: wrap; gap: 8px 16px; align-items: center; margin: 16px 0; }
            button { font: inherit; padding: 5px 14px; border: 1px solid var(--line); border-radius: 6px; color: inherit;
              background: var(--soft); cursor: pointer; }
            .scale { display: inline-block; width: 120px; height: 10px; border-radius: 3px; vertical-align: middle;
              background: linear-gradient(90deg, rgba(214, 60, 40, .75), rgba(214, 60, 40, 0)); border: 1px solid var(--line); }
            .segment { display: grid; grid-template-columns: 120px 1fr; gap: 12px; padding: 6px 8px; border-radius: 6px; }
            .segment.now { background: var(--soft); }
            .segment .when { font-variant-numeric: tabular-nums; color: var(--dim); cursor: pointer; white-space: nowrap; }
            .text { font-size: 17px; line-height: 1.6; outline: none; overflow-wrap: anywhere; border-radius: 4px; }
            .text:focus { box-shadow: 0 0 0 2px var(--accent); }
            .text span { border-radius: 3px; padding: 1px 0; }
            .text span.now { outline: 2px solid var(--accent); outline-offset: 1px; }
            #panel { position: fixed; left: 0; right: 0; bottom: 0; background: var(--back); border-top: 1px solid var(--line);
              padding: 8px 24px 12px; }
            #panel > div, #panel audio { max-width: 1152px; margin: 0 auto; display: block; width: 100%; }
            #panel audio { height: 36px; }
            #pictures { position: relative; margin-top: 6px !important; cursor: crosshair; }
            #pictures img { display: block; width: 100%; height: 120px; margin-top: 2px; }
            #attention { image-rendering: pixelated; }
            #words { position: relative; height: 20px; font-size: 12px; overflow: hidden; }
            #words span { position: absolute; white-space: nowrap; overflow: hidden; border-left: 1px solid var(--line);
              padding-left: 2px; }
            #cursor { position: absolute; top: 0; bottom: 0; width: 2px; background: #4fd1ff; pointer-events: none; }
            @media (max-width: 600px) { .segment { grid-template-columns: 1fr; gap: 0; } }

            """

    /// What the script fills.
    static let body = """
        <div class="tools">
        <button id="save">Save as srt</button>
        <span class="dim">confidence <span class="scale"></span> low to high: the redder, the more likely wrong</span>
        <span class="dim">Click a word to hear it; the text can be edited.</span>
        </div>
        <div id="segments"></div>
        <div id="panel">
        <audio id="audio" controls></audio>
        <div id="pictures"><div id="words"></div><img id="spectrogram" alt="spectrogram of the segment"><img id="attention"
        alt="what the decoder attends to"><div id="cursor"></div></div>
        </div>
        <noscript>This page needs JavaScript (it runs offline).</noscript>
        """
}
