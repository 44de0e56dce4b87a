// Which answers get the tag, what of their headers changes with the body, and what passes untouched.

import { Readable, type Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createDocumentRewrite } from '../../src/embed/document-rewrite.ts';
import { silentLog } from '../../src/kernel/log.ts';

const INTEGRITY = 'sha256-abc=';
const PAGE = '<!doctype html><html><head><script>a()</script></head><body>\u20ac</body></html>';
const withTag = (attributes = ''): string => PAGE.replace('<head>', `<head><script src="/_gate/storage.js"${attributes}></script>`);

type Headers = [string, string][];
const html = (...more: Headers): Headers => [['Content-Type', 'text/html; charset=utf-8'], ...more];

function createRewrite() {
  const warned: unknown[] = [];
  const log = { ...silentLog, warn: (event: string, fields: unknown) => void warned.push([event, fields]) };
  return { rewrite: createDocumentRewrite({ path: () => '/_gate/storage.js', integrity: INTEGRITY }, log), warned };
}

/** What a browser gets of a body. */
async function run(transforms: readonly Transform[] | undefined, body: Buffer): Promise<string> {
  if (transforms === undefined) return body.toString();
  const chunks: Buffer[] = [];
  await pipeline([
    Readable.from([body.subarray(0, 10), body.subarray(10)]),
    ...transforms,
    async (source: AsyncIterable<Buffer>) => {
      for await (const chunk of source) chunks.push(chunk);
    },
  ] as never);
  return Buffer.concat(chunks).toString();
}

describe('a page', () => {
  it('gets the tag before its first script', async () => {
    const { rewrite } = createRewrite();
    expect(await run(rewrite.open(200, html(), false), Buffer.from(PAGE))).toBe(withTag());
  });

  it('loses what described the body that changes, and keeps everything else', () => {
    const { rewrite } = createRewrite();
    const kept: Headers = [
      ['X-Other', '1'],
      ['Set-Cookie', 'a=b'],
      ['Cache-Control', 'no-store'],
      ['Content-Language', 'en'],
    ];
    const headers = html(
      ['Content-Length', '1'],
      ['ETag', '"x"'],
      ['Last-Modified', 'y'],
      ['Content-MD5', 'z'],
      ['Digest', 'd'],
      ['Repr-Digest', 'r'],
      ['Content-Digest', 'c'],
      ['Accept-Ranges', 'bytes'],
      ...kept,
    );
    rewrite.open(200, headers, false);
    expect(headers).toEqual(html(...kept));
  });

  it('PRX-19 has the same headers for HEAD, and no body to change', () => {
    const { rewrite } = createRewrite();
    const [forGet, forHead] = [html(['Content-Length', '1'], ['ETag', '"x"']), html(['Content-Length', '1'], ['ETag', '"x"'])];
    expect(rewrite.open(200, forGet, false)).toHaveLength(1);
    expect(rewrite.open(200, forHead, true)).toBeUndefined();
    expect(forHead).toEqual(forGet);
  });

  it.each([
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['GZIP', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['identity', (bytes: Buffer) => bytes],
  ] as const)('that the upstream sends as %s all the same is decoded first', async (encoding, compress) => {
    const { rewrite, warned } = createRewrite();
    const headers = html(['Content-Encoding', encoding]);
    const transforms = rewrite.open(200, headers, false);
    expect(headers).toEqual(html());
    expect(await run(transforms, compress(Buffer.from(PAGE)))).toBe(withTag());
    expect(warned).toEqual([]);
  });

  it('whose compressed body is damaged fails; it is never passed on as if it were whole', async () => {
    const { rewrite } = createRewrite();
    const damaged = gzipSync(Buffer.from(PAGE)).subarray(0, -9);
    await expect(run(rewrite.open(200, html(['Content-Encoding', 'gzip']), false), damaged)).rejects.toThrow();
    await expect(
      run(rewrite.open(200, html(['Content-Encoding', 'gzip']), false), Buffer.from('no gzip at all, by no means')),
    ).rejects.toThrow();
  });

  it.each(['zstd', 'gzip, br', 'unknown'])('that comes as %s passes untouched, and that is said', (encoding) => {
    const { rewrite, warned } = createRewrite();
    const headers = html(['Content-Encoding', encoding], ['Content-Length', '9'], ['ETag', '"x"']);
    expect(rewrite.open(200, headers, false)).toBeUndefined();
    expect(headers).toEqual(html(['Content-Encoding', encoding], ['Content-Length', '9'], ['ETag', '"x"']));
    expect(warned).toEqual([['page.not-rewritten', expect.objectContaining({ reason: 'content-encoding' })]]);
  });

  it('in which no place is found passes untouched, and that is said', async () => {
    const { rewrite, warned } = createRewrite();
    const page = `<!--${'x'.repeat(70_000)}-->${PAGE}`;
    expect(await run(rewrite.open(200, html(), false), Buffer.from(page))).toBe(page);
    expect(warned).toEqual([['page.not-rewritten', expect.objectContaining({ reason: 'no-place-found' })]]);
  });
});

describe('what is no whole page passes untouched', () => {
  it.each([
    ['206 (Range)', 206, 'text/html'],
    ['304', 304, 'text/html'],
    ['a redirect', 302, 'text/html'],
    ['an error', 500, 'text/html'],
    ['201', 201, 'text/html'],
    ['JSON', 200, 'application/json'],
    ['a type that begins like HTML', 200, 'text/html-sandboxed'],
    ['a type that holds HTML', 200, 'application/xhtml+xml; x=text/html'],
    ['UTF-16, in which the tag would be other letters', 200, 'text/html; charset=utf-16le'],
    ['UTF-32', 200, 'text/html;charset="UTF-32"'],
  ])('%s', (_name, status, type) => {
    const { rewrite } = createRewrite();
    const headers: Headers = [
      ['content-type', type],
      ['Content-Length', '3'],
      ['ETag', '"x"'],
      ['Content-Security-Policy', "script-src 'none'"],
    ];
    const before = structuredClone(headers);
    expect(rewrite.open(status, headers, false)).toBeUndefined();
    expect(headers).toEqual(before);
  });

  it('an answer without a type', () => {
    const { rewrite } = createRewrite();
    expect(rewrite.open(200, [], false)).toBeUndefined();
  });

  it('but the case of type and charset does not matter', () => {
    const { rewrite } = createRewrite();
    expect(rewrite.open(200, [['CONTENT-TYPE', 'Text/HTML ; Charset=UTF-8']], false)).toHaveLength(1);
  });
});

describe('a page with a policy of its own', () => {
  it.each([
    ["script-src 'nonce-n1' 'strict-dynamic'", ' nonce="n1"', "script-src 'nonce-n1' 'strict-dynamic'"],
    ["script-src 'self'", '', "script-src 'self'"],
    ["script-src 'none'", ` integrity="${INTEGRITY}"`, `script-src '${INTEGRITY}'`],
    [
      "script-src 'nonce-n1', script-src 'none'",
      ` nonce="n1" integrity="${INTEGRITY}"`,
      `script-src 'nonce-n1', script-src '${INTEGRITY}'`,
    ],
  ])('%s', async (policy, attributes, changed) => {
    const { rewrite } = createRewrite();
    const headers = html(['Content-Security-Policy', policy], ['Content-Security-Policy', 'frame-ancestors https://host.test']);
    expect(await run(rewrite.open(200, headers, false), Buffer.from(PAGE))).toBe(withTag(attributes));
    expect(headers).toEqual(html(['Content-Security-Policy', changed], ['Content-Security-Policy', 'frame-ancestors https://host.test']));
  });

  it('has the same policy for HEAD', () => {
    const { rewrite } = createRewrite();
    const headers = html(['Content-Security-Policy', "script-src 'none'"]);
    rewrite.open(200, headers, true);
    expect(headers).toEqual(html(['Content-Security-Policy', `script-src '${INTEGRITY}'`]));
  });
});
