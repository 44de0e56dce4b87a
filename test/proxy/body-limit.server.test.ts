// The longest body that an upstream gets. By its length it is refused before anything is sent; without one it is counted
// as it streams by, and cut.

import { describe, expect, it } from 'vitest';
import { RawConnection } from '../support/raw-client.ts';

import { useGate } from '../support/start-gate.ts';

const LIMIT = 1000;
const CHUNKED = 'Transfer-Encoding: chunked';
const gate = useGate({ upstream: { maxBodyBytes: LIMIT } });
const chunk = (size: number): string => `${size.toString(16)}\r\n${'x'.repeat(size)}\r\n`;

describe('maxBodyBytes', () => {
  it.each([0, 1, LIMIT])('PRX-21 a body of %i bytes passes, with and without a length', async (size) => {
    expect((await gate.sendAsAlice('POST /a', [gate.ownOrigin, `Content-Length: ${size}`], 'x'.repeat(size))).status).toBe(200);
    expect((await gate.sendAsAlice('PUT /b', [gate.ownOrigin, CHUNKED], `${size === 0 ? '' : chunk(size)}0\r\n\r\n`)).status).toBe(200);
    expect(gate.upstream.requests.map(({ body }) => body.length)).toEqual([size, size]);
  });

  it('PRX-21 a longer one is refused by its Content-Length, before it is sent and before anything goes upstream', async () => {
    const connection = await RawConnection.open(gate.port);
    connection.write(gate.aliceText('POST /a', [gate.ownOrigin, `Content-Length: ${LIMIT + 1}`, 'Accept: application/json']));
    const answer = await connection.answer('POST');
    expect(answer.status).toBe(413);
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'FRAMEGATE_BODY_TOO_LARGE' });
    expect(await connection.waitForEnd()).not.toBe('open');
    expect(await gate.upstream.allBytes()).toBe('');
  });

  it('PRX-21, SEC-B7.6 a longer one without a length is cut as it streams: 413, and the upstream connection is closed', async () => {
    const connection = await RawConnection.open(gate.port);
    connection.write(gate.aliceText('POST /a', [gate.ownOrigin, CHUNKED]) + chunk(LIMIT - 1));
    expect(await gate.upstream.waitUntil(({ connections }) => connections.some(({ bytes }) => bytes.includes('xxx')))).toBe(true);
    connection.write(chunk(2));
    expect((await connection.answer('POST')).status).toBe(413);
    expect(await connection.waitForEnd()).not.toBe('open');
    expect(await gate.upstream.waitUntil(({ usedConnections }) => usedConnections === 0, 500)).toBe(true);
    expect(gate.upstream.requests).toEqual([]);
  });

  it('SEC-B7.6 what follows a refused body on its connection is no request', async () => {
    const smuggled = gate.aliceText('GET /smuggled');
    const sent = await gate.sendAsAlice('POST /a', [gate.ownOrigin, CHUNKED], `${chunk(LIMIT + 1)}0\r\n\r\n${smuggled}`);
    expect(sent.status).toBe(413);
    expect(await gate.upstream.allBytes()).not.toContain('smuggled');
  });

  it('PRX-21 an answer that has begun is cut, and never looks whole', async () => {
    gate.upstream.early = true;
    gate.upstream.script = (_request, socket) =>
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\nbegun');
    const connection = await RawConnection.open(gate.port);
    connection.write(gate.aliceText('POST /a', [gate.ownOrigin, CHUNKED]) + chunk(10));
    await connection.waitFor('begun');
    connection.write(chunk(LIMIT));
    expect((await connection.answer('POST')).complete).toBe(false);
    expect(await gate.upstream.waitUntil(({ usedConnections }) => usedConnections === 0, 500)).toBe(true);
  });

  it('PRX-21 the connection of a refused body is never used for another person', async () => {
    await gate.sendAsAlice('POST /a', [gate.ownOrigin, CHUNKED], chunk(LIMIT + 1));
    gate.upstream.clear();
    expect((await gate.sendAsAlice('GET /next')).status).toBe(200);
    expect(gate.upstream.onlyRequest.target).toBe('/next');
  });
});
