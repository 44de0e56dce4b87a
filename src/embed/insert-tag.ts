// Finds, in a stream of HTML, the place before the first script, and puts one tag there.

import { Transform } from 'node:stream';

/** How much of a page is held back while the place is looked for, in bytes. */
const MAX_HELD_BYTES = 64 * 1024;

/**
 * @param onMissed Called when there is no place: the first 64 KiB are one endless comment, or the page ends within one.
 *   The page then passes untouched.
 */
export function createTagInserter(tag: string, onMissed: () => void): Transform {
  let held: Buffer | undefined = Buffer.alloc(0);

  function decide(page: Buffer, place: number | undefined): Buffer {
    held = undefined;
    if (place !== undefined) return Buffer.concat([page.subarray(0, place), Buffer.from(tag, 'latin1'), page.subarray(place)]);
    onMissed();
    return page;
  }

  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (held === undefined) {
        done(null, chunk);
        return;
      }
      held = Buffer.concat([held, chunk]);
      // Looked for in the first 64 KiB only, so that the answer does not depend on how the page was cut into chunks.
      const place = findPlace(held.toString('latin1', 0, MAX_HELD_BYTES));
      if (place === undefined && held.length < MAX_HELD_BYTES) done();
      else done(null, decide(held, place));
    },
    flush(done) {
      // An empty body stays empty.
      if (held === undefined || held.length === 0) done();
      else done(null, decide(held, findPlace(held.toString('latin1'), true)));
    },
  });
}

const BOM = '\u00ef\u00bb\u00bf';

/**
 * Index after what may stand before a script without any script running: white space, comments, the doctype, `<html>`
 * and `<head>`. Before the doctype a tag would switch the page to quirks mode.
 *
 * @param html Latin-1, so that an index is a byte.
 * @param isWhole The page ends here.
 * @returns undefined: more text is needed; in a whole page: it ends within a comment, doctype or tag.
 */
export function findPlace(html: string, isWhole = false): number | undefined {
  if (!isWhole && html.length < BOM.length && BOM.startsWith(html)) return undefined;
  let at = html.startsWith(BOM) ? BOM.length : 0;
  for (;;) {
    at += /^[\t\n\f\r ]*/.exec(html.slice(at))?.[0].length ?? 0;
    const rest = html.slice(at);
    if (/^<[!?]/.test(rest)) {
      const end = rest.startsWith('<!--') ? commentEnd(rest) : rest.indexOf('>') + 1;
      if (end === 0) return undefined;
      at += end;
    } else if (/^<(?:html|head)(?=[\t\n\f\r />])/i.test(rest)) {
      const end = tagEnd(rest);
      if (end === 0) return undefined;
      at += end;
      if (/^<head/i.test(rest)) return at;
    } else if (!isWhole && ['<html', '<head', '<!'].some((start) => start.startsWith(rest.toLowerCase()))) {
      return undefined;
    } else {
      return at;
    }
  }
}

/** Index after the end of a comment, 0 without one. `<!-->` is a whole comment, and `--!>` ends one (HTML 13.2.5.43 ff.). */
function commentEnd(comment: string): number {
  const ends = [comment.indexOf('-->', 2) + 3, comment.indexOf('--!>', 4) + 4].filter((end) => end > 4);
  return ends.length === 0 ? 0 : Math.min(...ends);
}

const SPACE = new Set(['\t', '\n', '\f', '\r', ' ']);

/**
 * Index after the `>` that ends `<html` or `<head`, 0 without one. A `>` in a quoted value does not end it; a quote
 * begins a value only right after `=` (HTML 13.2.5.32 to 13.2.5.39).
 */
function tagEnd(tag: string): number {
  let expectsValue = false;
  for (let at = '<html'.length; at < tag.length; at += 1) {
    const char = tag[at] ?? '';
    if (char === '>') return at + 1;
    if (SPACE.has(char)) continue;
    if (!expectsValue) {
      expectsValue = char === '=';
      continue;
    }
    expectsValue = false;
    if (char === '"' || char === "'") {
      at = tag.indexOf(char, at + 1);
      if (at === -1) return 0;
    } else {
      const end = tag.slice(at).search(/[\t\n\f\r >]/);
      if (end === -1) return 0;
      at += end - 1;
    }
  }
  return 0;
}
