// Finds, in a stream of HTML, the place before the first script, and puts one tag there.

import { Transform } from 'node:stream';

/** How much of a page is held back while the place is looked for, in bytes. */
const MAX_HELD_BYTES = 64 * 1024;

/**
 * @param onMissed Called when the first 64 KiB hold no place (one endless comment): the page then passes untouched.
 */
export function createTagInserter(tag: string, onMissed: () => void): Transform {
  let held: Buffer | undefined = Buffer.alloc(0);
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (held === undefined) {
        done(null, chunk);
        return;
      }
      held = Buffer.concat([held, chunk]);
      const place = findPlace(held.toString('latin1'));
      if (place === undefined && held.length < MAX_HELD_BYTES) {
        done();
        return;
      }
      if (place === undefined) onMissed();
      const whole = held;
      held = undefined;
      done(null, place === undefined ? whole : insert(whole, place, tag));
    },
    flush(done) {
      if (held === undefined) {
        done();
        return;
      }
      // The page ended while the place was open: a page of comments or text only. An empty body stays empty.
      const place = findPlace(`${held.toString('latin1')}<`) ?? held.length;
      done(null, held.length === 0 ? held : insert(held, Math.min(place, held.length), tag));
    },
  });
}

function insert(page: Buffer, place: number, tag: string): Buffer {
  return Buffer.concat([page.subarray(0, place), Buffer.from(tag, 'latin1'), page.subarray(place)]);
}

/**
 * Index after what may stand before a script without any script running: white space, comments, the doctype, `<html>`
 * and `<head>`. Before the doctype a tag would switch the page to quirks mode. undefined: more text is needed.
 */
export function findPlace(html: string): number | undefined {
  let at = html.startsWith('\u00ef\u00bb\u00bf') ? 3 : 0;
  for (;;) {
    at += /^\s*/.exec(html.slice(at))?.[0].length ?? 0;
    const rest = html.slice(at);
    if (rest.length < 9 && '<!doctype'.startsWith(rest.toLowerCase())) return undefined;
    if (rest.startsWith('<!--')) {
      const end = rest.indexOf('-->', 2);
      if (end === -1) return undefined;
      at += end + 3;
    } else if (/^<[!?]/.test(rest)) {
      const end = rest.indexOf('>');
      if (end === -1) return undefined;
      at += end + 1;
    } else if (/^<(?:h(?:e(?:a(?:d)?)?|t(?:m(?:l)?)?)?)?$/i.test(rest)) {
      return undefined;
    } else if (/^<(?:html|head)(?=[\s/>])/i.test(rest)) {
      const end = tagEnd(rest);
      if (end === undefined) return undefined;
      at += end;
      if (/^<head/i.test(rest)) return at;
    } else {
      return at;
    }
  }
}

/** Index after the `>` that ends a start tag; one inside a quoted attribute does not. */
function tagEnd(tag: string): number | undefined {
  let quote = '';
  for (let i = 0; i < tag.length; i += 1) {
    const char = tag[i] ?? '';
    if (quote !== '') {
      if (char === quote) quote = '';
    } else if (char === '"' || char === "'") {
      quote = char;
    } else if (char === '>') {
      return i + 1;
    }
  }
  return undefined;
}
