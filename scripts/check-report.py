#!/usr/bin/env python3
"""Opens a report of `asr score --report` in headless Chromium, clicks through it and checks what it shows.

    scripts/check-report.py REPORT.html [SCREENSHOT.png]

Sorts by a column, searches a word and a confusion, opens an utterance, scrolls for more rows, and prints the time
until the page was shown. Fails if something is not as it should be, or if opening took more than 2 s. Needs `chromium`
(Debian package of that name) and nothing else.
"""

import json
import os
import sys

import chromium

PROBE = """
<script>
const results = {};
const check = (name, value) => { results[name] = value; };
results.openMilliseconds = Math.round(performance.now());
const bodyRows = () => document.querySelectorAll('#rows tr.row').length;
const head = key => document.querySelector(`#head th[data-key=${key}]`);
results.utterances = utterances.length;
results.lazy = bodyRows() < utterances.length || utterances.length <= 60;
head('rate').click();
const down = shown.every((u, k) => k === 0 || shown[k - 1].rate >= u.rate);
head('rate').click();
const up = shown.every((u, k) => k === 0 || shown[k - 1].rate <= u.rate);
check('sortsByRate', down && up);
head('id').click();
check('sortsById', shown.every((u, k) => k === 0 || shown[k - 1].id <= u.id));
const search = text => {
  const field = document.getElementById('search');
  field.value = text;
  field.dispatchEvent(new Event('input'));
};
const word = utterances.find(u => u.r).r.split(' ')[0];
search(word);
check('searchFinds', shown.length > 0 && shown.every(u => u.text.includes(word)));
const substituted = utterances.find(u => u.o.includes('S'));
if (substituted) {
  const [, said, heard] = steps(substituted.r, substituted.h, substituted.o).find(step => step[0] === 'S');
  search(said + '>' + heard);
  check('searchFindsConfusion', shown.includes(substituted));
}
search('no-such-word-anywhere');
check('searchFindsNothing', shown.length === 0 && bodyRows() === 0);
search('');
document.getElementById('filter').value = 'wrong';
document.getElementById('filter').dispatchEvent(new Event('change'));
check('filters', shown.every(u => u.errors > 0));
document.getElementById('filter').value = 'all';
document.getElementById('filter').dispatchEvent(new Event('change'));
head('errors').click();
const before = bodyRows();
append(100);
check('rowsAreAdded', bodyRows() === Math.min(utterances.length, before + 100));
const pictured = shown.findIndex(u => u.sv);
document.querySelectorAll('#rows tr.row')[Math.max(0, pictured < bodyRows() ? pictured : 0)].click();
check('opensUtterance', !!document.querySelector('tr.detail .grid'));
if (pictured >= 0) check('showsSpectrogram', !!document.querySelector('tr.detail canvas'));
if (utterances.some(u => u.audio)) check('hasPlayer', !!document.querySelector('tr.detail audio'));
check('totalsAgree', utterances.reduce((sum, u) => sum + u.errors, 0)
  === summary.substitutions + summary.deletions + summary.insertions);
const probe = document.createElement('pre');
probe.id = 'probe';
probe.textContent = JSON.stringify(results);
probe.style.display = 'none';
document.body.append(probe);
document.querySelector('main').style.marginTop = -document.querySelector('tr.detail').offsetParent.offsetTop + 'px';
</script>
"""


def main():
    results = chromium.probed(
        os.path.abspath(sys.argv[1]), PROBE, height=1400, screenshot=sys.argv[2] if len(sys.argv) > 2 else None)
    print(json.dumps(results, indent=1))
    failed = [name for name, value in results.items() if value is False]
    if failed:
        sys.exit("failed: " + ", ".join(failed))
    if results["openMilliseconds"] > 2000:
        sys.exit("opening took more than 2 s")


main()
