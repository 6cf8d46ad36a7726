/// What the page of a transcript does.
enum TranscriptPageScript {
    static let code = #"""
        'use strict';
        const data = JSON.parse(document.getElementById('data').textContent);
        const byId = id => document.getElementById(id);
        const make = (tag, text, className) => {
          const element = document.createElement(tag);
          if (text !== undefined) element.textContent = text;
          if (className) element.className = className;
          return element;
        };
        const space = data.hasSpaces ? ' ' : '';
        const audio = byId('audio');
        const bytes = Uint8Array.from(atob(data.audio), letter => letter.charCodeAt(0));
        audio.src = URL.createObjectURL(new Blob([bytes], { type: data.audioKind }));

        function clock(seconds) {
          const tenths = Math.round(seconds * 10), two = x => String(x).padStart(2, '0');
          const hours = Math.floor(tenths / 36000);
          return (hours ? hours + ':' : '') + two(Math.floor(tenths / 600) % 60) + ':' + two(Math.floor(tenths / 10) % 60) + '.' + tenths % 10;
        }
        function play(time) { audio.currentTime = time; audio.play().catch(() => {}); }
        function colour(confidence) {
          return confidence === undefined ? '' : `rgba(214, 60, 40, ${(.75 * (1 - confidence)).toFixed(3)})`;
        }

        // The text: a row for each segment, a span for each word.
        const words = [];
        const rows = data.segments.map((segment, index) => {
          const row = make('div', undefined, 'segment'), text = make('div', undefined, 'text');
          const when = make('div', clock(segment.start), 'when');
          if (segment.confidence !== undefined) when.append(make('span', ` ${Math.round(100 * segment.confidence)} %`));
          when.title = 'Hear this segment; the share of its words that is expected to be right';
          when.onclick = () => play(segment.start);
          text.contentEditable = 'true';
          text.spellcheck = false;
          segment.words.forEach((word, k) => {
            if (k) text.append(space);
            const span = make('span', word.text);
            span.style.background = colour(word.confidence);
            span.title = clock(word.start) + (word.confidence === undefined ? '' : `, ${Math.round(100 * word.confidence)} %`);
            span.dataset.start = word.start;
            span.dataset.end = word.end;
            text.append(span);
            words.push({ span, start: word.start, end: word.end, segment: index });
          });
          text.addEventListener('click', event => {
            const span = event.target.closest('span');
            if (span && window.getSelection().isCollapsed) play(+span.dataset.start);
          });
          row.append(when, text);
          byId('segments').append(row);
          return row;
        });

        // What is spoken now.
        let shown = -1, lit = null;
        function place(time, segment) {
          return (time - segment.picturesStart) / Math.max(.001, segment.picturesEnd - segment.picturesStart);
        }
        function show(index) {
          if (index === shown) return;
          if (shown >= 0) rows[shown].classList.remove('now');
          shown = index;
          const segment = data.segments[index];
          rows[index].classList.add('now');
          const png = 'data:image/png;base64,';
          byId('spectrogram').src = png + segment.spectrogram;
          byId('attention').style.display = segment.attention ? '' : 'none';
          if (segment.attention) byId('attention').src = png + segment.attention;
          byId('words').replaceChildren(...segment.words.map(word => {
            const span = make('span', word.text);
            span.style.left = 100 * place(word.start, segment) + '%';
            span.style.width = 100 * (place(word.end, segment) - place(word.start, segment)) + '%';
            span.style.background = colour(word.confidence);
            return span;
          }));
        }
        function update() {
          const time = audio.currentTime;
          let index = data.segments.findIndex(segment => time < segment.end);
          if (index < 0) index = data.segments.length - 1;
          if (index < 0) return;
          const changed = index !== shown;
          show(index);
          const word = words.find(word => time >= word.start && time < word.end);
          if ((word ? word.span : null) !== lit) {
            if (lit) lit.classList.remove('now');
            lit = word ? word.span : null;
            if (lit) lit.classList.add('now');
          }
          byId('cursor').style.left = 100 * Math.min(1, Math.max(0, place(time, data.segments[index]))) + '%';
          if (changed && !audio.paused) rows[index].scrollIntoView({ block: 'center', behavior: 'smooth' });
        }
        function follow() { update(); if (!audio.paused) requestAnimationFrame(follow); }
        audio.addEventListener('play', follow);
        for (const name of ['seeked', 'timeupdate', 'loadedmetadata']) audio.addEventListener(name, update);
        byId('pictures').addEventListener('click', event => {
          const box = byId('pictures').getBoundingClientRect(), segment = data.segments[shown];
          play(segment.picturesStart + (event.clientX - box.left) / box.width * (segment.picturesEnd - segment.picturesStart));
        });
        const wanted = parseFloat(location.hash.slice(3));
        if (location.hash.startsWith('#t=') && wanted >= 0) audio.currentTime = wanted;
        if (data.segments.length) { update(); } else { byId('segments').append(make('p', 'No speech was found.', 'dim')); }

        // Subtitles of what stands there now. Text that was added belongs to the word before it.
        function spoken(row, segment) {
          const result = [];
          const walk = node => {
            for (const child of node.childNodes) {
              if (child.nodeType === 1 && child.dataset.start) {
                result.push({ text: child.textContent, start: +child.dataset.start, end: +child.dataset.end });
              } else if (child.nodeType === 3) {
                if (!result.length) result.push({ text: '', start: segment.start, end: segment.start });
                result[result.length - 1].text += child.textContent;
              } else if (child.nodeName === 'BR') {
                if (result.length) result[result.length - 1].text += ' ';
              } else walk(child);
            }
          };
          walk(row.querySelector('.text'));
          return result.map(word => ({ ...word, text: word.text.replace(/\s+/g, ' ') })).filter(word => word.text.trim());
        }
        const longest = { line: 42, letters: 84, seconds: 7, pause: 1 };
        function cues() {
          const result = [];
          data.segments.forEach((segment, index) => {
            let cue = null;
            for (const word of spoken(rows[index], segment)) {
              const tooLong = cue && ((cue.text + word.text).trim().length > longest.letters
                || word.end - cue.start > longest.seconds || word.start - cue.end > longest.pause
                || /[.!?。！？]\s*$/.test(cue.text) && cue.text.length > longest.line);
              if (!cue || tooLong) { cue = { text: '', start: word.start, end: word.end }; result.push(cue); }
              cue.text += word.text;
              cue.end = Math.max(cue.end, word.end);
            }
          });
          return result;
        }
        function lines(text) {
          if (text.length <= longest.line) return text;
          const middle = text.length / 2;
          let best = -1;
          for (let k = text.indexOf(' '); k >= 0; k = text.indexOf(' ', k + 1)) {
            if (Math.abs(k - middle) < Math.abs(best - middle)) best = k;
          }
          return best < 0 ? text : text.slice(0, best) + '\n' + text.slice(best + 1);
        }
        function time(seconds) {
          const all = Math.round(seconds * 1000), pad = (x, n) => String(x).padStart(n, '0');
          return `${pad(Math.floor(all / 3600000), 2)}:${pad(Math.floor(all / 60000) % 60, 2)}:${pad(Math.floor(all / 1000) % 60, 2)},${pad(all % 1000, 3)}`;
        }
        function srt() {
          return cues().map((cue, k) =>
            `${k + 1}\n${time(cue.start)} --> ${time(cue.end)}\n${lines(cue.text.trim()).replaceAll('-->', '->')}\n\n`).join('');
        }
        byId('save').onclick = () => {
          const link = make('a');
          link.href = URL.createObjectURL(new Blob([srt()], { type: 'application/x-subrip' }));
          link.download = data.name.replace(/\.[^.]*$/, '') + '.srt';
          link.click();
        };

        """#
}
