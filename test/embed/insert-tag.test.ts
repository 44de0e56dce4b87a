// Where the one tag goes into a page that arrives in pieces. It has to run before the first script, and a page must
// look the same however the network cut it.

import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTagInserter, findPlace } from '../../src/embed/insert-tag.ts';

const TAG = '<script src="/_gate/storage.js"></script>';
const seed = Number(process.env['TEST_SEED'] ?? Date.now() % 2 ** 31);
console.log(`insert-tag seed: ${seed}`);

interface Result {
  readonly text: string;
  readonly missed: number;
}

/** Sends the chunks (Latin-1) through an inserter. */
async function insert(chunks: readonly string[]): Promise<Result> {
  let missed = 0;
  const inserter = createTagInserter(TAG, () => {
    missed += 1;
  });
  const out: Buffer[] = [];
  for await (const chunk of Readable.from(chunks.map((chunk) => Buffer.from(chunk, 'latin1'))).pipe(inserter)) out.push(chunk as Buffer);
  return { text: Buffer.concat(out).toString('latin1'), missed };
}

const FILLER = 'x'.repeat(64 * 1024);
const BOM = '\u00ef\u00bb\u00bf';

describe('the place of the tag', () => {
  // `^` marks the place.
  const PAGES = {
    'a whole page: right after head': '<!doctype html><html><head>^<meta charset="utf-8"><script>a()</script></head><body></body></html>',
    'upper case, attributes, white space': '\n<!DOCTYPE HTML>\r\n\t<HTML lang="en" data-x=\'>\'>\n<HEAD id=a>^<SCRIPT>a()</SCRIPT>',
    'no head': '<!doctype html><html>^<script>a()</script>',
    'neither html nor head': '<!doctype html>\n^<script>a()</script>',
    'no doctype': '^<script>a()</script>',
    'text only': '^hello',
    'a fragment': '^<p>hello</p><script>a()</script>',
    'a body without a head': '<html>^<body><script>a()</script></body>',
    'header is not head': '<html>^<header><script>a()</script></header>',
    'a comment before everything': '<!-- <head><script>no()</script> --><!doctype html><html><head>^<script>a()</script>',
    'comments everywhere': '<!--a--> <!doctype html> <!--b--><html><!--c--> <!--d--><head>^<!--e--><script>a()</script>',
    'the shortest comments': '<!--><!---><!----><html><head>^<script>a()</script>',
    'a comment that ends by --!>': '<!-- a --!>^<script>a()</script> -->',
    'a comment with dashes': '<!-- a -- b --- c -- > d --><head>^<script>a()</script>',
    'a conditional comment': '<!--[if IE]><script>no()</script><![endif]--><html><head>^<script>a()</script>',
    'an XML declaration': '<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0//EN" "x"><html><head>^<script>a()</script>',
    'a head in a quoted value': '<html data-a="<head>" data-b=\'<script>\'><head>^<script>a()</script>',
    'a greater-than sign in a quoted value': '<html a = ">" b><head c=">">^<script>a()</script>',
    'a quote in a name or an unquoted value': '<html a" b=c"d><head e=f\'g>^<script>a("x")</script>',
    'an unquoted value with an equals sign': '<html a=b="c><head>^<script>a()</script>',
    'a head that closes itself': '<head/>^<script>a()</script>',
    'a byte order mark': `${BOM}<!doctype html><html><head>^<script>a()</script>`,
    'a byte order mark and nothing else to skip': `${BOM}^<script>a()</script>`,
    'letters outside ASCII': '<!doctype html><html lang="\u00c3\u00a4"><head>^<title>\u00e2\u0082\u00ac</title><script>a()</script>',
    'white space only': ' \n ^',
    'an html tag and the end': '<html>^',
    'a comment and the end': '<!-- a -->^',
    'half a tag name and the end': '^<htm',
  };

  for (const [name, marked] of Object.entries(PAGES)) {
    it(`${name}: there, in one piece and byte by byte`, async () => {
      const page = marked.replace('^', '');
      const expected = { text: marked.replace('^', TAG), missed: 0 };
      expect(await insert([page])).toEqual(expected);
      expect(await insert([...page])).toEqual(expected);
    });
  }

  it('an empty body stays empty', async () => {
    expect(await insert([])).toEqual({ text: '', missed: 0 });
    expect(await insert([''])).toEqual({ text: '', missed: 0 });
  });

  it.each(['<!-- open <script>', '<!-', '<!doctype htm', '<html lang="x', '<head ', '<html><!-- <head>'])(
    'a page that ends within a construct passes untouched, and that is said: %s',
    async (page) => {
      expect(await insert([page])).toEqual({ text: page, missed: 1 });
      expect(await insert([...page])).toEqual({ text: page, missed: 1 });
    },
  );

  it('a comment of 64 KiB at the start: the page passes untouched and that is said once, however it is cut', async () => {
    const page = `<!-- ${FILLER} --><html><head><script>a()</script>${FILLER}`;
    const untouched = { text: page, missed: 1 };
    expect(await insert([page])).toEqual(untouched);
    expect(await insert(cut(page, 4096))).toEqual(untouched);
    expect(await insert(cut(page, 65_521))).toEqual(untouched);
  });

  it('a comment of just less than 64 KiB is skipped', async () => {
    const comment = `<!--${'x'.repeat(64 * 1024 - 20)}-->`;
    const page = `${comment}<head><script>a()</script>${FILLER}`;
    const expected = { text: `${comment}<head>${TAG}<script>a()</script>${FILLER}`, missed: 0 };
    expect(await insert([page])).toEqual(expected);
    expect(await insert(cut(page, 1000))).toEqual(expected);
  });

  it('what follows the place is passed on as it comes, not held back', async () => {
    const inserter = createTagInserter(TAG, () => {});
    const seen: string[] = [];
    inserter.on('data', (chunk: Buffer) => seen.push(chunk.toString()));
    inserter.write('<html><head>');
    inserter.write('<title>');
    await new Promise(setImmediate);
    expect(seen).toEqual([`<html><head>${TAG}`, '<title>']);
    inserter.destroy();
  });
});

function cut(text: string, size: number): string[] {
  return Array.from({ length: Math.ceil(text.length / size) }, (_, index) => text.slice(index * size, (index + 1) * size));
}

describe('whatever the page and however it is cut', () => {
  const space = fc.constantFrom('', ' ', '\n', '\r\n\t');
  const inComment = fc
    .array(fc.constantFrom('<script>', '<head>', '-', '>', '<!--', 'x', ' ', '"', '!'), { maxLength: 6 })
    .map((parts) => parts.join(''))
    .filter((text) => !/^-?>|-->|--!>|--$|-$|--!$/.test(text));
  const comment = inComment.map((text) => `<!--${text}-->`);
  const skipped = fc.array(fc.oneof(space, comment), { maxLength: 3 }).map((parts) => parts.join(''));
  const attribute = fc.constantFrom('', ' lang="en"', ' a=">"', " b='<head>'", ' c', ' d=e', ' f = "<script>"', ' g=h"i');
  const doctype = fc.constantFrom('', '<!doctype html>', '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN">');
  const rest = fc.constantFrom(
    '<script>a()</script>',
    '<title>t</title><script src=x></script>',
    '<p>text',
    'text',
    '<!x',
    '</head><script>',
    '<meta>',
  );

  /** A page and the place where the tag belongs, known from how the page was made. */
  const page = fc
    .record({
      bom: fc.constantFrom('', BOM),
      before: skipped,
      doctype,
      between: skipped,
      html: fc.option(
        attribute.map((text) => `<html${text}>`),
        { nil: '' },
      ),
      beforeHead: skipped,
      head: fc.option(
        attribute.map((text) => `<head${text}>`),
        { nil: '' },
      ),
      rest: rest.filter((text) => !text.startsWith('<!')),
    })
    .map((parts) => {
      const fixed = parts.bom + parts.before + parts.doctype + parts.between + parts.html + parts.beforeHead + parts.head;
      return { fixed, rest: parts.rest };
    });
  const sizes = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 30 });

  function cutBy(text: string, lengths: readonly number[]): string[] {
    const chunks: string[] = [];
    for (let at = 0, index = 0; at < text.length; index += 1) {
      const length = lengths[index % lengths.length] ?? 1;
      chunks.push(text.slice(at, at + length));
      at += length;
    }
    return chunks;
  }

  it('the tag comes before the first script, and never into a comment, a doctype or a tag', async () => {
    await fc.assert(
      fc.asyncProperty(page, sizes, async ({ fixed, rest: after }, lengths) => {
        const expected = { text: fixed + TAG + after, missed: 0 };
        expect(await insert([fixed + after])).toEqual(expected);
        expect(await insert(cutBy(fixed + after, lengths))).toEqual(expected);
      }),
      { seed, numRuns: 300 },
    );
  });

  it('any text gives one result, of which the tag is the only addition', async () => {
    const piece = fc.constantFrom(
      '<',
      '>',
      '!',
      '-',
      '--',
      '<!--',
      '-->',
      '<html',
      '<head',
      '<script>',
      '"',
      "'",
      '=',
      ' ',
      '/',
      'a',
      BOM,
      '\u00ef',
      '\u00a0',
      '<!doctype',
      '?',
      '\n',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 14 }), sizes, async (pieces, lengths) => {
        const text = pieces.join('');
        const whole = await insert([text]);
        expect(await insert(cutBy(text, lengths))).toEqual(whole);
        expect(whole.text.replace(TAG, '')).toBe(text);
        expect(whole.text.length).toBe(text.length + (text === '' || whole.missed === 1 ? 0 : TAG.length));
      }),
      { seed, numRuns: 500 },
    );
  });

  it('a place that is found stays the place when more of the page comes', () => {
    fc.assert(
      fc.property(page, ({ fixed, rest: after }) => {
        const text = fixed + after;
        for (let length = 0; length <= text.length; length += 1)
          expect([undefined, fixed.length]).toContain(findPlace(text.slice(0, length)));
      }),
      { seed },
    );
  });
});
