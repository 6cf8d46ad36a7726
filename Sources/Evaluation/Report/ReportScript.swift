/// The report's script: counts from the alignments, sorts, searches, and makes rows as they are scrolled to.
enum ReportScript {
    static let code = #"""
        'use strict';
        const data = JSON.parse(document.getElementById('data').textContent);
        const summary = data.summary, two = !!summary.comparison;
        const byId = id => document.getElementById(id);
        const percent = (x, digits = 2) => (x * 100).toFixed(digits) + ' %';
        const chance = p => p < .0001 ? 'p < 0.0001' : 'p = ' + p.toFixed(4);
        const make = (tag, text, className) => {
          const element = document.createElement(tag);
          if (text !== undefined) element.textContent = text;
          if (className) element.className = className;
          return element;
        };

        // Counts of an alignment: errors, reference words, rate.
        function counted(ops) {
          let s = 0, d = 0, i = 0, n = 0;
          for (const op of ops) {
            if (op === 'S') { s++; n++; } else if (op === 'D') { d++; n++; } else if (op === 'I') i++; else n++;
          }
          const errors = s + d + i;
          return { s, d, i, n, errors, rate: n ? errors / n : i };
        }
        const utterances = data.utterances.map((u, index) => {
          const row = Object.assign(u, counted(u.o), { index });
          row.cer = u.cn ? u.ce / u.cn : u.ce;
          if (two) { row.second = counted(u.o2); row.difference = row.second.rate - row.rate; }
          row.text = [u.id, u.r, u.h, u.h2 || '', u.speaker || ''].join('\n').toLowerCase();
          return row;
        });

        // Steps of an alignment: [operation, reference word, hypothesis word].
        function steps(reference, hypothesis, ops) {
          const words = reference.split(' '), heard = hypothesis.split(' ');
          let i = 0, j = 0;
          return Array.from(ops, op => {
            const left = op === 'I' ? null : words[i++];
            const right = op === 'D' || op === 'o' ? null : heard[j++];
            return [op, left, right];
          });
        }

        function header() {
          byId('title').textContent = data.name;
          for (const note of data.notes) byId('notes').append(make('div', note, 'dim'));
          const normalizer = summary.normalizer;
          byId('method').textContent = `normalizer ${normalizer.name}-v${normalizer.version}-${normalizer.hash}, `
            + `alignment ${summary.alignmentWeights}` + (data.systems.length ? `, ${data.systems.join(' / ')}` : '');
          const interval = summary.werInterval;
          const cards = [
            ['Word error rate', percent(summary.wer),
              interval ? `95 %: ${percent(interval.low)} to ${percent(interval.high)}` : ''],
            ['Character error rate', percent(summary.cer), `${summary.characters.referenceCharacters} characters`],
            ['Sentence error rate', percent(summary.ser), `${summary.wrongUtterances} of ${summary.utterances}`],
            ['Words', summary.referenceWords, `${summary.hits} right`],
            ['Substituted', summary.substitutions, percent(summary.substitutions / Math.max(1, summary.referenceWords))],
            ['Deleted', summary.deletions, percent(summary.deletions / Math.max(1, summary.referenceWords))],
            ['Inserted', summary.insertions, percent(summary.insertions / Math.max(1, summary.referenceWords))],
          ];
          for (const [title, value, note] of cards) {
            const card = make('div', undefined, 'card');
            card.append(make('span', title, 'dim'), make('b', value), make('span', note, 'dim'));
            byId('cards').append(card);
          }
        }

        function comparison() {
          if (!two) return;
          const c = summary.comparison, test = c.matchedPairs, section = byId('comparison');
          section.append(make('h2', 'Second system'));
          const interval = c.differenceInterval;
          const lines = [
            `Word error rate ${percent(c.wer)}, character error rate ${percent(c.cer)}`,
            `Difference ${percent(c.difference)}`
              + (interval ? ` (95 %: ${percent(interval.low)} to ${percent(interval.high)}), better in `
                + `${percent(c.probabilityOfImprovement, 1)} of resamples, ${chance(c.bootstrapPValue)}` : ''),
            `Matched pairs: ${test.segmentCount} segments, z = ${test.zStatistic.toFixed(3)}, ${chance(test.pValue)}`,
            `First system better in ${c.firstBetterUtterances}, second in ${c.secondBetterUtterances} utterances`,
          ];
          for (const line of lines) section.append(make('div', line));
        }

        function distribution() {
          // Bins of one width; those without an error, and those above 100 %, stand apart.
          const limits = [0, .1, .2, .3, .4, .5, .6, .7, .8, .9, 1, Infinity];
          const names = ['0', ...limits.slice(1, -1).map(limit => '≤' + Math.round(100 * limit)), '>100'];
          const counts = limits.map(() => 0);
          for (const u of utterances) counts[limits.findIndex(limit => u.rate <= limit)]++;
          const highest = Math.max(1, ...counts);
          counts.forEach((count, k) => {
            const bar = make('div');
            bar.style.height = (count / highest * 100) + '%';
            bar.title = `${names[k]} %: ${count} utterances`;
            const label = make('span', names[k]);
            if (k === 1 || k === limits.length - 1) bar.style.marginLeft = label.style.marginLeft = '12px';
            byId('bars').append(bar);
            byId('axis').append(label);
          });
        }

        function table(columns, rows) {
          const element = make('table'), head = make('tr');
          columns.forEach((column, k) => head.append(make('th', column, k ? 'n' : '')));
          element.append(head);
          for (const row of rows) {
            const line = make('tr');
            row.forEach((cell, k) => line.append(make('td', cell, k ? 'n' : '')));
            element.append(line);
          }
          return element;
        }

        function groups() {
          const titles = { speaker: 'speaker', length: 'length', snr: 'signal-to-noise ratio' };
          const headings = { speaker: 'speaker', length: 'reference', snr: 'SNR' };
          for (const [name, rows] of Object.entries(summary.groups || {})) {
            if (!rows.length) continue;
            const section = make('section'), box = make('div', undefined, 'scroll');
            box.append(table([headings[name], 'utterances', 'words', 'WER', 'CER'],
              rows.map(g => [g.name, g.utterances, g.referenceWords, percent(g.wer), percent(g.cer)])));
            section.append(make('h2', 'By ' + titles[name]), box);
            byId('overview').append(section);
          }
        }

        function frequent() {
          const f = summary.frequentErrors;
          if (!f) return;
          const add = (title, columns, rows, query) => {
            const section = make('section');
            section.append(make('div', title, 'dim'));
            const element = table(columns, rows.slice(0, 20));
            Array.from(element.rows).slice(1).forEach((row, k) => {
              row.style.cursor = 'pointer';
              row.onclick = () => { byId('search').value = query[k]; refresh(); byId('search').scrollIntoView(); };
            });
            const box = make('div', undefined, 'scroll');
            box.append(element);
            section.append(box);
            byId('frequent').append(section);
          };
          add('Substitutions', ['said > recognised', 'times'],
            f.substitutions.map(e => [`${e.reference} > ${e.hypothesis}`, e.count]),
            f.substitutions.map(e => `${e.reference}>${e.hypothesis}`));
          add('Deletions', ['said', 'times'], f.deletions.map(e => [e.reference, e.count]),
            f.deletions.map(e => e.reference + '>'));
          add('Insertions', ['recognised', 'times'], f.insertions.map(e => [e.hypothesis, e.count]),
            f.insertions.map(e => '>' + e.hypothesis));
          add('Words most often wrong', ['word', 'wrong', 'said'], f.wrongWords.map(w => [w.word, w.wrongCount, w.count]),
            f.wrongWords.map(w => w.word));
        }

        // A predicate for what is typed: all words must occur; "a>b", "a>" and ">b" find errors.
        function matcher(query) {
          const match = /^\s*(\S*?)\s*>\s*(\S*)\s*$/.exec(query);
          if (match && (match[1] || match[2])) {
            const [, said, heard] = match;
            const has = (r, h, o) => steps(r, h, o).some(([op, left, right]) =>
              op !== '=' && op !== 'o' && (said ? left === said : left === null) && (heard ? right === heard : right === null));
            return u => has(u.r, u.h, u.o) || (two && has(u.r2, u.h2, u.o2));
          }
          const words = query.toLowerCase().split(/\s+/).filter(Boolean);
          return u => words.every(word => u.text.includes(word));
        }

        const columns = [
          { key: 'id', title: 'Utterance', value: u => u.id },
          { key: 'speaker', title: 'Speaker', value: u => u.speaker || '', shown: utterances.some(u => u.speaker) },
          { key: 'seconds', title: 'Seconds', value: u => u.seconds ?? -1, number: u => u.seconds?.toFixed(1) ?? '',
            shown: utterances.some(u => u.seconds != null) },
          { key: 'snr', title: 'SNR', value: u => u.snr ?? -1e9, number: u => u.snr?.toFixed(1) ?? '',
            shown: utterances.some(u => u.snr != null) },
          { key: 'n', title: 'Words', value: u => u.n, number: u => u.n },
          { key: 'errors', title: 'Errors', value: u => u.errors, number: u => u.errors },
          { key: 'rate', title: 'WER', value: u => u.rate, number: u => percent(u.rate, 1) },
          { key: 'cer', title: 'CER', value: u => u.cer, number: u => percent(u.cer, 1) },
          { key: 'difference', title: 'Second', value: u => u.difference,
            number: u => (u.difference > 0 ? '+' : '') + percent(u.difference, 1), shown: two },
          { key: 'text', title: 'Alignment', value: u => u.r },
        ].filter(column => column.shown !== false);
        let sorting = { key: 'errors', down: true }, shown = [], rowCount = 0;

        function headRow() {
          for (const column of columns) {
            const cell = make('th', column.title, column.number ? 'n' : '');
            cell.dataset.key = column.key;
            cell.onclick = () => {
              sorting = { key: column.key, down: sorting.key === column.key ? !sorting.down : !!column.number };
              refresh();
            };
            byId('head').append(cell);
          }
          if (!two) document.querySelectorAll('.two').forEach(option => option.remove());
        }

        function inline(u) {
          const line = make('div');
          for (const [op, left, right] of steps(u.r, u.h, u.o)) {
            if (op === '=') line.append(left + ' ');
            else if (op === 'o') line.append(make('span', `(${left})`, 'o'), ' ');
            else if (op === 'D') line.append(make('span', left, 'd'), ' ');
            else if (op === 'I') line.append(make('span', right, 'i'), ' ');
            else {
              const span = make('span', undefined, 's');
              span.append(make('small', left), right);
              line.append(span, ' ');
            }
          }
          return line;
        }

        function grid(r, h, o) {
          const element = make('div', undefined, 'grid');
          for (const [op, left, right] of steps(r, h, o)) {
            const className = op === '=' ? '' : op.toLowerCase();
            const pair = make('span');
            pair.append(make('span', left ?? '', left === null ? '' : className),
              make('span', right ?? '', right === null ? '' : className));
            element.append(pair);
          }
          return element;
        }

        function spectrogram(u) {
          const canvas = make('canvas'), bytes = Uint8Array.from(atob(u.sv), c => c.charCodeAt(0));
          canvas.width = u.sw; canvas.height = u.sh;
          const context = canvas.getContext('2d'), image = context.createImageData(u.sw, u.sh);
          for (let y = 0; y < u.sh; y++) for (let x = 0; x < u.sw; x++) {
            const v = bytes[(u.sh - 1 - y) * u.sw + x] / 255, k = 4 * (y * u.sw + x);
            image.data[k] = 255 * Math.min(1, Math.max(0, 2.2 * v - .5));
            image.data[k + 1] = 255 * v * v;
            image.data[k + 2] = 255 * Math.min(1, v < .5 ? 1.4 * v + .1 : 1.2 - v * .8);
            image.data[k + 3] = 255;
          }
          context.putImageData(image, 0, 0);
          canvas.title = 'log-mel spectrogram: time to the right, pitch upwards';
          return canvas;
        }

        function detail(u) {
          const row = make('tr', undefined, 'detail'), cell = make('td');
          cell.colSpan = columns.length;
          cell.append(make('div', `said / ${data.systems[0] || 'recognised'}: ${u.s} sub, ${u.d} del, ${u.i} ins`, 'dim'));
          cell.append(grid(u.r, u.h, u.o));
          if (two) {
            cell.append(make('div', `said / ${data.systems[1] || 'second system'}: ${u.second.s} sub, `
              + `${u.second.d} del, ${u.second.i} ins`, 'dim'));
            cell.append(grid(u.r2, u.h2, u.o2));
          }
          if (u.audio) {
            const audio = make('audio');
            audio.controls = true; audio.preload = 'none'; audio.src = u.audio.split('/').map(encodeURIComponent).join('/');
            cell.append(audio);
          }
          if (u.sv) cell.append(spectrogram(u));
          row.append(cell);
          return row;
        }

        function append(count) {
          const fragment = document.createDocumentFragment();
          for (const u of shown.slice(rowCount, rowCount + count)) {
            const row = make('tr', undefined, 'row');
            for (const column of columns) {
              if (column.key === 'text') { const cell = make('td'); cell.append(inline(u)); row.append(cell); }
              else if (column.number) row.append(make('td', column.number(u), 'n'));
              else row.append(make('td', column.value(u), 'id'));
            }
            row.onclick = () => {
              if (row.nextSibling?.classList.contains('detail')) row.nextSibling.remove();
              else row.after(detail(u));
            };
            fragment.append(row);
          }
          byId('rows').append(fragment);
          rowCount = Math.min(shown.length, rowCount + count);
        }

        const filters = {
          all: () => true, wrong: u => u.errors > 0, S: u => u.s > 0, D: u => u.d > 0, I: u => u.i > 0,
          better: u => u.difference < 0, worse: u => u.difference > 0,
        };

        function refresh() {
          const matches = matcher(byId('search').value), passes = filters[byId('filter').value];
          const column = columns.find(c => c.key === sorting.key), sign = sorting.down ? -1 : 1;
          shown = utterances.filter(u => passes(u) && matches(u)).sort((a, b) => {
            const x = column.value(a), y = column.value(b);
            return sign * (x < y ? -1 : x > y ? 1 : 0) || a.index - b.index;
          });
          document.querySelectorAll('#head th').forEach(cell => {
            cell.classList.toggle('sorted', cell.dataset.key === sorting.key);
            const name = columns.find(c => c.key === cell.dataset.key).title;
            cell.textContent = cell.dataset.key === sorting.key ? name + (sorting.down ? ' ↓' : ' ↑') : name;
          });
          byId('count').textContent = `${shown.length} of ${utterances.length}`;
          byId('rows').textContent = '';
          rowCount = 0;
          append(60);
        }

        header(); comparison(); distribution(); groups(); frequent(); headRow(); refresh();
        byId('search').oninput = refresh;
        byId('filter').onchange = refresh;
        new IntersectionObserver(entries => {
          if (entries.some(entry => entry.isIntersecting) && rowCount < shown.length) append(100);
        }, { rootMargin: '600px' }).observe(byId('end'));

        """#
}
