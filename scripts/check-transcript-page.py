#!/usr/bin/env python3
"""Opens a page of `asr transcribe --report` in headless Chromium, uses it and checks what it does.

    scripts/check-transcript-page.py PAGE.html [SCREENSHOT.png]

Waits for the recording, goes to the middle of the longest word and looks whether it is lit and its segment pictured, corrects a word,
and reads the subtitles that would be saved: the correction is in them, no line is longer than 42 letters, no cue than 7 s. Needs
`chromium` (Debian package of that name) and nothing else.
"""

import json
import os
import sys

import chromium

PROBE = """
<script>
const results = {};
const finish = () => {
  const probe = document.createElement('pre');
  probe.id = 'probe';
  probe.textContent = JSON.stringify(results);
  probe.style.display = 'none';
  document.body.append(probe);
};
audio.addEventListener('error', () => { results.plays = false; finish(); });
audio.addEventListener('loadedmetadata', () => {
  results.plays = Math.abs(audio.duration - data.duration) < .05;
  const word = words.reduce((best, word) => word.end - word.start > best.end - best.start ? word : best);
  // Headless Chromium does not seek: the player says that it has.
  Object.defineProperty(audio, 'currentTime', { value: (word.start + word.end) / 2 });
  setTimeout(() => {
    update();
    results.lit = word.span.classList.contains('now') && document.querySelectorAll('.text span.now').length === 1;
    results.segmentIsMarked = rows[word.segment].classList.contains('now');
    results.pictured = byId('spectrogram').src.length > 1000 && byId('attention').src.length > 1000;
    const cursor = byId('cursor').getBoundingClientRect().x, label = byId('words').children[
      data.segments[word.segment].words.findIndex(other => other.start === word.start)].getBoundingClientRect();
    results.cursorIsOverTheWord = cursor >= label.left - 2 && cursor <= label.right + 2;
    const sure = words.filter(word => word.span.style.background).map(word => word.span.style.background);
    results.coloured = new Set(sure).size > 1 || words.length < 2;
    const text = data.segments.map(segment => segment.words.map(word => word.text).join(space)).join(' ').replace(/\\s+/g, ' ');
    const read = () => srt().split('\\n').filter(line => line && !/^\\d+$/.test(line) && !line.includes(' --> ')).join(' ').replace(/\\s+/g, ' ');
    results.savesTheText = read() === text;
    word.span.textContent = 'Zanzibar';
    word.span.after(' corrected');
    results.savesCorrections = read().includes('Zanzibar corrected');
    results.linesAreShort = srt().split('\\n').every(line => line.length <= 42 || !line.includes(' '));
    results.cuesAreShort = cues().every(cue => cue.end > cue.start && cue.end - cue.start <= 7.5);
    results.cuesAreInOrder = cues().every((cue, k, all) => !k || all[k - 1].end <= cue.start + .001);
    finish();
  }, 100);
});
</script>
"""


def main():
    path = os.path.abspath(sys.argv[1])
    patience = "--virtual-time-budget=10000"
    results = chromium.probed(path, PROBE, patience)
    print(json.dumps(results, indent=1))
    if len(sys.argv) > 2:
        chromium.run(f"file://{path}#t=1.5", patience, "--screenshot=" + os.path.abspath(sys.argv[2]))
    failed = [name for name, value in results.items() if value is not True]
    if failed:
        sys.exit("failed: " + ", ".join(failed))


main()
