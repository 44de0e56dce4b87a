// How many connections there are, and what is left when those who waited for one have gone.

import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { RawConnection } from '../../../support/raw-client.ts';
import { neverReply, OK } from '../../../support/recording-upstream.ts';
import { useGate } from '../../../support/start-gate.ts';

/** As long as nothing else in the tests takes, so that these timers can be told from all others. */
const PATIENCE_MS = 54_321;

describe('a pool of two', () => {
  const gate = useGate({ upstream: { preset: 'generic', maxSockets: 2, timeouts: { firstByte: `${PATIENCE_MS}ms` } } });

  it('PRX-32, PRX-39 stays one of two while requests are repeated and others wait', async () => {
    let release: (() => void)[] = [];
    gate.upstream.script = (_request, socket) => {
      release.push(() => socket.write(OK));
      if (release.length === 2) for (const each of release.splice(0)) each();
    };
    await Promise.all([gate.sendAsAlice('GET /warm'), gate.sendAsAlice('GET /warm')]);
    const stale = new Set(gate.upstream.requests.map(({ connection }) => connection));
    expect(stale.size).toBe(2);
    release = [];
    let most = 0;
    gate.upstream.script = ({ connection }, socket) => {
      if (stale.has(connection)) {
        socket.resetAndDestroy();
        return;
      }
      most = Math.max(most, gate.upstream.connections.filter((each) => !each.closed && !stale.has(each)).length);
      setTimeout(() => socket.write(OK), 20);
    };
    const sent = await Promise.all(Array.from({ length: 12 }, (_, index) => gate.sendAsAlice(`GET /${index}`)));
    expect(sent.map(({ status }) => status)).toEqual(sent.map(() => 200));
    expect(most).toBe(2);
  });

  it('PRX-31, PRX-39 nothing is left of those who waited in the queue and went away', async () => {
    const waiting = countTimersOf(PATIENCE_MS);
    gate.upstream.clear();
    gate.upstream.script = neverReply;
    const stuck = [await RawConnection.open(gate.port), await RawConnection.open(gate.port)];
    for (const each of stuck) each.write(gate.aliceText('GET /stuck'));
    expect(await gate.upstream.waitUntil(({ requests }) => requests.length === 2)).toBe(true);
    const before = waiting();
    for (let round = 0; round < 3; round += 1) {
      const queue = await Promise.all(Array.from({ length: 20 }, () => RawConnection.open(gate.port)));
      for (const each of queue) each.write(gate.aliceText('GET /waits'));
      expect(await gate.upstream.waitUntil(() => waiting() === before + 20)).toBe(true);
      for (const each of queue) each.close();
    }
    expect(await gate.upstream.waitUntil(() => waiting() === before)).toBe(true);
    for (const each of stuck) each.close();
  });
});

/** Counts the timers of one length that were set from now on, and neither cleared nor run: a length that nothing else has. */
function countTimersOf(lengthMs: number): () => number {
  const pending = new Set<unknown>();
  const { setTimeout: set, clearTimeout: clear } = globalThis;
  const setting = vi.spyOn(globalThis, 'setTimeout').mockImplementation(((run: () => void, ms?: number, ...rest: []) => {
    const timer = set(run, ms, ...rest);
    if (ms === lengthMs) pending.add(timer);
    return timer;
  }) as typeof setTimeout);
  const clearing = vi.spyOn(globalThis, 'clearTimeout').mockImplementation((timer) => {
    pending.delete(timer);
    clear(timer);
  });
  onTestFinished(() => {
    setting.mockRestore();
    clearing.mockRestore();
  });
  return () => pending.size;
}
