// An upstream that is down, slow or dies. Which status tells a person what happened, after the head is out only a cut
// connection may say "incomplete" (never a clean end), and a repeated request is repeated only where that is safe
// (PRX-28 to PRX-32).

import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { CLOSING_MS, measureClosing } from '../support/closing-time.ts';
import { RawConnection } from '../support/raw-client.ts';
import {
  neverReply,
  OK,
  type RecordedConnection,
  replyThenEnd,
  replyThenReset,
  replyWith,
  type Script,
} from '../support/recording-upstream.ts';
import { findFreePort, TestGate, useGate } from '../support/start-gate.ts';

const gate = useGate({ upstream: { timeouts: { connect: '2s', firstByte: '300ms', idle: '300ms' } } });

/** Ends what the gate keeps open, so that the next request needs a new connection. */
async function dropPool(): Promise<void> {
  for (const each of gate.upstream.connections) each.socket.destroy();
  await sleep(20);
  gate.upstream.clear();
}

const NAVIGATION = ['Accept: text/html,*/*;q=0.8', 'Sec-Fetch-Dest: iframe', 'Sec-Fetch-Mode: navigate'];

describe('before the head of an answer', () => {
  it('PRX-U18, PRX-30, PRX-H20, SEC-B9.5 nothing within the header timeout: 504, and the upstream connection is closed', async () => {
    await dropPool();
    gate.upstream.script = neverReply;
    const started = performance.now();
    expect((await gate.sendAsAlice('GET /d/x')).status).toBe(504);
    expect(performance.now() - started).toBeGreaterThan(250);
    expect(await gate.upstream.waitUntil((upstream) => upstream.usedConnections === 0, 500)).toBe(true);
  });

  it('PRX-28 a reset before the head: 502', async () => {
    await dropPool();
    gate.upstream.script = replyThenReset('');
    expect((await gate.sendAsAlice('POST /d/x', [gate.ownOrigin], 'x')).status).toBe(502);
    expect((await gate.sendAsAlice('GET /d/x')).status).toBe(502);
  });

  it('PRX-28 a reset within the head: 502', async () => {
    await dropPool();
    gate.upstream.script = replyThenReset('HTTP/1.1 200 OK\r\nContent-Le');
    expect((await gate.sendAsAlice('GET /d/x')).status).toBe(502);
  });

  it('PRX-U19, PRX-28 refused: 503 with Retry-After, as a page in a frame and as problem+json for an API', async () => {
    const probe = await startWithoutUpstream();
    try {
      const page = await probe.sendAsAlice('GET /d/x', NAVIGATION);
      expect(page.status).toBe(503);
      expect(page.header('content-type')).toMatch(/^text\/html/);
      const api = await probe.sendAsAlice('GET /api/x', ['Accept: application/json']);
      expect(api.status).toBe(503);
      expect(api.header('content-type')).toMatch(/^application\/problem\+json/);
      expect((JSON.parse(api.body) as { status: number }).status).toBe(503);
      for (const sent of [page, api]) {
        expect(Number(sent.header('retry-after'))).toBeGreaterThan(0);
        expect(sent.header('cache-control')).toBe('no-store');
        expect(sent.body).not.toMatch(/ECONNREFUSED|127\.0\.0\.1|node_modules|at .*:\d+:\d+/);
      }
      expect(page.header('content-security-policy')).toContain('frame-ancestors https://host.test');
      expect(api.header('content-security-policy')).toContain('frame-ancestors ');
      expect(api.body).toMatch(/request-?id/i);
    } finally {
      await probe.close();
    }
  });

  for (const { accept, type } of [
    { accept: ['Accept: text/html'], type: 'text/html' },
    { accept: ['Accept: */*', 'Sec-Fetch-Dest: document', 'Sec-Fetch-Mode: navigate'], type: 'text/html' },
    { accept: ['Accept: */*', 'Sec-Fetch-Dest: empty'], type: 'application/problem+json' },
    { accept: [], type: 'application/problem+json' },
    { accept: ['Accept: application/json, text/plain, */*'], type: 'application/problem+json' },
  ]) {
    it(`PRX-29 a 502 for ${accept} is ${type}`, async () => {
      gate.upstream.script = replyThenEnd('garbage\r\n\r\n');
      const sent = await gate.sendAsAlice('GET /d/x', accept);
      expect(sent.status).toBe(502);
      expect(sent.header('content-type')).toMatch(new RegExp(`^${type.replace('+', '\\+')}`));
      expect(sent.header('cache-control')).toBe('no-store');
    });
  }

  it('PRX-29 the answer to a HEAD that failed has no body', async () => {
    gate.upstream.script = replyThenEnd('garbage\r\n\r\n');
    const sent = await gate.sendAsAlice('HEAD /d/x');
    expect([sent.status, sent.body]).toEqual([502, '']);
  });
});

/** A gate whose upstream's port nobody listens on. */
async function startWithoutUpstream(): Promise<TestGate> {
  const other = new TestGate({ upstreamUrl: `http://127.0.0.1:${await findFreePort()}` });
  await other.start();
  return other;
}

describe('after the head of an answer', () => {
  const cut: readonly { name: string; bytes: string }[] = [
    {
      name: 'Content-Length 100 and 10 bytes',
      bytes: 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\n0123456789',
    },
    {
      name: 'chunked without an end',
      bytes: 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n',
    },
    { name: 'half a chunk', bytes: 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n0123456789' },
  ];

  for (const { name, bytes } of cut) {
    it(`PRX-U16, PRX-H7 ${name}, then FIN: cut, never a clean end`, async () => {
      gate.upstream.script = replyThenEnd(bytes);
      const sent = await gate.sendAsAlice('GET /d/x');
      expect([sent.status, sent.complete]).toEqual([200, false]);
      expect(sent.ending).not.toBe('open');
      expect(sent.body).not.toMatch(/html|error/i);
    });
  }

  for (const { name, bytes } of cut) {
    it(`PRX-U17 ${name}, then RST: cut, never a clean end`, async () => {
      gate.upstream.script = replyThenReset(bytes);
      const sent = await gate.sendAsAlice('GET /d/x');
      expect([sent.status, sent.complete]).toEqual([200, false]);
      expect(sent.ending).not.toBe('open');
    });
  }

  it('PRX-24 a broken chunk size in the body: cut', async () => {
    gate.upstream.script = replyWith('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\nzz\r\n');
    const sent = await gate.sendAsAlice('GET /d/x');
    expect(sent.complete).toBe(false);
    expect(sent.ending).not.toBe('open');
  });

  it('PRX-30 a pause in the body longer than the idle timeout: cut, and the upstream connection is closed', async () => {
    await dropPool();
    gate.upstream.script = replyWith('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\n0123456789');
    const sent = await gate.sendAsAlice('GET /d/x');
    expect([sent.status, sent.complete]).toEqual([200, false]);
    expect(sent.ending).not.toBe('open');
    expect(await gate.upstream.waitUntil((upstream) => upstream.usedConnections === 0, 500)).toBe(true);
  });

  it('PRX-30 an event stream may pause for longer', async () => {
    gate.upstream.script = (_request, socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n');
      setTimeout(() => socket.write('9\r\ndata: 1\n\n\r\n0\r\n\r\n'), 700);
    };
    const sent = await gate.sendAsAlice('GET /d/x');
    expect([sent.body, sent.complete]).toEqual(['data: 1\n\n', true]);
  });
});

describe('repeating a request', () => {
  /** Serves one request over a connection, which then resets whatever comes next over it. */
  async function leaveStaleConnection(): Promise<RecordedConnection> {
    await dropPool();
    expect((await gate.sendAsAlice('GET /warm')).status).toBe(200);
    const stale = gate.upstream.onlyRequest.connection;
    gate.upstream.clear();
    gate.upstream.script = (request, socket) => {
      if (request.connection === stale) socket.resetAndDestroy();
      else socket.write(request.method === 'HEAD' ? OK.slice(0, -2) : OK);
    };
    return stale;
  }

  it.each(['GET', 'HEAD'])('PRX-U20, PRX-32 %s on a connection that the upstream resets is sent once more', async (method) => {
    const stale = await leaveStaleConnection();
    expect((await gate.sendAsAlice(`${method} /again`)).status).toBe(200);
    expect(gate.upstream.requests.filter((request) => request.connection !== stale)).toHaveLength(1);
    expect(gate.upstream.requests.length).toBeLessThanOrEqual(2);
    for (const request of gate.upstream.requests) expect(request.all('x-webauth-user')).toEqual(['alice']);
  });

  it.each(['POST', 'PUT', 'DELETE', 'PATCH'])('PRX-U20, PRX-32 %s is not: 502', async (method) => {
    await leaveStaleConnection();
    expect((await gate.sendAsAlice(`${method} /again`, [gate.ownOrigin], 'x')).status).toBe(502);
    expect(gate.upstream.requests).toHaveLength(1);
  });

  it('PRX-32 a GET with a body is not', async () => {
    await leaveStaleConnection();
    expect((await gate.sendAsAlice('GET /again', [], 'x')).status).toBe(502);
    expect(gate.upstream.requests).toHaveLength(1);
  });

  it('PRX-32 once and not more', async () => {
    await dropPool();
    await gate.sendAsAlice('GET /warm');
    gate.upstream.clear();
    gate.upstream.script = replyThenReset('');
    expect((await gate.sendAsAlice('GET /again')).status).toBe(502);
    expect(gate.upstream.requests.length).toBeLessThanOrEqual(2);
  });

  it('PRX-32 not after a byte of the answer', async () => {
    const stale = await leaveStaleConnection();
    gate.upstream.script = (request, socket) => {
      if (request.connection !== stale) socket.write(OK);
      else replyThenReset('HTTP/1.1 2')(request, socket);
    };
    expect((await gate.sendAsAlice('GET /again')).status).toBe(502);
    expect(gate.upstream.requests).toHaveLength(1);
  });
});

describe('an end that goes away', () => {
  const BODY_BEGINS = replyWith('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n');

  /** A request that the upstream has got, and whose answer has begun where there is text to wait for. */
  async function startRequest(script: Script, begins?: string) {
    await dropPool();
    gate.upstream.script = script;
    const client = await RawConnection.open(gate.port);
    client.write(gate.aliceText('GET /stream'));
    await gate.upstream.waitUntil((upstream) => upstream.requests.length === 1);
    if (begins !== undefined) await client.waitFor(begins);
    return { client, upstream: gate.upstream.onlyRequest.connection.socket };
  }

  for (const { name, script, begins } of [
    { name: 'before the answer', script: neverReply, begins: undefined },
    { name: 'within the body', script: BODY_BEGINS, begins: 'data: 1' },
  ]) {
    for (const leave of ['close', 'reset'] as const) {
      it(`PRX-31, PRX-H2, SEC-B9.4 ${leave} of the client ${name}: the upstream connection is closed within 100 ms`, async () => {
        const ms = await measureClosing(async () => {
          const { client, upstream } = await startRequest(script, begins);
          return { watched: upstream, cut: () => client[leave]() };
        });
        expect(ms).toBeLessThanOrEqual(CLOSING_MS);
        expect(gate.upstream.usedConnections).toBe(0);
      });
    }
  }

  it('PRX-28 reset of the upstream within the body: the client is cut within 100 ms', async () => {
    const ms = await measureClosing(async () => {
      const { client, upstream } = await startRequest(
        replyWith('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\n0123456789'),
        '0123456789',
      );
      return { watched: client.socket, cut: () => upstream.resetAndDestroy() };
    });
    expect(ms).toBeLessThanOrEqual(CLOSING_MS);
  });

  it('PRX-31 reset of the client within an upload: the upstream connection is closed within 100 ms, and sees no whole request', async () => {
    const ms = await measureClosing(async () => {
      await dropPool();
      const client = await RawConnection.open(gate.port);
      client.write(gate.aliceText('POST /upload', [gate.ownOrigin, 'Content-Length: 1000'], 'part'));
      await gate.upstream.waitUntil((upstream) => upstream.connections.some((each) => each.bytes.includes('part')));
      const upload = gate.upstream.connections.find((each) => each.bytes.includes('part'));
      if (upload === undefined) throw new Error('the upload did not reach the upstream');
      return { watched: upload.socket, cut: () => client.reset() };
    });
    expect(ms).toBeLessThanOrEqual(CLOSING_MS);
    expect(gate.upstream.usedConnections).toBe(0);
    expect(gate.upstream.requests).toEqual([]);
  });
});
