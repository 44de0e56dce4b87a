// Repeated, oversized and out-of-place headers: what two parsers combine differently is refused, what is only useless
// is dropped (SEC-B3, SEC-G2).

import { describe, expect, it } from 'vitest';
import { expectRefused, expectRefusedByGuard, useGate } from '../support/start-gate.ts';

const gate = useGate();

describe('SEC-B3.1, SEC-G2 repeated headers', () => {
  for (const { name, lines } of [
    { name: 'Authorization', lines: ['Authorization: Basic a', 'Authorization: Basic b'] },
    { name: 'Content-Type', lines: ['Content-Type: a/b', 'Content-Type: c/d'] },
    { name: 'Cookie', lines: ['Cookie: a=1'] },
    { name: 'Transfer-Encoding', lines: ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'] },
    { name: 'Content-Length', lines: ['Content-Length: 1', 'Content-Length: 1'] },
    { name: 'Upgrade', lines: ['Connection: Upgrade', 'Upgrade: websocket', 'Upgrade: h2c'] },
    { name: 'Origin', lines: ['Origin: https://evil.test'] },
  ]) {
    it(`SEC-B3.1, SEC-G2 two ${name} lines are refused with 400, nothing upstream`, async () => {
      const sent = await gate.sendAsAlice('POST /d/x', [gate.ownOrigin, ...lines]);
      await expectRefused(gate, sent, 400);
      expect(sent.ending).not.toBe('open');
    });
  }
});

describe('other headers', () => {
  it('SEC-B3.2 Transfer-Encoding: gzip, chunked is refused with 400', async () => {
    await expectRefusedByGuard(
      gate,
      await gate.sendAsAlice('POST /x', [gate.ownOrigin, 'Transfer-Encoding: gzip, chunked'], '0\r\n\r\n'),
      400,
    );
  });

  it.each(['foo', '100-continue, foo', '200-ok'])('SEC-B3.4 Expect: %s is refused with 417', async (value) => {
    await expectRefused(gate, await gate.sendAsAlice('GET /x', [`Expect: ${value}`]), 417);
  });

  it.each([
    ['Connection: Upgrade', 'Upgrade: h2c'],
    ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABk'],
    ['Upgrade: TLS/1.0', 'Connection: Upgrade'],
    ['Upgrade: websocket'],
  ])('SEC-B3.5, SEC-G5 %s %s is refused with 400, never tunnelled', async (...headers) => {
    await expectRefusedByGuard(gate, await gate.sendAsAlice('GET /x', headers), 400);
  });

  it('SEC-B3.6 a Range of 1000 parts is dropped or refused', async () => {
    const range = `Range: bytes=${Array.from({ length: 1000 }, () => '0-').join(',')}`;
    const sent = await gate.sendAsAlice('GET /public/build/x.js', [range]);
    if (sent.status === 200) expect(gate.upstream.onlyRequest.header('range')).toBeUndefined();
    else await expectRefused(gate, sent, 400);
  });

  it('SEC-B3.6 a Range of one part is forwarded', async () => {
    expect((await gate.sendAsAlice('GET /public/build/x.js', ['Range: bytes=0-99'])).status).toBe(200);
    expect(gate.upstream.onlyRequest.header('range')).toBe('bytes=0-99');
  });

  it.each([17_000, 100_000])('SEC-B3.7, PRX-15 %d bytes of headers are refused with 431', async (length) => {
    const sent = await gate.sendAsAlice('GET /x', [`X-Long: ${'a'.repeat(length)}`]);
    await expectRefused(gate, sent, 431);
    expect(sent.ending).not.toBe('open');
  });

  it('SEC-N7, PRX-15 2000 headers are refused, and the gate goes on serving', async () => {
    const many = Array.from({ length: 2000 }, (_, index) => `a${index}:`);
    await expectRefused(gate, await gate.sendAsAlice('GET /x', many), 400, 431);
    expect((await gate.sendAsAlice('GET /x')).status).toBe(200);
  });

  it('SEC-B3.8 a service worker script is refused with 403', async () => {
    await expectRefused(
      gate,
      await gate.sendAsAlice('GET /public/sw.js', ['Service-Worker: script', 'Sec-Fetch-Dest: serviceworker']),
      403,
    );
  });

  it.each(['HTTP/1.2', 'HTTP/9.9', 'XTTP/1.1', 'HTTP/0.9', 'HTTP/2.0'])('PRX-1 protocol %s is refused', async (version) => {
    const text = gate.aliceText('GET /x').replace('HTTP/1.1', version);
    await expectRefused(gate, await gate.sendBytes(text), 0, 400, 505);
  });

  it('PRX-33 bytes that are no HTTP at all are refused', async () => {
    await expectRefused(gate, await gate.sendBytes('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n'), 0, 400);
    await expectRefused(gate, await gate.sendBytes('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), 0, 400, 505);
  });

  it('PRX-8 headers that mean nothing to the gate pass unchanged, in order and case kept or folded', async () => {
    const headers = [
      'X-Panel-Id: 7',
      'X-Dashboard-Uid: plant-a',
      'Accept-Language: de',
      'X-Plugin-Id: prometheus',
      'If-None-Match: "abc"',
      'User-Agent: test',
    ];
    expect((await gate.sendAsAlice('GET /api/x', headers)).status).toBe(200);
    const received = gate.upstream.onlyRequest.headers.map(([name, value]) => `${name.toLowerCase()}: ${value}`);
    expect(received).toEqual(expect.arrayContaining(headers.map((line) => line.replace(/^[^:]+/, (name) => name.toLowerCase()))));
  });
});
