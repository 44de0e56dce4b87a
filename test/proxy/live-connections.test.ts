// What outlives its request is closed with its session, at once (SEC-B8.3), and is forgotten when it ends by itself.

import { Duplex } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import type { Identity } from '../../src/kernel/identity.ts';
import { FrameBoundary } from '../../src/proxy/frame-boundary.ts';
import { GOING_AWAY, LiveConnections, POLICY_VIOLATION } from '../../src/proxy/live-connections.ts';
import { passBytes } from '../../src/proxy/pass-bytes.ts';

const ALICE: Identity = { issuer: 'i', subject: 'alice', login: 'alice', groups: [] };
const BOB: Identity = { ...ALICE, subject: 'bob', login: 'bob' };

class End extends Duplex {
  readonly written: Buffer[] = [];
  override _read(): void {}
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.written.push(chunk);
    done();
  }
  get bytes(): string {
    return Buffer.concat(this.written).toString('hex');
  }
}

/** Both ends of a socket, joined as the engine joins them. */
function open(live: LiveConnections, key = 'k', identity = ALICE, maxAgeMs?: number) {
  const [client, upstream] = [new End(), new End()];
  const boundary = new FrameBoundary();
  passBytes(client, upstream, boundary);
  live.addSocket(key, identity, { client, upstream, boundary, maxAgeMs });
  return { client, upstream };
}
const tick = () => new Promise((resolve) => setImmediate(resolve));

describe('a WebSocket', () => {
  it('PRX-38 is closed with 1001 when it has reached its age, and not before', async () => {
    vi.useFakeTimers();
    try {
      const live = new LiveConnections();
      const { client, upstream } = open(live, 'k', ALICE, 60_000);
      await vi.advanceTimersByTimeAsync(59_999);
      expect([client.bytes, upstream.destroyed, live.size]).toEqual(['', false, 1]);
      await vi.advanceTimersByTimeAsync(1);
      expect([client.bytes, upstream.destroyed, live.size]).toEqual(['880203e9', true, 0]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('PRX-38 leaves no timer behind when it ends before its age', async () => {
    vi.useFakeTimers();
    try {
      const { client } = open(new LiveConnections(), 'k', ALICE, 60_000);
      expect(vi.getTimerCount()).toBe(1);
      client.destroy();
      await vi.advanceTimersByTimeAsync(0);
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it('SEC-B8.3 is closed with 1008 when its session ends, and its upstream with it', async () => {
    const live = new LiveConnections();
    const { client, upstream } = open(live);
    live.closeSession('k', POLICY_VIOLATION);
    await tick();
    expect(client.bytes).toBe('880203f0');
    expect(client.writableEnded).toBe(true);
    expect(upstream.destroyed).toBe(true);
    expect(live.size).toBe(0);
  });

  it('is cut without a Close frame in the middle of a frame of the upstream', async () => {
    const live = new LiveConnections();
    const { client, upstream } = open(live);
    upstream.push(Buffer.from([0x81, 5, 0x61]));
    await tick();
    live.closeSession('k', POLICY_VIOLATION);
    await tick();
    expect(client.bytes).toBe('810561');
    expect(client.destroyed).toBe(true);
  });

  it('gets one Close frame, also when it is closed twice', async () => {
    const live = new LiveConnections();
    const { client } = open(live);
    live.closeSession('k', POLICY_VIOLATION);
    live.closeSession('k', POLICY_VIOLATION);
    live.closeWhere(() => true, GOING_AWAY);
    await tick();
    expect(client.bytes).toBe('880203f0');
  });

  it('is cut when the browser does not answer the Close frame within a second', async () => {
    const live = new LiveConnections();
    const { client } = open(live);
    live.closeSession('k', GOING_AWAY);
    expect(client.destroyed).toBe(false);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect(client.destroyed).toBe(true);
  });

  it('nothing of the upstream follows the Close frame', async () => {
    const live = new LiveConnections();
    const { client, upstream } = open(live);
    live.closeSession('k', POLICY_VIOLATION);
    if (!upstream.destroyed) upstream.push(Buffer.from([0x81, 0]));
    await tick();
    expect(client.bytes).toBe('880203f0');
  });

  it.each(['client', 'upstream'] as const)('is forgotten when its %s goes', async (end) => {
    const live = new LiveConnections();
    const ends = open(live);
    ends[end].destroy();
    await tick();
    expect(live.size).toBe(0);
    expect(live.countSockets('k')).toBe(0);
  });

  it('SEC-B8.6 counts for its session, from before the upstream answers', () => {
    const live = new LiveConnections();
    open(live);
    const forget = live.addPendingSocket('k', ALICE, new End());
    open(live, 'other');
    live.addRequest('k', ALICE);
    expect(live.countSockets('k')).toBe(2);
    forget();
    expect(live.countSockets('k')).toBe(1);
    expect(live.countSockets('nobody')).toBe(0);
  });

  it('that is not open yet is cut', () => {
    const live = new LiveConnections();
    const client = new End();
    live.addPendingSocket('k', ALICE, client);
    live.closeSession('k', POLICY_VIOLATION);
    expect(client.destroyed).toBe(true);
  });

  it('of another session stays', async () => {
    const live = new LiveConnections();
    open(live);
    const other = open(live, 'other', BOB);
    live.closeSession('k', POLICY_VIOLATION);
    await tick();
    expect(other.client.bytes).toBe('');
    expect(live.size).toBe(1);
  });
});

describe('an event stream', () => {
  it('SEC-B8.3 is cut when its session ends', () => {
    const live = new LiveConnections();
    let cut = 0;
    live.addRequest('k', ALICE).stayOpen(() => {
      cut += 1;
    }, true);
    live.closeSession('k', POLICY_VIOLATION);
    live.closeSession('k', POLICY_VIOLATION);
    expect(cut).toBe(1);
  });

  it('is cut at once when the session ended before the upstream answered', () => {
    const live = new LiveConnections();
    let cut = 0;
    const request = live.addRequest('k', ALICE);
    live.closeSession('k', POLICY_VIOLATION);
    request.stayOpen(() => {
      cut += 1;
    }, true);
    expect(cut).toBe(1);
    expect(live.size).toBe(0);
  });

  it('is forgotten when it ends by itself; a request that is none is not kept at all', () => {
    const live = new LiveConnections();
    let cut = 0;
    const stream = live.addRequest('k', ALICE);
    stream.stayOpen(() => {
      cut += 1;
    }, true);
    const request = live.addRequest('k', ALICE);
    expect(live.size).toBe(1);
    stream.forget();
    request.forget();
    expect(live.size).toBe(0);
    live.closeSession('k', POLICY_VIOLATION);
    expect(cut).toBe(0);
  });
});

describe('a session that ends while the upstream thinks', () => {
  it('gains no stream, however many other sessions end meanwhile', () => {
    for (const others of [0, 10, 5000]) {
      const live = new LiveConnections();
      const request = live.addRequest('k', ALICE);
      live.closeSession('k', POLICY_VIOLATION);
      for (let index = 0; index < others; index += 1) live.closeSession(`other ${index}`, POLICY_VIOLATION);
      let cut = 0;
      request.stayOpen(() => {
        cut += 1;
      }, true);
      expect(cut, `${others} others`).toBe(1);
      expect(live.size).toBe(0);
    }
  });

  it('costs no stream of a session that goes on', () => {
    const live = new LiveConnections();
    const request = live.addRequest('k', ALICE);
    for (let index = 0; index < 900; index += 1) live.closeSession(`other ${index}`, POLICY_VIOLATION);
    live.closeWhere(({ login }) => login === 'bob', POLICY_VIOLATION);
    let cut = 0;
    request.stayOpen(() => {
      cut += 1;
    }, true);
    expect([cut, live.size]).toEqual([0, 1]);
  });
});

describe('closeEndless', () => {
  it('PRX-41 cuts what has no end, and lets an answer come to its own, also one that begins later', () => {
    const live = new LiveConnections();
    const cut: string[] = [];
    const begun = live.addRequest('k', ALICE);
    const waiting = live.addRequest('k', ALICE);
    const later = live.addRequest('k', ALICE);
    begun.stayOpen(() => cut.push('answer'), false);
    live.addRequest('k', ALICE).stayOpen(() => cut.push('stream'), true);
    expect(live.closeEndless(GOING_AWAY)).toBe(1);
    waiting.stayOpen(() => cut.push('answer that began later'), false);
    later.stayOpen(() => cut.push('stream that began later'), true);
    expect(cut).toEqual(['stream', 'stream that began later']);
  });
});

describe('closeWhere', () => {
  it("closes one person's connections, over all sessions, and counts sockets and streams", async () => {
    const live = new LiveConnections();
    const first = open(live, 'one', ALICE);
    const second = open(live, 'two', ALICE);
    const other = open(live, 'three', BOB);
    live.addRequest('one', ALICE).stayOpen(() => {}, true);
    expect(live.closeWhere(({ login }) => login === 'alice', POLICY_VIOLATION)).toBe(3);
    await tick();
    expect([first.client.bytes, second.client.bytes, other.client.bytes]).toEqual(['880203f0', '880203f0', '']);
    expect(live.closeWhere(({ login }) => login === 'carol', POLICY_VIOLATION)).toBe(0);
  });
});
