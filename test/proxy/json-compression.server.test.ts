// Forwarded JSON is compressed for our own pages alone: for another site's, lengths would tell what is in it (BREACH).

import { setTimeout as sleep } from 'node:timers/promises';
import { createBrotliDecompress, createGunzip } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { CLOSING_MS, measureClosing } from '../support/closing-time.ts';
import { RawConnection } from '../support/raw-client.ts';
import { answerText, replyWith } from '../support/recording-upstream.ts';
import { useGate } from '../support/start-gate.ts';
import { decode } from './asset-kit.ts';

const gate = useGate();
const off = useGate({ upstream: { compressJson: false } });

const JSON_TYPE = 'Content-Type: application/json; charset=UTF-8';
const OWN_PAGE = ['Accept-Encoding: gzip, deflate, br, zstd', 'Sec-Fetch-Site: same-origin', 'Sec-Fetch-Dest: empty'];
const BODY = JSON.stringify({ frames: Array.from({ length: 200 }, (_, index) => ({ at: index, value: index % 7 })) });

const ask = (headers: readonly string[] = OWN_PAGE, line = 'GET /api/frames') => gate.sendAsAlice(line, headers);

describe('JSON over 1 kB', () => {
  it.each([
    { accepted: 'gzip, deflate, br, zstd', coding: 'gzip' },
    { accepted: 'br', coding: 'br' },
    { accepted: 'gzip;q=0.2, br;q=0.9', coding: 'br' },
    { accepted: 'gzip;q=0, *;q=0.1', coding: 'br' },
  ])('comes as $coding for "$accepted"', async ({ accepted, coding }) => {
    gate.upstream.script = replyWith(answerText('200 OK', [JSON_TYPE, 'ETag: "v1"', 'Content-Digest: sha-256=:x:'], BODY));
    const sent = await ask([`Accept-Encoding: ${accepted}`, 'Sec-Fetch-Site: same-origin']);
    expect([sent.status, sent.complete, sent.header('content-encoding')]).toEqual([200, true, coding]);
    expect(decode(sent)).toBe(BODY);
    expect(sent.bodyBytes.length).toBeLessThan(BODY.length / 3);
    for (const gone of ['content-length', 'content-digest']) expect(sent.header(gone)).toBeUndefined();
    expect(sent.header('etag')).toBe('W/"v1"');
    expect(sent.header('vary')?.toLowerCase()).toMatch(/cookie.*accept-encoding/);
  });

  it('is compressed for a query too, and for a vendor type, and in an error', async () => {
    gate.upstream.script = replyWith(answerText('200 OK', [JSON_TYPE], BODY));
    const query = await ask([...OWN_PAGE, gate.ownOrigin, JSON_TYPE], 'POST /api/ds/query');
    expect([query.header('content-encoding'), decode(query)]).toEqual(['gzip', BODY]);
    gate.upstream.script = replyWith(answerText('400 Bad Request', ['Content-Type: application/vnd.x+json'], BODY));
    const failed = await ask();
    expect([failed.status, failed.header('content-encoding'), decode(failed)]).toEqual([400, 'gzip', BODY]);
  });

  it.each([
    { name: 'a page of another origin of the site', headers: ['Accept-Encoding: gzip', 'Sec-Fetch-Site: same-site'] },
    { name: 'a page of another site', headers: ['Accept-Encoding: gzip', 'Sec-Fetch-Site: cross-site'] },
    { name: 'an address typed in', headers: ['Accept-Encoding: gzip', 'Sec-Fetch-Site: none'] },
    { name: 'a client that does not say', headers: ['Accept-Encoding: gzip'] },
    { name: 'a client that accepts no coding', headers: ['Sec-Fetch-Site: same-origin'] },
    { name: 'a client that refuses it', headers: ['Accept-Encoding: gzip;q=0, br;q=0', 'Sec-Fetch-Site: same-origin'] },
  ])('stays plain for $name', async ({ headers }) => {
    gate.upstream.script = replyWith(answerText('200 OK', [JSON_TYPE, 'ETag: "v1"'], BODY));
    const sent = await ask(headers);
    expect([sent.header('content-encoding'), sent.header('content-length'), sent.header('etag')]).toEqual([
      undefined,
      String(BODY.length),
      '"v1"',
    ]);
    expect(sent.body).toBe(BODY);
  });

  it('stays plain where the configuration says so', async () => {
    off.upstream.script = replyWith(answerText('200 OK', [JSON_TYPE], BODY));
    expect((await off.sendAsAlice('GET /api/frames', OWN_PAGE)).body).toBe(BODY);
  });
});

describe('what is never compressed', () => {
  it.each([
    { name: 'JSON of 1 kB', answer: answerText('200 OK', [JSON_TYPE], `"${'x'.repeat(1022)}"`) },
    { name: 'no-transform', answer: answerText('200 OK', [JSON_TYPE, 'Cache-Control: no-cache, no-transform'], BODY) },
    { name: 'a part', answer: answerText('206 Partial Content', [JSON_TYPE, 'Content-Range: bytes 0-9/99'], BODY) },
    { name: 'what the upstream compressed', answer: answerText('200 OK', [JSON_TYPE, 'Content-Encoding: gzip'], BODY) },
    { name: 'text', answer: answerText('200 OK', ['Content-Type: text/plain'], BODY) },
    { name: 'a page', answer: answerText('200 OK', ['Content-Type: text/html'], BODY) },
  ])('$name', async ({ answer }) => {
    gate.upstream.script = replyWith(answer);
    const sent = await ask();
    expect(sent.body).toBe(answer.slice(answer.indexOf('\r\n\r\n') + 4));
    expect(sent.header('content-length')).toBe(String(sent.body.length));
  });

  it("PRX-19 the answer to HEAD, 204 and 304: no body, the upstream's length kept", async () => {
    gate.upstream.script = replyWith(`HTTP/1.1 200 OK\r\n${JSON_TYPE}\r\nContent-Length: 5000\r\n\r\n`);
    const head = await ask(OWN_PAGE, 'HEAD /api/frames');
    expect([head.header('content-encoding'), head.header('content-length')]).toEqual([undefined, '5000']);
    for (const status of ['204 No Content', '304 Not Modified']) {
      gate.upstream.script = replyWith(`HTTP/1.1 ${status}\r\n${JSON_TYPE}\r\n\r\n`);
      const sent = await ask();
      expect([sent.status, sent.header('content-encoding'), sent.body]).toEqual([Number(status.slice(0, 3)), undefined, '']);
    }
  });

  it('PRX-17 an event stream: each event at once', async () => {
    gate.upstream.script = (_request, socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n');
    };
    const browser = await RawConnection.open(gate.port);
    browser.write(gate.aliceText('GET /api/live/events', OWN_PAGE));
    expect(await browser.waitFor('data: 1')).not.toMatch(/content-encoding/i);
    browser.close();
  });
});

describe('compressed as it arrives', () => {
  it.each(['gzip', 'br'])('each piece of a chunked answer comes at once as %s', async (coding) => {
    const pieces = [`[${'1,'.repeat(40)}`, `${'2,'.repeat(40)}`, '3]'];
    gate.upstream.script = (_request, socket) => {
      socket.write(`HTTP/1.1 200 OK\r\n${JSON_TYPE}\r\nTransfer-Encoding: chunked\r\n\r\n`);
      for (const [index, piece] of pieces.entries())
        setTimeout(() => socket.write(`${piece.length.toString(16)}\r\n${piece}\r\n${index === 2 ? '0\r\n\r\n' : ''}`), index * 400);
    };
    const arrived: { text: string; atMs: number }[] = [];
    const startedAt = performance.now();
    const decoder = coding === 'br' ? createBrotliDecompress() : createGunzip();
    decoder.on('data', (chunk: Buffer) => arrived.push({ text: chunk.toString(), atMs: performance.now() - startedAt }));
    const answer = await fetchRaw([`Accept-Encoding: ${coding}`, 'Sec-Fetch-Site: same-origin'], (chunk) => decoder.write(chunk));
    await sleep(20);
    expect(answer).toMatch(new RegExp(`content-encoding: ${coding}`, 'i'));
    expect(arrived.map(({ text }) => text).join('')).toBe(pieces.join(''));
    expect(arrived.length).toBeGreaterThanOrEqual(3);
    expect(arrived[0]?.atMs).toBeLessThan(300);
  });

  it('PRX-U16 cut where the upstream breaks off', async () => {
    gate.upstream.script = (_request, socket) => {
      socket.end(answerText('200 OK', [JSON_TYPE], BODY).slice(0, 2500));
    };
    expect((await ask()).complete).toBe(false);
  });

  it('PRX-31 ends upstream within 100 ms when the browser leaves', async () => {
    gate.upstream.script = (_request, socket) => {
      socket.write(`HTTP/1.1 200 OK\r\n${JSON_TYPE}\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n[1,\r\n`);
    };
    const ms = await measureClosing(async () => {
      gate.upstream.requests.length = 0;
      const browser = await RawConnection.open(gate.port);
      browser.write(gate.aliceText('GET /api/frames', OWN_PAGE));
      await browser.waitFor('gzip');
      return { watched: gate.upstream.onlyRequest.connection.socket, cut: () => browser.reset() };
    });
    expect(ms).toBeLessThanOrEqual(CLOSING_MS);
  });
});

/** @param onChunk Given each chunk of the body when it comes. @returns the head. */
async function fetchRaw(headers: readonly string[], onChunk: (chunk: Buffer) => void): Promise<string> {
  const browser = await RawConnection.open(gate.port);
  let head = '';
  let unread: Buffer<ArrayBufferLike> = Buffer.alloc(0);
  const { promise, resolve } = Promise.withResolvers<void>();
  browser.socket.on('data', (bytes: Buffer) => {
    unread = Buffer.concat([unread, bytes]);
    if (head === '') {
      const end = unread.indexOf('\r\n\r\n');
      if (end === -1) return;
      head = unread.toString('latin1', 0, end);
      unread = unread.subarray(end + 4);
    }
    for (;;) {
      const lineEnd = unread.indexOf('\r\n');
      const size = Number.parseInt(unread.toString('latin1', 0, Math.max(lineEnd, 0)), 16);
      if (lineEnd === -1 || unread.length < lineEnd + size + 4) return;
      if (size === 0) {
        resolve();
        return;
      }
      onChunk(unread.subarray(lineEnd + 2, lineEnd + 2 + size));
      unread = unread.subarray(lineEnd + size + 4);
    }
  });
  browser.write(gate.aliceText('GET /api/frames', headers));
  await promise;
  browser.close();
  return head;
}
